"""Reads keys and certificates from the file formats that users have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from sdp.errors import (
    MissingKeyError,
    UnsupportedKeyError,
    UnsupportedKeystoreError,
    WrongPasswordError,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_JAVA_KEYSTORES = {b"\xfe\xed\xfe\xed": "JKS", b"\xce\xce\xce\xce": "JCEKS"}
_DER_SEQUENCE = b"\x30"

_Read = tuple[rsa.RSAPrivateKey, list[x509.Certificate]]


def read_pkcs12(source: Path | str | bytes, password: bytes) -> _Read:
    """Read key and chain, leaf first, from PKCS#12."""
    data, name = _contents(source)
    _refuse_other_keystores(data, name)
    try:
        store = pkcs12.load_pkcs12(data, password)
    except ValueError as error:
        raise WrongPasswordError(
            f"{name} could not be opened with the password given.",
            remedy="Check the password; if it is right, the file is damaged.",
        ) from error
    if store.key is None or store.cert is None:
        missing = "private key" if store.key is None else "certificate for its key"
        raise MissingKeyError(
            f"{name} holds no {missing}.",
            remedy="Export the certificate again, together with its private key.",
        )
    others = [found.certificate for found in store.additional_certs]
    return _rsa(store.key, name), _in_order(store.cert.certificate, others)


def read_pem(
    certificate: Path | str | bytes, key: Path | str | bytes, password: bytes | None
) -> _Read:
    """Read the chain, leaf first, from one PEM file and the key from another."""
    certificate_data, certificate_name = _contents(certificate)
    key_data, key_name = _contents(key)
    try:
        certificates = x509.load_pem_x509_certificates(certificate_data)
    except ValueError as error:
        raise MissingKeyError(
            f"{certificate_name} holds no certificate in PEM form.",
            remedy="It must have a part that starts with -----BEGIN CERTIFICATE-----.",
        ) from error
    try:
        private_key = load_pem_private_key(key_data, password)
    except TypeError as error:
        # cryptography refuses a password for a key that has none, which harms nobody.
        if password is not None:
            return read_pem(certificate, key, None)
        raise WrongPasswordError(
            f"The private key {key_name} is encrypted and no password was given.",
            remedy="Configure the password of the key.",
        ) from error
    except ValueError as error:
        if b"PRIVATE KEY-----" in key_data and password is not None:
            raise WrongPasswordError(
                f"The private key {key_name} could not be opened with the password given.",
                remedy="Check the password; if it is right, the file is damaged.",
            ) from error
        raise MissingKeyError(
            f"{key_name} holds no private key in PEM form.",
            remedy="It must have a part that starts with -----BEGIN PRIVATE KEY-----.",
        ) from error
    leaf = certificates[0]
    return _rsa(private_key, key_name), _in_order(leaf, certificates[1:])


def _contents(source: Path | str | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, "The key store"
    path = Path(source)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingKeyError(
            f"{path} cannot be read: {error.strerror}.", remedy="Check the path and its rights."
        ) from error
    if not data:
        raise MissingKeyError(f"{path} is empty.", remedy="Export the certificate again.")
    return data, str(path)


def _refuse_other_keystores(data: bytes, name: str) -> None:
    java_type = _JAVA_KEYSTORES.get(data[:4])
    if java_type is not None:
        target = f"{name.removesuffix('.jks')}.p12"
        raise UnsupportedKeystoreError(
            f"{name} is a Java key store ({java_type}), which only Java reads.",
            remedy="Convert it: "
            f"keytool -importkeystore -srckeystore {name} -srcstoretype {java_type} "
            f"-destkeystore {target} -deststoretype PKCS12",
        )
    if not data.startswith(_DER_SEQUENCE):
        raise UnsupportedKeystoreError(
            f"{name} is not a PKCS#12 file.",
            remedy="Configure certificate and key if they are PEM files.",
        )


def _rsa(key: PrivateKeyTypes, name: str) -> rsa.RSAPrivateKey:
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    raise UnsupportedKeyError(
        f"The private key in {name} is not RSA, and the wire signs with RSA alone.",
        remedy="Order a virksomhetssertifikat with an RSA key.",
    )


def _in_order(leaf: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
    chain = [leaf]
    issuers = {found.subject: found for found in others}
    while chain[-1].issuer != chain[-1].subject and chain[-1].issuer in issuers:
        chain.append(issuers.pop(chain[-1].issuer))
    return chain
