"""Revocation policy: off, soft or hard, applied to the status of each certificate of a chain."""

from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    not_picklable,
)
from sdp.pki.certificates import written
from sdp.pki.revocation.sources import Deadline, RevocationLimits, Sources
from sdp.pki.revocation.status import CLOCK_SKEW, Good, Revoked, Status, Unreachable, Untrusted
from sdp.transport.request import HttpResponse
from sdp.transport.sync import Driver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpRequest

_log = logging.getLogger("sdp.pki")


class Policy(StrEnum):
    """Treatment of a certificate whose revocation status cannot be found out."""

    OFF = "off"
    """Revocation is not checked."""
    SOFT = "soft"
    """It is accepted, with a warning in the log, if nobody answers."""
    HARD = "hard"
    """It is refused."""


def utc_now() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A request over HTTP: by POST where there is content to send, else by GET.

    Attributes:
        url: where from.
        timeout_seconds: how long the whole of it may take.
        max_bytes: how large the answer may be.
        content: what to post, if anything.
        content_type: of what kind that is.
    """

    url: str
    timeout_seconds: float
    max_bytes: int
    content: bytes | None = field(default=None, repr=False)
    content_type: str = ""


Fetch: TypeAlias = Callable[[FetchRequest], bytes]
"""Returns the body of an answer with status 200.

Raises `UnreadableAnswerError` for an answer that breaks the limits, and another `WireError` or an
`OSError` where none came in time.
"""


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
    certificate settles the matter. Answers are kept in memory until they expire. Safe to share
    between threads.

    A client asks over its own connections: with its proxy, its hooks, its private CA and its
    transport. `fetch` asks where there is no client, as in `TrustStore.validate` and `open_pakke`.

    Args:
        policy: what to do if no answer settles the matter.
        fetch: carries requests over HTTP, within the time and size that each one names.
        limits: how long to wait, and how old answers may be.
        local_addresses: whether a client may ask addresses on its own machine and network; where a
            proxy resolves names, the proxy decides.
        clock: tells the time that answers must be current at; must be aware.
        monotonic: tells the seconds that waiting is measured by.
        random: makes that many random bytes.
    """

    def __init__(
        self,
        policy: Policy,
        fetch: Fetch | None = None,
        *,
        limits: RevocationLimits | None = None,
        local_addresses: bool = False,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.policy = policy
        self._limits = limits or RevocationLimits()
        self._clock = clock
        self._monotonic = monotonic
        self._again = partial(
            type(self),
            policy,
            fetch,
            limits=limits,
            local_addresses=local_addresses,
            clock=clock,
            monotonic=monotonic,
            random=random,
        )
        self._driver = Driver(_ByFetch(fetch), time.sleep)
        self._sources = Sources(
            self._limits, clock=clock, random=random, public_only=not local_addresses
        )

    def __reduce__(self) -> tuple[object, ...]:
        # Answers and locks stay; the copy asks for itself.
        try:
            pickle.dumps(self._again)
        except Exception:
            raise not_picklable(
                "a Revocation with functions that another process cannot find",
                "give functions of a module",
            ) from None
        return self._again, ()

    def check(self, chain: Sequence[x509.Certificate], *, moment: datetime) -> None:
        """Check every certificate of a chain but its anchor, from the anchor down, by `fetch`.

        Responders report the current status. A revocation counts from the moment it took effect, so
        a certificate may have been good at an earlier `moment`. If a certificate has expired since
        `moment`, issuers no longer answer for it, so it is not asked about: nothing is settled.

        Args:
            chain: as `TrustStore.validate` returns it, the leaf first.
            moment: when the leaf is used; must be aware.

        Raises:
            CertificateError: `problem` is REVOKED, REVOCATION_ANSWER or REVOCATION_UNREACHABLE.
            ConfigurationError: something must be asked, and there is no `fetch`.
        """
        self._driver.run(self._checking(chain, moment))

    def answers(self, chain: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
        """Return the answers that a chain was checked by just now, in DER, as they came."""
        asked = (self._sources.kept(*pair) for pair in pairwise(chain))
        return tuple(answer for answer in asked if answer is not None)

    def _checking(self, chain: Sequence[x509.Certificate], moment: datetime) -> Flow[None]:
        if self.policy is Policy.OFF:
            return
        at = self._monotonic() + self._limits.total_seconds
        deadline = Deadline(at, self._monotonic)
        for certificate, issuer in reversed(list(pairwise(chain))):
            status = yield from self._status(certificate, issuer, deadline)
            self._judge(certificate, status, moment)

    def _status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Flow[Status]:
        if certificate.not_valid_after_utc < self._clock():
            return Unreachable("it has expired since, and issuers tell of valid ones alone")
        return (yield from self._sources.status(certificate, issuer, deadline))

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


def revocation_flow(
    check: RevocationCheck | None, chain: Sequence[x509.Certificate], *, moment: datetime
) -> Flow[None]:
    """Check a validated chain as `check` does, asking over whatever drives the flow.

    A check of a caller's own is called as it is.

    Raises:
        CertificateError: a certificate in the chain does not pass.
    """
    match check:
        case None:
            return
        case Revocation():
            yield from check._checking(chain, moment)  # noqa: SLF001 - its half for flows
        case _:
            check.check(chain, moment=moment)


class _ByFetch:
    """The requests of a flow, carried by a `Fetch`."""

    pool_size = 1

    def __init__(self, fetch: Fetch | None) -> None:
        self._fetch = fetch

    def refuse_if_closed(self) -> None:
        """Return: there is nothing to close."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Fetch, and make an answer of what came."""
        if self._fetch is None:
            raise ConfigurationError(
                "Revocation is to be checked without a client, and nothing is given that asks.",
                remedy="Give Revocation a fetch.",
            )
        content = b"".join(request.body.chunks()) if request.method == "POST" else None
        asked = FetchRequest(
            request.url,
            request.timeout or 0.0,
            request.max_bytes,
            content,
            request.headers.get("Content-Type", ""),
        )
        return HttpResponse(200, {}, self._fetch(asked))


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
        remedy="Try again later. If it lasts, let this machine reach these addresses over HTTP; "
        "where there are none, only the revocation policy soft lets the certificate pass.",
    )
