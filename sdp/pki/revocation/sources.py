"""Sources of revocation status: the OCSP responders that a certificate names, then its CRLs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from sdp.errors import UnreadableAnswerError, WireError
from sdp.pki.revocation import crl, ocsp
from sdp.pki.revocation.cache import Cache
from sdp.pki.revocation.status import (
    NoAnswerError,
    Revoked,
    Settled,
    Status,
    Unreachable,
    Untrusted,
    UntrustedAnswerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cryptography import x509


_MAX_OCSP_BYTES = 64 * 1024
_MAX_CRL_BYTES = 32 * 1024 * 1024
_KEPT_ANSWERS = 1024
_KEPT_LISTS = 16

_log = logging.getLogger("sdp.pki")

_REMEMBERED_SILENCES = 256


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to fetch over HTTP: by POST where there is content to send, else by GET.

    Attributes:
        url: where from.
        timeout_seconds: how long the whole of it may take.
        max_bytes: how large the answer may be.
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


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to be done, by a clock that nobody sets. In seconds."""

    at: float
    monotonic: Callable[[], float]

    @property
    def remaining(self) -> float:
        """The seconds left; 0 when there are none."""
        return max(0.0, self.at - self.monotonic())


class Fetcher:
    """Fetches, and remembers for `quiet_seconds` which addresses did not answer."""

    def __init__(
        self,
        fetch: Fetch,
        *,
        clock: Callable[[], datetime],
        request_seconds: float,
        quiet_seconds: float,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._request_seconds = request_seconds
        self._quiet = timedelta(seconds=quiet_seconds)
        self._silent: Cache[str, str] = Cache(_REMEMBERED_SILENCES)

    def fetch(
        self,
        url: str,
        deadline: Deadline,
        *,
        max_bytes: int,
        content: bytes | None = None,
        content_type: str = "",
    ) -> bytes:
        """Fetch one answer.

        Raises:
            NoAnswerError: none came in time, or none did a moment ago.
            UntrustedAnswerError: one came that is too large, or leads astray.
        """
        words = self._silent.kept(url, self._clock())
        if words is not None:
            raise NoAnswerError(f"{words}, a moment ago")
        timeout = min(deadline.remaining, self._request_seconds)
        if timeout <= 0:
            raise NoAnswerError("there was no time left to ask")
        request = FetchRequest(url, timeout, max_bytes, content, content_type)
        try:
            return self._fetch(request)
        except UnreadableAnswerError as error:
            raise UntrustedAnswerError(_clause(error.message)) from error
        except (WireError, OSError) as error:
            words = _clause(error.message if isinstance(error, WireError) else str(error))
            _log.warning("no answer about revocation from %s: %s", url, words)
            self._silent.keep(url, words, self._clock() + self._quiet)
            raise NoAnswerError(words) from error


def _clause(sentence: str) -> str:
    return sentence.rstrip(".")


class Sources:
    """Finds out the status of certificates. Safe to share between threads."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        max_age: timedelta,
    ) -> None:
        self._max_age = max_age
        self._fetcher = fetcher
        self._clock = clock
        self._random = random
        self._answers: Cache[tuple[x509.Certificate, x509.Certificate], Settled] = Cache(
            _KEPT_ANSWERS
        )
        self._lists: Cache[tuple[str, x509.Certificate], crl.RevocationList] = Cache(_KEPT_LISTS)

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Status:
        """Ask one source after the other until an answer settles the matter."""
        untrusted, silent = list[str](), list[str]()
        try:
            for name, ask in self._ways(certificate, issuer, deadline):
                try:
                    return ask()
                except UntrustedAnswerError as error:
                    untrusted.append(f"{name}: {error}")
                except NoAnswerError as error:
                    silent.append(f"{name}: {error}")
        except UntrustedAnswerError as error:
            untrusted.append(str(error))
        if untrusted:
            return Untrusted("; ".join(untrusted))
        return Unreachable("; ".join(silent) or "it names neither OCSP nor a CRL over HTTP")

    def _ways(
        self, certificate: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Iterator[tuple[str, Callable[[], Settled]]]:
        for url in ocsp.addresses(certificate):
            yield f"OCSP {url}", partial(self._by_ocsp, url, certificate, issuer, deadline)
        for point in crl.points(certificate):
            yield f"CRL {point.url}", partial(self._by_crl, point, certificate, issuer, deadline)

    def _by_ocsp(
        self,
        url: str,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        deadline: Deadline,
    ) -> Settled:
        def ask() -> tuple[Settled, datetime]:
            nonce = self._random(ocsp.NONCE_BYTES)
            answer = self._fetcher.fetch(
                url,
                deadline,
                max_bytes=_MAX_OCSP_BYTES,
                content=ocsp.request(certificate, issuer, nonce),
                content_type=ocsp.REQUEST_TYPE,
            )
            settled, responder = ocsp.read(
                answer,
                certificate,
                issuer,
                nonce=nonce,
                now=self._clock(),
                max_age=self._max_age,
            )
            if responder is not None:
                self._check_responder(responder, issuer, deadline)
            return settled, settled.until

        return self._answers.get(
            (certificate, issuer), now=self._clock(), patience=deadline.remaining, ask=ask
        )

    def _check_responder(
        self, responder: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> None:
        # By lists alone: asking a responder about itself could go on for ever.
        for point in crl.points(responder):
            if isinstance(self._by_crl(point, responder, issuer, deadline), Revoked):
                raise UntrustedAnswerError("the certificate of the responder is revoked")

    def _by_crl(
        self,
        point: crl.Point,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        deadline: Deadline,
    ) -> Settled:
        def ask() -> tuple[crl.RevocationList, datetime]:
            data = self._fetcher.fetch(point.url, deadline, max_bytes=_MAX_CRL_BYTES)
            found = crl.read(data, issuer, now=self._clock())
            return found, found.until

        found = self._lists.get(
            (point.url, issuer), now=self._clock(), patience=deadline.remaining, ask=ask
        )
        return crl.status(found, certificate, point)
