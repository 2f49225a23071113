"""A cache of access tokens: kept while they live, renewed once they are no longer accepted."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from sdp.errors import ConfigurationError, TokenError, UnauthorizedError
from sdp.maskinporten.token_endpoint import grant, may_be_the_key, read_metadata, read_token
from sdp.transport.effects import Lock
from sdp.transport.request import BytesBody, HttpRequest
from sdp.transport.retry import Attempt, attempt, retry_with_backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sdp.maskinporten.token_endpoint import Token, TokenRequest
    from sdp.pki import Signer
    from sdp.pki.keys.registered import RegisteredKey
    from sdp.transport.effects import Flow

T = TypeVar("T")

_MARGIN: Final = timedelta(seconds=10)
"""A token must live this much longer to be used again: the call that it is for takes time. One
that lives for less than twice as long is used for half of its life."""
_REFUSED_FOR: Final = timedelta(hours=1)
"""A key that was refused, while another was taken, is tried last for this long."""
_METADATA: Final = ".well-known/oauth-authorization-server"


@dataclass(frozen=True, slots=True)
class MaskinportenSettings:
    """The issuer, and the client registered with it.

    Attributes:
        issuer: such as `https://test.maskinporten.no/`, with a trailing slash.
        client_id: as registered.
        key_id: the id of a key registered on the client; None signs with the certificate.

    Raises:
        ConfigurationError: the issuer is not an address that ends with a slash.
    """

    issuer: str
    client_id: str
    key_id: str | None = None

    def __post_init__(self) -> None:
        if not (self.issuer.startswith("https://") and self.issuer.endswith("/")):
            raise ConfigurationError(
                "environment.maskinporten_url must start with https:// and end with a slash.",
                remedy="The two that exist are https://maskinporten.no/ and "
                "https://test.maskinporten.no/.",
            )


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Token
    until: datetime


class Maskinporten:
    """Source of tokens, each kept in memory until shortly before it expires. Thread-safe.

    Source: the documentation of Maskinporten; RFC 7523 and RFC 8414.

    Args:
        settings: which Maskinporten, and as which client.
        signer: the key of the organisation, or the newest one registered on the client.
        clock: tells the time; aware.
        older: other keys registered on the client, newest first. Where Maskinporten does not take
            the newest, these are tried in turn, and the newest again after an hour.
    """

    def __init__(
        self,
        settings: MaskinportenSettings,
        *,
        signer: Signer | RegisteredKey,
        clock: Callable[[], datetime],
        older: Sequence[RegisteredKey] = (),
    ) -> None:
        self._settings = settings
        self._keys = (signer, *older)
        self._refused_at: dict[int, datetime] = {}
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[TokenRequest, _Kept] = {}
        self._endpoint: str | None = None

    def token(self, asked: TokenRequest) -> Flow[Token]:
        """Return a token that is valid for a while yet; ask for a new one if there is none.

        Any number may ask at once: one request is made. While Maskinporten is busy it is asked
        again, at most four times and within a minute.

        Raises:
            TokenError: Maskinporten refused to issue one, and says why.
            UnreadableAnswerError: its answer holds none that can be used.
            WireError: it could not be reached; safe to repeat.
        """
        kept = self._kept(asked)
        if kept is not None:
            return kept
        with (yield Lock(("maskinporten", asked))):
            return (yield from self._renewed(asked))

    def authorized(self, asked: TokenRequest, exchange: Callable[[Token], Flow[T]]) -> Flow[T]:
        """Run an exchange with a token; once more with a new one if that one is not accepted.

        Args:
            asked: what the token must be good for.
            exchange: makes the exchange anew for a token; raises `UnauthorizedError` on a 401.

        Raises:
            UnauthorizedError: the new token is not accepted either.
            WireError: as `token`, and whatever the exchange raises.
        """
        token = yield from self.token(asked)
        try:
            return (yield from exchange(token))
        except UnauthorizedError:
            self._forget(asked, token)
        token = yield from self.token(asked)
        return (yield from exchange(token))

    def _kept(self, asked: TokenRequest) -> Token | None:
        with self._lock:
            kept = self._tokens.get(asked)
        return kept.token if kept is not None and self._clock() < kept.until else None

    def _forget(self, asked: TokenRequest, token: Token) -> None:
        with self._lock:
            kept = self._tokens.get(asked)
            if kept is not None and kept.token == token:
                del self._tokens[asked]

    def _renewed(self, asked: TokenRequest) -> Flow[Token]:
        kept = self._kept(asked)  # another may have renewed it while this one waited
        if kept is not None:
            return kept
        if self._endpoint is None:
            self._endpoint = yield from self._discovered()
        moment, token = yield from self._granted(self._endpoint, asked)
        with self._lock:
            self._tokens[asked] = _Kept(
                token, token.expires - min(_MARGIN, (token.expires - moment) / 2)
            )
        return token

    def _discovered(self) -> Flow[str]:
        issuer = self._settings.issuer
        request = HttpRequest(
            "GET",
            issuer + _METADATA,
            {"Accept": "application/json"},
            max_bytes=_MAX_BYTES,
            service=_WHOM,
        )
        return retry_with_backoff(
            lambda: attempt(request),
            lambda response: read_metadata(response, issuer),
            self._clock,
            whom=_WHOM,
        )

    def _granted(self, endpoint: str, asked: TokenRequest) -> Flow[tuple[datetime, Token]]:
        """Ask for a token with the newest key that Maskinporten takes.

        Raises:
            TokenError: it takes none; what it says of the first that was tried.
        """
        refusals: list[TokenError] = []
        order = self._order()
        for number in order:
            try:
                granted = yield from self._granted_with(self._keys[number], endpoint, asked)
            except TokenError as error:
                refusals.append(error)
                if not may_be_the_key(error):
                    break
            else:
                # A refusal is that key's own only where another key was taken.
                moment = self._clock()
                self._refused_at |= dict.fromkeys(order[: len(refusals)], moment)
                return granted
        raise refusals[0]

    def _order(self) -> list[int]:
        """Return the keys in the order to try them: newest first, those just refused last."""
        since = self._clock() - _REFUSED_FOR

        def just_refused(number: int) -> bool:
            return number in self._refused_at and self._refused_at[number] > since

        return sorted(range(len(self._keys)), key=just_refused)

    def _granted_with(
        self, key: Signer | RegisteredKey, endpoint: str, asked: TokenRequest
    ) -> Flow[tuple[datetime, Token]]:
        """Ask for a token, and tell when, since its life is counted from there."""
        moment = self._clock()

        def ask() -> Flow[Attempt]:
            nonlocal moment
            moment = self._clock()
            return attempt(self._question(key, endpoint, asked, moment))

        token = yield from retry_with_backoff(
            ask, lambda response: read_token(response, moment), self._clock, whom=_WHOM
        )
        return moment, token

    def _question(
        self,
        key: Signer | RegisteredKey,
        endpoint: str,
        asked: TokenRequest,
        moment: datetime,
    ) -> HttpRequest:
        form = grant(
            asked,
            key,
            issuer=self._settings.issuer,
            client_id=self._settings.client_id,
            key_id=self._settings.key_id,
            jti=str(uuid4()),
            moment=moment,
        )
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        return HttpRequest(
            "POST", endpoint, headers, BytesBody(form), max_bytes=_MAX_BYTES, service=_WHOM
        )


_WHOM: Final = "Maskinporten"
_MAX_BYTES: Final = 64 * 1024
"""The most an answer may be: a token becomes a header, and servers take some 8 KiB of those."""
