"""Requests to the contact register over REST, sans I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from sdp.errors import ConfigurationError, UnauthorizedError
from sdp.jose import verify
from sdp.krr.register import check_organisation, lookup_in_blocks, safe_to_repeat
from sdp.krr.rest.reading import read_entries, read_people, read_printsertifikat, refusal
from sdp.maskinporten import TokenRequest
from sdp.pki import DeferredValidation
from sdp.transport.request import MAX_ANSWER_BYTES, BytesBody, HttpRequest, HttpResponse
from sdp.transport.retry import Attempt, attempt, retry_with_backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from sdp.krr.person import Oppslag, Printsertifikat
    from sdp.maskinporten import Maskinporten, Token
    from sdp.pki import ChainValidator, TrustStore
    from sdp.transport.effects import Flow

SCOPES: Final = ("krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read")
DELEGATED_SCOPES: Final = ("krr:global/kontaktinfo.read", "krr:global/postkasse.read")
"""Scopes with the same data, which Altinn lets an organisation delegate to its supplier."""


@dataclass(frozen=True, slots=True)
class KrrSettings:
    """Address and options of the contact register over REST.

    Attributes:
        url: the root, such as `https://test.kontaktregisteret.no/rest/`.
        version: the version of the API, `v1` or `v2`.
        signed_answers: whether to ask for signed answers about people, and verify them.
        organisasjonsnummer: the organisation that must have signed them.
        consumer_org: the organisation that has delegated its access to the one that asks; None
            if an organisation asks for itself.
        scopes: of the tokens; None takes those for one's own access, or with `consumer_org` those
            that are delegated in Altinn.
        one_scope_per_token: whether each token has one scope. The register is asked once with each,
            and its answers are put together.

    Raises:
        ConfigurationError: naming the setting that is wrong.
    """

    url: str
    version: Literal["v1", "v2"] = "v2"
    signed_answers: bool = False
    organisasjonsnummer: str = "991825827"
    consumer_org: str | None = None
    scopes: tuple[str, ...] | None = None
    one_scope_per_token: bool = False

    @property
    def tokens(self) -> tuple[TokenRequest, ...]:
        """The tokens that the register is asked with, each for its scope or all for one."""
        scopes = self.scopes or (SCOPES if self.consumer_org is None else DELEGATED_SCOPES)
        asked = scopes if self.one_scope_per_token else (" ".join(scopes),)
        return tuple(TokenRequest(scope, consumer_org=self.consumer_org) for scope in asked)

    def __post_init__(self) -> None:
        if not self.url.startswith("https://"):
            raise ConfigurationError(
                "url of the contact register must start with https://.",
                remedy="Set it to the root of the interface, such as "
                "https://test.kontaktregisteret.no/rest/.",
            )
        if self.version not in {"v1", "v2"}:
            raise ConfigurationError("version of the contact register must be v1 or v2.")
        for name in ("organisasjonsnummer", "consumer_org"):
            number = getattr(self, name)
            if number is not None:
                check_organisation(name, number)


PRINT_CERTIFICATE_LIFETIME: Final = timedelta(minutes=5)

_JSON: Final = "application/json"
_JOSE: Final = "application/jose"
_WHOM: Final = "the contact register"


class KrrRest:
    """Asks the contact register over REST. Safe to share between threads.

    Args:
        settings: where the register is and how it is asked.
        maskinporten: gives the tokens.
        trust: the trust anchors for signed answers.
        clock: tells the time; aware.
    """

    def __init__(
        self,
        settings: KrrSettings,
        *,
        maskinporten: Maskinporten,
        trust: TrustStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._maskinporten = maskinporten
        self._trust = trust
        self._clock = clock
        self._root = f"{settings.url.rstrip('/')}/{settings.version}"
        self._tokens = settings.tokens
        self._printer: tuple[datetime, Printsertifikat] | None = None

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        """Ask about any number of people, 1000 at a time, and answer each in the order given.

        If the register is busy it is asked again, at most four times and within a minute.

        Raises:
            InvalidInputError: at once; a number is not a personidentifikator; its index is named.
            TokenError: Maskinporten refused to issue a token.
            UnauthorizedError: the register accepts neither the token nor a fresh one.
            ProblemError: the register refused, or is still busy.
            SignatureError, CertificateError: the answer is not signed by the register.
            UnreadableAnswerError: what came is no answer.
            WireError: no answer came.
        """
        return lookup_in_blocks(personer, self._ask)

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Ask who prints letters. The answer is kept for five minutes.

        Raises:
            ProblemError: the register refused, or is still busy.
            UnreadableAnswerError: what came is no answer.
            WireError: no answer came.
        """
        moment = self._clock()
        kept = self._printer
        if kept is not None and timedelta() <= moment - kept[0] < PRINT_CERTIFICATE_LIFETIME:
            return kept[1]
        request = HttpRequest(
            "GET", f"{self._root}/printSertifikat", {"Accept": _JSON}, service=_WHOM
        )
        printer = yield from retry_with_backoff(
            lambda: attempt(request),
            _print_certificate,
            self._clock,
            whom=_WHOM,
        )
        self._printer = (moment, printer)
        return printer

    def _ask(self, block: tuple[str, ...]) -> Flow[tuple[Oppslag, ...]]:
        body = BytesBody(json.dumps({"personidentifikatorer": block}).encode())
        accept = _JOSE if self._settings.signed_answers else _JSON

        def exchange(token: Token) -> Flow[Attempt]:
            headers = {
                "Accept": accept,
                "Authorization": f"Bearer {token.value}",
                "Content-Type": _JSON,
            }
            came = yield from attempt(
                HttpRequest("POST", f"{self._root}/personer", headers, body, service=_WHOM)
            )
            if isinstance(came, HttpResponse) and came.status == 401:
                raise UnauthorizedError("The contact register does not accept the token.")
            return came

        deferred = DeferredValidation(self._trust)
        answers = []
        for token in self._tokens:
            entries = yield from retry_with_backoff(
                partial(self._maskinporten.authorized, token, exchange),
                partial(self._entries, trust=deferred),
                self._clock,
                whom=_WHOM,
            )
            answers.append(entries)
        yield from deferred.checking()
        return read_people(answers)

    def _entries(self, response: HttpResponse, trust: ChainValidator) -> list[object]:
        with _accepted(response):
            if not self._settings.signed_answers:
                return read_entries(response.content, None)
            moment = self._clock()
            verified = verify(
                response.content.decode("ascii", errors="replace").strip(),
                trust=trust,
                moment=moment,
                organisasjonsnummer=self._settings.organisasjonsnummer,
                max_bytes=MAX_ANSWER_BYTES,
            )
            return read_entries(verified.payload, moment)


def _print_certificate(response: HttpResponse) -> Printsertifikat:
    with _accepted(response):
        return read_printsertifikat(response.content)


def _accepted(response: HttpResponse) -> AbstractContextManager[None]:
    """Read an answer within this: a refusal is raised, and what is unreadable may be asked again.

    Raises:
        ProblemError: the register refused.
    """
    if not 200 <= response.status < 300:
        raise refusal(response)
    return safe_to_repeat()
