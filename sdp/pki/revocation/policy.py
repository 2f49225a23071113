"""Revocation policy: off, soft or hard, applied to the status of each certificate of a chain."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki.certificates import written
from sdp.pki.revocation.ocsp import MAX_AGE
from sdp.pki.revocation.sources import Deadline, Fetch, Fetcher, FetchRequest, Sources
from sdp.pki.revocation.status import CLOCK_SKEW, Good, Revoked, Status, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography import x509

__all__ = ["Fetch", "FetchRequest", "Policy", "Revocation", "RevocationCheck", "RevocationLimits"]

_log = logging.getLogger("sdp.pki")


class Policy(StrEnum):
    """Treatment of a certificate whose revocation status cannot be found out."""

    OFF = "off"
    """Revocation is not checked."""
    SOFT = "soft"
    """It is accepted, with a warning in the log, if nobody answers."""
    HARD = "hard"
    """It is refused."""


@dataclass(frozen=True, slots=True)
class RevocationLimits:
    """Limits of revocation checks, in seconds.

    Attributes:
        total_seconds: for a whole chain.
        request_seconds: for one answer.
        quiet_seconds: how long an address that did not answer is not asked again.
        ocsp_max_age_seconds: how long an OCSP answer is good for, whatever it claims itself; from
            its date where it does not repeat our nonce, else from when it came.
    """

    total_seconds: float = 10.0
    request_seconds: float = 5.0
    quiet_seconds: float = 30.0
    ocsp_max_age_seconds: float = MAX_AGE.total_seconds()


def _now() -> datetime:
    return datetime.now(UTC)


class RevocationCheck(Protocol):
    """Asks whether certificates have been revoked; `Revocation` is one."""

    def check(self, chain: Sequence[x509.Certificate], *, moment: datetime) -> None:
        """Check a validated chain, the leaf first.

        Raises:
            CertificateError: a certificate in it does not pass.
        """


class Revocation:
    """Checks validated chains by OCSP first and revocation lists second.

    The first answer that is signed by the issuer or its responder, current and about the
    certificate settles the matter. Answers are kept in memory until their own nextUpdate. Safe to
    share between threads.

    Args:
        policy: what to do if no answer settles the matter.
        fetch: carries requests over HTTP, within the time and size that each one names.
        limits: how long to wait.
        clock: tells the time that answers must be current at; must be aware.
        monotonic: tells the seconds that waiting is measured by.
        random: makes that many random bytes.
    """

    def __init__(
        self,
        policy: Policy,
        fetch: Fetch,
        *,
        limits: RevocationLimits | None = None,
        clock: Callable[[], datetime] = _now,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.policy = policy
        self._limits = limits or RevocationLimits()
        self._clock = clock
        self._monotonic = monotonic
        fetcher = Fetcher(
            fetch,
            clock=clock,
            request_seconds=self._limits.request_seconds,
            quiet_seconds=self._limits.quiet_seconds,
        )
        self._sources = Sources(
            fetcher,
            clock=clock,
            random=random,
            max_age=timedelta(seconds=self._limits.ocsp_max_age_seconds),
        )

    def check(self, chain: Sequence[x509.Certificate], *, moment: datetime) -> None:
        """Check every certificate of a chain but its anchor, from the anchor down.

        Responders report the current status. A revocation counts from the moment it took effect, so
        a certificate may have been good at an earlier `moment`. If a certificate has expired since
        `moment`, issuers no longer answer for it, so it is not asked about: nothing is settled.

        Args:
            chain: as `TrustStore.validate` returns it, the leaf first.
            moment: when the leaf is used; must be aware.

        Raises:
            CertificateError: `problem` is REVOKED, REVOCATION_ANSWER or REVOCATION_UNREACHABLE.
        """
        if self.policy is Policy.OFF:
            return
        at = self._monotonic() + self._limits.total_seconds
        deadline = Deadline(at, self._monotonic)
        for certificate, issuer in reversed(list(pairwise(chain))):
            self._judge(certificate, self._status(certificate, issuer, deadline), moment)

    def _status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Status:
        if certificate.not_valid_after_utc < self._clock():
            return Unreachable("it has expired since, and issuers tell of valid ones alone")
        return self._sources.status(certificate, issuer, deadline)

    def _judge(self, certificate: x509.Certificate, status: Status, moment: datetime) -> None:
        match status:
            case Good():
                pass
            case Revoked():
                if status.since <= moment or self._is_ahead(status.since, moment):
                    raise _revoked(certificate, status)
            case Untrusted():
                raise _untrusted(certificate, status)
            case Unreachable():
                if self.policy is Policy.HARD:
                    raise _unreachable(certificate, status)
                _log.warning(
                    "a certificate issued by %s passes unchecked for revocation: %s",
                    written(certificate.issuer),
                    status.words,
                )

    def _is_ahead(self, since: datetime, moment: datetime) -> bool:
        # What is ahead of our clock has happened all the same: the clock is slow.
        return self._clock() < since <= moment + CLOCK_SKEW


def _revoked(certificate: x509.Certificate, status: Revoked) -> CertificateError:
    return CertificateError(
        CertificateProblem.REVOKED,
        f"The certificate {written(certificate.subject)} was revoked {status.since} by its "
        f"issuer: {status.reason_in_words}.",
        remedy="Do not use it; fetch the current certificate of that organisation.",
    )


def _untrusted(certificate: x509.Certificate, status: Untrusted) -> CertificateError:
    return CertificateError(
        CertificateProblem.REVOCATION_ANSWER,
        f"Whether the certificate {written(certificate.subject)} is revoked was answered, but not "
        f"in a way that can be trusted. {status.words}.",
        remedy="Check the clock of this machine, and whether a proxy changes answers on their "
        "way; if neither, tell the issuer.",
    )


def _unreachable(certificate: x509.Certificate, status: Unreachable) -> CertificateError:
    return CertificateError(
        CertificateProblem.REVOCATION_UNREACHABLE,
        f"Nobody answers whether the certificate {written(certificate.subject)} is revoked: "
        f"{status.words}.",
        remedy="Let this machine reach the addresses over HTTP and try later; where it names none, "
        "only the revocation policy soft lets it pass.",
    )
