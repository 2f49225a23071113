"""Sources of revocation status: the OCSP responders that a certificate names, then its CRLs.

What must be asked is told by values, `Question`; a flow asks it, one after the other.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from sdp.errors import UnreadableAnswerError, WireError
from sdp.pki.cache import Cache
from sdp.pki.certificates import der_of
from sdp.pki.revocation import crl, ocsp
from sdp.pki.revocation.status import (
    NoAnswerError,
    Revoked,
    Settled,
    Status,
    Unreachable,
    Untrusted,
    UntrustedAnswerError,
)
from sdp.transport.effects import Lock
from sdp.transport.request import (
    BytesBody,
    ConnectionLostError,
    HttpRequest,
    HttpResponse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cryptography import x509

    from sdp.transport.effects import Flow

_MAX_OCSP_BYTES = 64 * 1024
_MAX_CRL_BYTES = 32 * 1024 * 1024
_MAX_REDIRECTS = 3
_KEPT_ANSWERS = 1024
_KEPT_LISTS = 16
_KEPT_SILENCES = 256

_log = logging.getLogger("sdp.pki")


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
    ocsp_max_age_seconds: float = ocsp.MAX_AGE.total_seconds()


@dataclass(frozen=True, slots=True)
class OcspQuestion:
    """A responder to ask about a certificate."""

    url: str
    certificate: x509.Certificate
    issuer: x509.Certificate

    def __str__(self) -> str:
        return f"OCSP {self.url}"


@dataclass(frozen=True, slots=True)
class CrlQuestion:
    """A revocation list to look a certificate up in."""

    point: crl.Point
    certificate: x509.Certificate
    issuer: x509.Certificate

    def __str__(self) -> str:
        return f"CRL {self.point.url}"


Question: TypeAlias = OcspQuestion | CrlQuestion


def questions(certificate: x509.Certificate, issuer: x509.Certificate) -> Iterator[Question]:
    """Tell what may be asked about a certificate: its responders first, then its lists.

    Raises:
        UntrustedAnswerError: what it says of them cannot be read.
    """
    for url in ocsp.addresses(certificate):
        yield OcspQuestion(url, certificate, issuer)
    for point in crl.points(certificate):
        yield CrlQuestion(point, certificate, issuer)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to be done, by a clock that nobody sets. In seconds."""

    at: float
    monotonic: Callable[[], float]

    @property
    def remaining(self) -> float:
        """The seconds left; 0 when there are none."""
        return max(0.0, self.at - self.monotonic())


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer of a responder, read and as it came."""

    settled: Settled
    raw: bytes


class Sources:
    """Answers about revocation, and the flows that ask for them. Safe to share between threads.

    Answers are kept until they expire. An address that did not answer is left alone for a while.

    Args:
        limits: how long to wait, and how old answers may be.
        clock: tells the time; aware.
        random: makes that many random bytes.
        public_only: refuse addresses on this machine and its own network.
    """

    def __init__(
        self,
        limits: RevocationLimits,
        *,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        public_only: bool,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._random = random
        self._public_only = public_only
        self._answers = Cache[tuple[bytes, bytes], _Answer](_KEPT_ANSWERS)
        self._lists = Cache[tuple[str, bytes], crl.RevocationList](_KEPT_LISTS)
        self._silent = Cache[str, str](_KEPT_SILENCES)

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Flow[Status]:
        """Ask one source after the other until an answer settles the matter."""
        untrusted, silent = list[str](), list[str]()
        try:
            for question in questions(certificate, issuer):
                try:
                    return (yield from self._answer(question, deadline))
                except UntrustedAnswerError as error:
                    untrusted.append(f"{question}: {error}")
                except NoAnswerError as error:
                    silent.append(f"{question}: {error}")
        except UntrustedAnswerError as error:
            untrusted.append(str(error))
        if untrusted:
            return Untrusted("; ".join(untrusted))
        return Unreachable("; ".join(silent) or "it names neither OCSP nor a CRL over HTTP")

    def kept(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes | None:
        """Return the answer that settled the matter, as it came, while it is remembered."""
        moment = self._clock()
        answer = self._answers.kept((der_of(certificate), der_of(issuer)), moment)
        if answer is not None:
            return answer.raw
        for point in crl.points(certificate):
            found = self._lists.kept((point.url, der_of(issuer)), moment)
            if found is not None:
                return found.data
        return None

    def _answer(self, question: Question, deadline: Deadline) -> Flow[Settled]:
        match question:
            case OcspQuestion():
                return self._by_ocsp(question, deadline)
            case CrlQuestion():
                return self._by_crl(question, deadline)

    def _by_ocsp(self, asked: OcspQuestion, deadline: Deadline) -> Flow[Settled]:
        key = der_of(asked.certificate), der_of(asked.issuer)
        found = self._answers.kept(key, self._clock())
        if found is not None:
            return found.settled
        # Asked once, however many letters wait for it.
        with (yield Lock(("revocation", asked.url))):
            found = self._answers.kept(key, self._clock())
            if found is None:
                found = yield from self._asked_anew(asked, deadline)
                self._answers.keep(key, found, found.settled.until)
        return found.settled

    def _asked_anew(self, asked: OcspQuestion, deadline: Deadline) -> Flow[_Answer]:
        nonce = self._random(ocsp.NONCE_BYTES)
        request = HttpRequest(
            "POST",
            asked.url,
            {"Content-Type": ocsp.REQUEST_TYPE},
            BytesBody(ocsp.request(asked.certificate, asked.issuer, nonce)),
            max_bytes=_MAX_OCSP_BYTES,
            service="the OCSP responder",
        )
        answer = yield from self._fetched(request, deadline)
        settled, responder = ocsp.read(
            answer,
            asked.certificate,
            asked.issuer,
            nonce=nonce,
            now=self._clock(),
            max_age=timedelta(seconds=self._limits.ocsp_max_age_seconds),
        )
        if responder is not None:
            yield from self._check_responder(responder, asked.issuer, deadline)
        return _Answer(settled, answer)

    def _check_responder(
        self, responder: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Flow[None]:
        # By lists alone: asking a responder about itself could go on for ever.
        for point in crl.points(responder):
            question = CrlQuestion(point, responder, issuer)
            if isinstance((yield from self._by_crl(question, deadline)), Revoked):
                raise UntrustedAnswerError("the certificate of the responder is revoked")

    def _by_crl(self, asked: CrlQuestion, deadline: Deadline) -> Flow[Settled]:
        key = asked.point.url, der_of(asked.issuer)
        found = self._lists.kept(key, self._clock())
        if found is None:
            with (yield Lock(("revocation", asked.point.url))):
                found = self._lists.kept(key, self._clock())
                if found is None:
                    found = yield from self._list(asked, deadline)
                    self._lists.keep(key, found, found.until)
        return crl.status(found, asked.certificate, asked.point)

    def _list(self, asked: CrlQuestion, deadline: Deadline) -> Flow[crl.RevocationList]:
        request = HttpRequest(
            "GET",
            asked.point.url,
            max_bytes=_MAX_CRL_BYTES,
            redirects=_MAX_REDIRECTS,
            service="the address of the CRL",
        )
        data = yield from self._fetched(request, deadline)
        return crl.read(data, asked.issuer, now=self._clock())

    def _fetched(self, request: HttpRequest, deadline: Deadline) -> Flow[bytes]:
        url = request.url
        words = self._silent.kept(url, self._clock())
        if words is not None:
            raise NoAnswerError(f"{words}, a moment ago")
        timeout = min(deadline.remaining, self._limits.request_seconds)
        if timeout <= 0:
            raise NoAnswerError("there was no time left to ask")
        try:
            response = yield replace(request, timeout=timeout, public_only=self._public_only)
            return _content(response, url)
        except UnreadableAnswerError as error:
            raise UntrustedAnswerError(_clause(error.message)) from error
        except (WireError, ConnectionLostError, OSError) as error:
            words = _clause(error.message if isinstance(error, WireError) else str(error))
            _log.warning("no answer about revocation from %s: %s", url, words)
            quiet = timedelta(seconds=self._limits.quiet_seconds)
            self._silent.keep(url, words, self._clock() + quiet)
            raise NoAnswerError(words) from error


def _content(response: HttpResponse, url: str) -> bytes:
    if 300 <= response.status < 400:
        raise UnreadableAnswerError(f"{url} redirects in a way that is not followed.")
    if response.status != 200:
        raise WireError(f"{url} answers with HTTP status {response.status}.")
    return response.content


def _clause(sentence: str) -> str:
    return sentence.rstrip(".")
