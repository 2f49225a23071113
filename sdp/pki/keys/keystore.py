"""Key store files: PKCS#12, and PEM files of keys and certificate chains."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from pydantic import SecretBytes, SecretStr

from sdp.errors import (
    MissingKeyError,
    UnsupportedKeyError,
    UnsupportedKeystoreError,
    WrongPasswordError,
)
from sdp.gate.files import read_file
from sdp.pki.certificates import certificates_in, in_order, pem_text
from sdp.pki.keys.pkcs12 import chosen, key_pairs
from sdp.pki.keys.secret import Secret, as_bytes

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


_JAVA_KEYSTORES = {b"\xfe\xed\xfe\xed": "JKS", b"\xce\xce\xce\xce": "JCEKS"}
_DER_SEQUENCE = b"\x30"

_Read = tuple[rsa.RSAPrivateKey, list["x509.Certificate"]]


def read_pkcs12(
    source: Path | str | bytes, password: Secret, *, alias: str | None, moment: datetime
) -> _Read:
    """Read key and chain, leaf first, from PKCS#12; `pkcs12.chosen` says which of several keys."""
    data, name = _contents(source)
    _refuse_other_keystores(data, name)
    if b"\0" in as_bytes(password):
        # cryptography panics, which no `except Exception` stops, and prints the password.
        raise WrongPasswordError(
            f"The password given for {name} holds a NUL character, which no password does.",
            remedy="Check the password; its file may be UTF-16 without a byte order mark.",
        )
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of BER, not DER
            store = pkcs12.load_pkcs12(data, as_bytes(password))
    except UnsupportedAlgorithm as error:
        raise UnsupportedKeystoreError(
            f"{name} is encrypted in a way that is not supported.",
            remedy="Export it again with AES-256; openssl pkcs12 -export does that by default.",
        ) from error
    except (ValueError, TypeError) as error:  # TypeError: a password that is not UTF-8
        raise WrongPasswordError(
            f"{name} could not be opened with the password given.",
            remedy="Check the password; if it is right, the file is damaged.",
        ) from error
    pairs = key_pairs(store, data, password)
    if pairs:
        pair = chosen(pairs, alias=alias, moment=moment, name=name)
        others = [store.cert, *store.additional_certs]
        return pair.key, in_order(pair.certificate, [one.certificate for one in others if one])
    if store.key is not None and store.cert is not None:
        return _rsa(store.key, name), [store.cert.certificate]
    missing = "private key" if store.key is None else "certificate for its key"
    raise MissingKeyError(
        f"{name} holds no {missing}.",
        remedy="Export the certificate again, together with its private key.",
    )


def read_pem(
    certificate: Path | str | bytes, key: Path | str | Secret, password: Secret | None
) -> _Read:
    """Read the chain, leaf first, from one PEM file and the key from another."""
    chain = read_chain(certificate)
    return read_key(key, password), chain


def read_key(key: Path | str | Secret, password: Secret | None) -> rsa.RSAPrivateKey:
    """Read the private key from a PEM file."""
    pem, name = _hidden(key)
    try:
        private_key = load_pem_private_key(
            pem_text(as_bytes(pem)), None if password is None else as_bytes(password)
        )
    except TypeError as error:
        # cryptography refuses a password for a key that has none, which harms nobody.
        if password is not None:
            return read_key(key, None)
        raise WrongPasswordError(
            f"The private key {name} is encrypted and no password was given.",
            remedy="Configure the password of the key.",
        ) from error
    except UnsupportedAlgorithm as error:
        raise UnsupportedKeyError(
            f"The private key {name} is of a kind, or encrypted in a way, that is not supported.",
            remedy="Convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc",
        ) from error
    except ValueError:
        # The parser's own words repeat what stands between dashes: the key, where some are missing.
        if b"PRIVATE KEY-----" in pem_text(as_bytes(pem)) and password is not None:
            raise WrongPasswordError(
                f"The private key {name} could not be opened with the password given.",
                remedy="Check the password; if it is right, the file is damaged.",
            ) from None
        raise MissingKeyError(
            f"{name} holds no private key in PEM form.",
            remedy="It must have a part that starts with -----BEGIN PRIVATE KEY-----.",
        ) from None
    return _rsa(private_key, name)


def named(source: Path | str | bytes) -> str:
    """Return the name of a file for errors; empty for bytes."""
    return "" if isinstance(source, bytes) else str(source)


def _hidden(key: Path | str | Secret) -> tuple[Secret, str]:
    if isinstance(key, SecretBytes | SecretStr):
        return key, "The key store"
    data, name = _contents(key)
    return SecretBytes(data), name


def _contents(source: Path | str | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, "The key store"
    path = Path(source)
    try:
        data = read_file(path)
    except (OSError, ValueError) as error:  # ValueError: a path that no system takes
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise MissingKeyError(
            f"{path} cannot be read: {reason}.",
            remedy="Check the path and its permissions.",
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


def read_chain(source: Path | str | bytes) -> list[x509.Certificate]:
    """Read a chain from a PEM file, or its bytes: the leaf first, issuers after it in any order.

    Raises:
        MissingKeyError: it is not there, or holds no certificate.
    """
    data, name = (source, "The PEM text") if isinstance(source, bytes) else _contents(source)
    try:
        leaf, *others = certificates_in(data)
    except ValueError as error:
        raise MissingKeyError(
            f"{name} {error}.",
            remedy="A certificate in PEM has a part that starts with -----BEGIN CERTIFICATE-----.",
        ) from error
    return in_order(leaf, others)
