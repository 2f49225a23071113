"""X.509 certificates that others have written: parsing, key sizes and organisation numbers."""

from __future__ import annotations

import base64
import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from sdp.errors import CertificateError, CertificateProblem
from sdp.gate import is_organisasjonsnummer
from sdp.pki.cache import remembered

if TYPE_CHECKING:
    from collections.abc import Iterable

SMALLEST_KEY: Final = 2048
LARGEST_KEY: Final = 4096
"""Bits of an RSA key."""

_LARGEST_EXPONENT: Final = 256
"""Bits of the public exponent (FIPS 186-5, A.1.1). A check takes as long as it has bits."""

_BEGINNING: Final = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----")
_MOST_BYTES_KEPT: Final = 16 * 1024
_PKCS7_SIGNED: Final = bytes.fromhex("06092a864886f70d010702")

UNREADABLE: Final = (
    ValueError,
    TypeError,  # of a name in a type that its attribute does not have
    KeyError,  # of a name in a type of text that nobody knows, in older versions
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    # Of a serial number that is not positive, as old test CAs gave them, where the process makes
    # errors of warnings.
    CryptographyDeprecationWarning,
)
"""Errors that cryptography raises for bytes it cannot make sense of."""

# In the order they are looked for: SEID 2, Buypass before SEID 2, Commfides before SEID 2.
_FORMS: Final = (
    (NameOID.ORGANIZATION_IDENTIFIER, re.compile(r"NTRNO-([0-9]{9})")),
    (NameOID.SERIAL_NUMBER, re.compile(r"([0-9]{9})")),
    (NameOID.COMMON_NAME, re.compile(r"([0-9]{9})(?![0-9]).*", re.DOTALL)),
)


def read_certificate(der: bytes) -> x509.Certificate:
    """Read a certificate to its end. Whether to trust it is another matter.

    The same few certificates come with every message, so each is parsed once.

    Raises:
        CertificateError: it is not a certificate, or not one that can be read whole.
    """
    return _read_once(der) if len(der) <= _MOST_BYTES_KEPT else _read(der)


