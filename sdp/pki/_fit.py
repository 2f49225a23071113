"""Whether a key and its certificate belong together, and the wire can use them at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa

from sdp.errors import (
    IdentityExpiredError,
    IdentityNotYetValidError,
    KeyMismatchError,
    UnsupportedKeyError,
    naive_moment,
)
from sdp.pki.end_entity import LARGEST_KEY, SMALLEST_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509


def check_key(key: rsa.RSAPublicNumbers, certificate: x509.Certificate) -> None:
    """Refuse a key that is not RSA of 2048..4096 bits, or not the certificate's.

    Raises:
        UnsupportedKeyError: kind or size.
        KeyMismatchError: it is the key of another certificate.
    """
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise UnsupportedKeyError(
            "The certificate has no RSA key, and the wire signs with RSA alone.",
            remedy="Order a virksomhetssertifikat with an RSA key.",
        )
    if public_key.public_numbers() != key:
        raise KeyMismatchError(
            "The private key does not belong to the certificate.",
            remedy="Use the key that the certificate was ordered with.",
        )
    bits = key.n.bit_length()
    if not SMALLEST_KEY <= bits <= LARGEST_KEY:
        raise UnsupportedKeyError(
            f"The RSA key is {bits} bits; the wire takes 2048 to 4096.",
            remedy="Order a virksomhetssertifikat with a key of 2048 to 4096 bits.",
        )


def check_validity(certificate: x509.Certificate, moment: datetime) -> None:
    """Refuse a certificate that is not valid at a moment, which must be aware.

    Raises:
        IdentityExpiredError, IdentityNotYetValidError: it is not.
    """
    if moment.tzinfo is None:
        raise naive_moment()
    if moment > certificate.not_valid_after_utc:
        raise IdentityExpiredError(
            f"The certificate expired {certificate.not_valid_after_utc}.",
            remedy="Renew it with its issuer, and configure the new one.",
        )
    if moment < certificate.not_valid_before_utc:
        raise IdentityNotYetValidError(
            f"The certificate is not valid before {certificate.not_valid_before_utc}.",
            remedy="Check the clock of this machine, or wait.",
        )
