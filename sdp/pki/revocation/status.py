"""Revocation status of one certificate, and the checks that OCSP and CRL answers share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from sdp.gate import bounded

if TYPE_CHECKING:
    from datetime import datetime

CLOCK_SKEW: Final = timedelta(minutes=5)
"""Difference that there may be between the clocks of issuers and ours."""

_SIGNATURE_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

_REASONS = {
    x509.ReasonFlags.unspecified: "no reason is given",
    x509.ReasonFlags.key_compromise: "its private key is compromised",
    x509.ReasonFlags.ca_compromise: "the key of its issuer is compromised",
    x509.ReasonFlags.affiliation_changed: "its holder has changed name or affiliation",
    x509.ReasonFlags.superseded: "another certificate has replaced it",
    x509.ReasonFlags.cessation_of_operation: "it is no longer needed",
    x509.ReasonFlags.certificate_hold: "it is on hold",
    x509.ReasonFlags.privilege_withdrawn: "its holder has lost the right to it",
    x509.ReasonFlags.aa_compromise: "the attribute authority is compromised",
    x509.ReasonFlags.remove_from_crl: "no reason is given",
}


@dataclass(frozen=True, slots=True)
class Good:
    """Not revoked, by an answer that may be kept until `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Revoked:
    """Revoked since `since`, by an answer that may be kept until `until`."""

    since: datetime
    reason: x509.ReasonFlags
    until: datetime

    @property
    def reason_in_words(self) -> str:
        """Say why, as a clause."""
        return _REASONS[self.reason]


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Somebody answered, and no answer can be trusted."""

    words: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nobody answers, or the certificate does not say whom to ask."""

    words: str


Settled: TypeAlias = Good | Revoked
Status: TypeAlias = Good | Revoked | Untrusted | Unreachable


class UntrustedAnswerError(Exception):
    """An answer cannot be trusted. Becomes `Untrusted`; never leaves the room."""


class NoAnswerError(Exception):
    """No answer came. Becomes `Unreachable`; never leaves the room."""


def check_window(
    this_update: datetime, next_update: datetime | None, now: datetime, *, life: timedelta
) -> None:
    """Check that an answer is of now.

    Args:
        this_update: when it was right.
        next_update: when newer ones are due; None where it does not say.
        now: the time, aware.
        life: how old it may be where it does not say.

    Raises:
        UntrustedAnswerError: it is from the future, or newer ones are due.
    """
    for named in (this_update, next_update):
        try:
            bounded(named or now)
        except ValueError as error:
            raise UntrustedAnswerError("it names a time outside the years 1970 to 2999") from error
    if this_update > now + CLOCK_SKEW:
        raise UntrustedAnswerError(f"it is dated {this_update}, which is in the future")
    over = next_update or this_update + life
    if over < now - CLOCK_SKEW:
        raise UntrustedAnswerError(f"it is out of date: it was valid until {over}")


def check_signature_hash(algorithm: hashes.HashAlgorithm | None) -> None:
    """Check that a signature is not made with a broken hash.

    Raises:
        UntrustedAnswerError: it is not of the SHA-2 family.
    """
    if not isinstance(algorithm, _SIGNATURE_HASHES):
        name = algorithm.name if algorithm else "an unknown algorithm"
        raise UntrustedAnswerError(f"it is signed with {name}, which is not accepted")
