"""Reads certificates that others have written."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning

from sdp.errors import CertificateError, CertificateProblem

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
"""What cryptography raises where it cannot make sense of bytes."""


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