def _read(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        _read_to_the_end(certificate)
    except UNREADABLE as error:
        raise CertificateError(
            CertificateProblem.FORMAT, "The certificate in the message cannot be read."
        ) from error
    if _has_long_exponent(certificate.public_key()):
        raise CertificateError(
            CertificateProblem.FORMAT,
            "The certificate in the message has an RSA key whose exponent is longer than "
            f"{_LARGEST_EXPONENT} bits.",
        )
    return certificate


def is_slow(key: object) -> bool:
    """Tell whether a check takes longer with a key than with any that is in use."""
    is_large = isinstance(key, rsa.RSAPublicKey) and key.key_size > LARGEST_KEY
    return is_large or _has_long_exponent(key)


def _has_long_exponent(key: object) -> bool:
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    return key.public_numbers().e.bit_length() > _LARGEST_EXPONENT


_read_once = lru_cache(maxsize=256)(_read)


def certificates_in(data: bytes) -> list[x509.Certificate]:
    """Read the certificates of a file: any number of them in PEM, or one in DER.

    Raises:
        ValueError: it holds none, or one that cannot be read; the text is a clause that says which.
    """
    text = pem_text(data)
    is_pem = b"-----BEGIN" in text
    try:
        if is_pem:
            found = x509.load_pem_x509_certificates(text)
        else:
            found = [x509.load_der_x509_certificate(data)]
        for certificate in found:
            _read_to_the_end(certificate)
    except UNREADABLE:
        # The parser's own words repeat what stands between dashes: a key, where some are missing.
        raise ValueError(_other_kind(data, text)) from None
    if is_pem and len(found) != len(_BEGINNING.findall(text)):
        raise ValueError("holds a certificate that is cut off")
    return found


def pem_text(data: bytes) -> bytes:
    """Return PEM as the parser of cryptography takes it.

    RFC 7468 lets readers pass over text around it, white space, and any line ends. Windows writes
    UTF-16 too, and a byte order mark.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    if b"-----BEGIN" not in data or b"Proc-Type:" in data:  # whose headers end with an empty line
        return data
    return re.sub(rb"[ \t]*(?:\r\n?|\n)\s*", b"\n", data)


def _other_kind(data: bytes, text: bytes) -> str:
    if b"-----BEGIN PKCS7-----" in text or _PKCS7_SIGNED in data[:40]:
        return "is a PKCS#7 file: openssl pkcs7 -print_certs makes PEM of it"
    if b"-----BEGIN TRUSTED CERTIFICATE-----" in text:
        return "is in OpenSSL's own form (TRUSTED CERTIFICATE): openssl x509 makes PEM of it"
    if b"PRIVATE KEY-----" in text:
        return "holds a private key, and no certificate"
    return "holds no certificate that can be read"


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether one certificate bears the signature of another, of the name that it gives.

    A CA that gets a new key keeps its name, so a name alone says nothing (RFC 4158, 3.5.15).
    """
    if certificate.issuer != issuer.subject or _other_key_named(certificate, issuer):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def in_order(leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return the leaf and then its issuers, as far as they are among the others."""
    chain, left = [leaf], [found for found in others if found != leaf]
    while chain[-1].issuer != chain[-1].subject:
        issuers = [found for found in left if is_issued_by(chain[-1], found)]
        if not issuers:
            break
        # Of certificates for the same key of an issuer, the one that lasts longest.
        chain.append(max(issuers, key=lambda found: found.not_valid_after_utc))
        left.remove(chain[-1])
    return chain


def _other_key_named(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    # RFC 5280, 4.2.1.1: cheaper than a signature, where both name a key.
    try:
        wanted = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    return wanted.key_identifier not in (None, found.digest)


def _read_to_the_end(certificate: x509.Certificate) -> None:
    # What a certificate holds is parsed when it is asked for; here is where it may fail.
    certificate.public_key()
    for name in (certificate.subject, certificate.issuer):
        name.rfc4514_string()
    for extension in certificate.extensions:
        repr(extension.value)
    repr((certificate.not_valid_before_utc, certificate.not_valid_after_utc))


@remembered(256)
def der_of(certificate: x509.Certificate) -> bytes:
    """Write a certificate in DER, once for the same few that come with every message."""
    return certificate.public_bytes(Encoding.DER)


@remembered(256)
def base64_der(certificate: x509.Certificate) -> str:
    """Write a certificate as base64 of its DER, on one line."""
    return base64.b64encode(der_of(certificate)).decode("ascii")


@remembered(256)
def organisasjonsnummer(certificate: x509.Certificate) -> str:
    """Read the organisation number from the subject of a business certificate.

    Source: the three forms of virksomhetssertifikat; the number must pass its MOD-11 check. Where
    there is an organizationIdentifier, that alone decides.

    Raises:
        CertificateError: with `CertificateProblem.ORGANISATION`, if no form is there.
    """
    for attribute, form in _FORMS:
        named = certificate.subject.get_attributes_for_oid(attribute)
        for found in named:
            match = form.fullmatch(str(found.value))
            if match and is_organisasjonsnummer(match[1]):
                return match[1]
        if named and attribute == NameOID.ORGANIZATION_IDENTIFIER:
            break  # of another register, or another country's
    raise CertificateError(
        CertificateProblem.ORGANISATION,
        "The certificate names no organisation number: neither organizationIdentifier NTRNO-…, "
        "nor serialNumber, nor a common name that starts with nine digits.",
        remedy="Use a virksomhetssertifikat from Buypass or Commfides.",
    )


def written(name: x509.Name) -> str:
    """Write a name for people to read, even where it cannot be read whole."""
    try:
        return name.rfc4514_string()
    except ValueError:
        return "(a name that cannot be read)"
