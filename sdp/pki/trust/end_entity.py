"""Checks of a received certificate alone: validity, key, usage, policy and organisation."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from sdp.errors import (
    CertificateError,
    CertificateProblem,
)
from sdp.pki.certificates import LARGEST_KEY, SMALLEST_KEY, written
from sdp.pki.certificates import organisasjonsnummer as organisation_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

T = TypeVar("T", bound=x509.ExtensionType)

_OTHER_PURPOSES: Final = frozenset(
    {
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.TIME_STAMPING,
    }
)


class Usage(Enum):
    """Use that a certificate is about to be put to."""

    SIGNING = "signing"
    ENCRYPTION = "encryption"

    def is_allowed_by(self, allowed: x509.KeyUsage) -> bool:
        """Tell whether the key usage of a certificate allows this."""
        match self:
            case Usage.SIGNING:
                return allowed.digital_signature or allowed.content_commitment
            case Usage.ENCRYPTION:
                return allowed.key_encipherment or allowed.data_encipherment


def check_validity(certificate: x509.Certificate, moment: datetime) -> None:
    """Check that it is valid at a moment."""
    if moment > certificate.not_valid_after_utc:
        raise CertificateError(
            CertificateProblem.EXPIRED,
            f"The certificate {_name(certificate)} expired {certificate.not_valid_after_utc}.",
            remedy="Fetch the current certificate of that organisation.",
        )
    if moment < certificate.not_valid_before_utc:
        raise CertificateError(
            CertificateProblem.NOT_YET_VALID,
            f"The certificate {_name(certificate)} is not valid before "
            f"{certificate.not_valid_before_utc}.",
            remedy="Check the clock of this machine.",
        )


def check_key(certificate: x509.Certificate) -> None:
    """Check that it has an RSA key of 2048 to 4096 bits."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unreadable() from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise CertificateError(
            CertificateProblem.FORMAT,
            f"The certificate {_name(certificate)} has no RSA key, and the wire knows no other.",
        )
    if not SMALLEST_KEY <= key.key_size <= LARGEST_KEY:
        raise CertificateError(
            CertificateProblem.FORMAT,
            f"The certificate {_name(certificate)} has an RSA key of {key.key_size} bits, and "
            f"{SMALLEST_KEY} to {LARGEST_KEY} are accepted.",
        )


def check_usage(certificate: x509.Certificate, usage: Usage) -> None:
    """Check that it belongs to an organisation rather than a CA, and may be used for this."""
    allowed = _extension(certificate, x509.KeyUsage)
    constraints = _extension(certificate, x509.BasicConstraints)
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if constraints is not None and constraints.ca:
        raise _unusable(certificate, f"used for {usage.value}: it is a CA certificate")
    if allowed is None or not usage.is_allowed_by(allowed):
        raise _unusable(certificate, f"used for {usage.value}")
    if purposes is not None and _OTHER_PURPOSES.issuperset(purposes):
        raise _unusable(certificate, f"used for {usage.value}: its extended key usage is another")


def check_policy(certificate: x509.Certificate, accepted: Collection[str]) -> None:
    """Check that it is issued under one of these policies, by its own word."""
    stated = _extension(certificate, x509.CertificatePolicies)
    policies = {policy.policy_identifier.dotted_string for policy in stated or ()}
    if policies.isdisjoint(accepted):
        raise CertificateError(
            CertificateProblem.POLICY,
            f"The certificate {_name(certificate)} is issued under "
            f"{' and '.join(sorted(policies)) or 'no policy'}, and that is not accepted.",
            remedy="Check environment.certificate_policies.",
        )


def check_organisation(certificate: x509.Certificate, expected: str) -> None:
    """Check whose it is."""
    found = organisation_of(certificate)
    if found != expected:
        raise CertificateError(
            CertificateProblem.ORGANISATION,
            f"The certificate belongs to organisation {found}, and {expected} was expected.",
        )


def _name(certificate: x509.Certificate) -> str:
    return written(certificate.subject)


def _extension(certificate: x509.Certificate, kind: type[T]) -> T | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension) as error:
        raise _unreadable() from error


def _unusable(certificate: x509.Certificate, what: str) -> CertificateError:
    return CertificateError(
        CertificateProblem.KEY_USAGE, f"The certificate {_name(certificate)} may not be {what}."
    )


def _unreadable() -> CertificateError:
    return CertificateError(
        CertificateProblem.FORMAT, "The certificate is damaged, or of a kind that is not known."
    )
