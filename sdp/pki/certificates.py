"""X.509 certificates that others have written: parsing, key sizes and organisation numbers."""

from __future__ import annotations

import re
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID
from stdnum.no import orgnr

from sdp.errors import CertificateError, CertificateProblem

SMALLEST_KEY: Final = 2048
LARGEST_KEY: Final = 4096
"""Bits of an RSA key."""

UNREADABLE: Final = (
    ValueError,
    TypeError,  # of a name in a type that its attribute does not have
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

    Raises:
        CertificateError: it is not a certificate, or not one that can be read whole.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        _read_to_the_end(certificate)
    except UNREADABLE as error:
        raise CertificateError(
            CertificateProblem.FORMAT, "The certificate in the message cannot be read."
        ) from error
    return certificate


def certificates_in(data: bytes) -> list[x509.Certificate]:
    """Read the certificates of a file: any number of them in PEM, or one in DER.

    Raises:
        ValueError: it holds none, or one that cannot be read.
    """
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except UNREADABLE as error:
        raise ValueError("no certificate that can be read") from error


def _read_to_the_end(certificate: x509.Certificate) -> None:
    # What a certificate holds is parsed when it is asked for; here is where it may fail.
    certificate.public_key()
    for name in (certificate.subject, certificate.issuer):
        name.rfc4514_string()
    for extension in certificate.extensions:
        repr(extension.value)
    repr((certificate.not_valid_before_utc, certificate.not_valid_after_utc))


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
            if match and orgnr.is_valid(match[1]):
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
