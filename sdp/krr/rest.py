"""The contact register over REST. Sans-I/O: every method gives a flow for others to carry out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sdp._http.exchange import BytesBody, ConnectionLostError, HttpRequest, HttpResponse
from sdp._http.flow import call
from sdp.errors import UnauthorizedError
from sdp.jose import verify
from sdp.krr._json import read_personer, read_printsertifikat
from sdp.krr._patience import Attempt, patiently
from sdp.krr._repeating import safe_to_repeat
from sdp.krr.register import lookup_in_blocks
from sdp.maskinporten import TokenRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sdp._http.exchange import Exchange
    from sdp._http.flow import Flow
    from sdp.krr.person import Oppslag, Printsertifikat
    from sdp.krr.settings import KrrSettings
    from sdp.maskinporten import Maskinporten, Token
    from sdp.pki import TrustStore

SCOPES: Final = "krr:global/kontaktinformasjon.read krr:global/digitalpost.read"
PRINT_CERTIFICATE_LIFETIME: Final = timedelta(minutes=5)

_JSON: Final = "application/json"
_JOSE: Final = "application/jose"


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
        self._asked = TokenRequest(SCOPES, consumer_org=settings.consumer_org)
        self._printer: tuple[datetime, Printsertifikat] | None = None

    def lookup(self, personer: Sequence[str]) -> Flow[tuple[Oppslag, ...]]:
        """Ask about any number of people, 1000 at a time, and answer each in the order given.

        While the register is busy it is asked again, at most four times and within a minute.

        Raises:
            InvalidInputError: at once; a number is not a personidentifikator; its index is named.
            TokenError: Maskinporten gives no token.
            UnauthorizedError: the register does not accept the token, nor a new one.
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
            "GET", f"{self._root}/printSertifikat", {"Accept": _JSON}, BytesBody(b"")
        )
        response = yield from patiently(lambda: call(_attempt(request)), self._clock)
        with safe_to_repeat():
            printer = read_printsertifikat(response.content)
        self._printer = (moment, printer)
        return printer

    def _ask(self, block: tuple[str, ...]) -> Flow[tuple[Oppslag, ...]]:
        body = BytesBody(json.dumps({"personidentifikatorer": block}).encode())
        accept = _JOSE if self._settings.signed_answers else _JSON

        def exchange(token: Token) -> Exchange[Attempt]:
            headers = {
                "Accept": accept,
                "Authorization": f"Bearer {token.value}",
                "Content-Type": _JSON,
            }
            response = yield from _attempt(
                HttpRequest("POST", f"{self._root}/personer", headers, body)
            )
            if response is not None and response.status == 401:
                raise UnauthorizedError("The contact register does not accept the token.")
            return response

        response = yield from patiently(
            lambda: self._maskinporten.authorized(self._asked, exchange), self._clock
        )
        with safe_to_repeat():
            return read_personer(self._payload(response))

    def _payload(self, response: HttpResponse) -> bytes:
        if not self._settings.signed_answers:
            return response.content
        verified = verify(
            response.content.decode("ascii", errors="replace").strip(),
            trust=self._trust,
            moment=self._clock(),
            organisasjonsnummer=self._settings.organisasjonsnummer,
        )
        return verified.payload


def _attempt(request: HttpRequest) -> Exchange[Attempt]:
    try:
        return (yield request)
    except ConnectionLostError:
        return None
