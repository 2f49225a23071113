"""Requests of a client on their way: hooks, redirects and the end of the client."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self, TypeVar
from urllib.parse import urljoin, urlsplit

from sdp.errors import InvalidInputError, Problem
from sdp.transport.addresses import local_address, names_local_address
from sdp.transport.pool import AsyncHttpPool, HttpPool
from sdp.transport.request import NO_BODY, ConnectionLostError
from sdp.transport.settings import HttpHooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sdp.transport.request import AsyncTransport, HttpRequest, HttpResponse, Transport
    from sdp.transport.settings import HttpSettings

T = TypeVar("T")

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_log = logging.getLogger("sdp.client")


class _Watched:
    """Requests and answers as the hooks see them, within the bounds that a request sets."""

    def __init__(self, hooks: HttpHooks | None, *, given: bool) -> None:
        self._hooks = hooks or HttpHooks()
        self._given = given

    def outgoing(self, request: HttpRequest) -> None:
        """Tell of a request that is about to go out.

        Raises:
            NotSentError: it names this machine where only public addresses may be asked. A name is
                judged by where it leads, when a connection is opened; see `only_public`.
        """
        if request.public_only and names_local_address(request.url):
            raise local_address(request.told_url)
        _tell(self._hooks.request, request)

    def incoming(
        self, request: HttpRequest, answer: HttpResponse
    ) -> tuple[HttpResponse, HttpRequest | None]:
        """Tell of an answer; return it, and the request that it redirects to.

        Raises:
            ConnectionLostError: a transport of the caller's own lets it be larger than it may be.
        """
        if self._given:
            if len(answer.content) > request.max_bytes:
                raise ConnectionLostError(f"the answer is larger than {request.max_bytes} bytes")
            headers = {name.lower(): words for name, words in answer.headers.items()}
            answer = replace(answer, headers=headers)
        _tell(self._hooks.response, answer)
        is_redirect = answer.status in _REDIRECTS and request.method == "GET"
        return answer, _redirected(request, answer) if is_redirect else None


class HttpTransport:
    """Sends the requests of a client. Safe to share between threads.

    Attributes:
        pool_size: the most connections open at once.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.pool_size: int = settings.pool_size
        self._watched = _Watched(hooks, given=transport is not None)
        self._inner = transport or HttpPool(settings)
        self._is_closed = False

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, follow as many redirects as it says, and return the whole answer.

        Raises:
            InvalidInputError: the client is closed.
            NotSentError: nothing of it left this machine.
            ConnectionLostError: some of it may have, and no whole answer came in time.
        """
        following: HttpRequest | None = request
        while following is not None:
            request = following
            self.refuse_if_closed()
            self._watched.outgoing(request)
            answer, following = self._watched.incoming(request, self._inner.send(request))
        return answer

    def refuse_if_closed(self) -> None:
        """Raise InvalidInputError if there are no connections any more."""
        if self._is_closed:
            raise _closed()

    def close(self) -> None:
        """Close every connection."""
        self._is_closed = True
        self._inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncHttpTransport:
    """Sends the requests of an async client, on the first event loop that it is used on.

    Attributes:
        pool_size: the most connections open at once.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: AsyncTransport | None = None,
    ) -> None:
        self.pool_size: int = settings.pool_size
        self._loop: asyncio.AbstractEventLoop | None = None
        self._guard = threading.Lock()
        self._watched = _Watched(hooks, given=transport is not None)
        self._inner: AsyncTransport = transport or AsyncHttpPool(settings)
        self._is_closed = False

    async def send(
        self, request: HttpRequest, chunks: AsyncIterator[bytes] | None = None
    ) -> HttpResponse:
        """Send a request with a body that is perhaps read elsewhere; as `HttpTransport.send`."""
        following: HttpRequest | None = request
        while following is not None:
            request = following
            self.refuse_if_not_usable()
            self._watched.outgoing(request)
            if isinstance(self._inner, AsyncHttpPool):
                came = await self._inner.send(request, chunks)
            else:
                came = await self._inner.send(request)
            answer, following = self._watched.incoming(request, came)
            chunks = None
        return answer

    def refuse_if_not_usable(self) -> None:
        """Raise InvalidInputError if it is closed, or belongs to another event loop."""
        if self._is_closed:
            raise _closed()
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        with self._guard:
            if self._loop is None:
                self._loop = loop
        if self._loop is not loop:
            raise _on_another_loop()

    async def close(self) -> None:
        """Close every connection."""
        if self._is_closed:
            return
        self.refuse_if_not_usable()
        self._is_closed = True
        await self._inner.close()


def _redirected(request: HttpRequest, answer: HttpResponse) -> HttpRequest | None:
    """Make the request that a redirect asks for; None where it is not to be followed."""
    target = answer.headers.get("location")
    if not request.redirects or not target:
        return None
    try:
        url = urljoin(request.url, target)
        scheme = urlsplit(url).scheme
    except ValueError:
        return None
    schemes = {"https"} if urlsplit(request.url).scheme == "https" else {"http", "https"}
    if scheme not in schemes:
        return None
    return replace(
        request,
        url=url,
        headers={},
        body=NO_BODY,
        redirects=request.redirects - 1,
        first_url=request.told_url,
    )


def _tell(hook: Callable[[T], None] | None, what: T) -> None:
    # Whatever goes wrong in a hook, the request has the outcome that it has. What an error of the
    # caller's own says may be private, so its type alone is logged.
    if hook is None:
        return
    try:
        hook(what)
    except Exception as error:
        _log.warning("a hook for HTTP raised %s, which is passed over", type(error).__name__)


def _closed() -> InvalidInputError:
    rule = "must not be closed; a letter that was on its way when it was may have arrived"
    return InvalidInputError(
        "The client", [Problem("client", rule)], remedy="Close it when all calls have returned."
    )


def _on_another_loop() -> InvalidInputError:
    return InvalidInputError(
        "The client",
        [Problem("event loop", "must be the one that it was first used on")],
        remedy="Make an AsyncClient for each event loop, so for each asyncio.run.",
    )
