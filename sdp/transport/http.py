"""HTTP adapter: sends requests over httpx, blocking and async, and translates its failures."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from sdp.errors import InvalidInputError, NotSentError, Problem
from sdp.transport.public_addresses import is_public, names_local_address
from sdp.transport.request import NO_BODY, ConnectionLostError, HttpResponse
from sdp.transport.settings import HttpHooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from sdp.transport.request import HttpRequest
    from sdp.transport.settings import HttpSettings

T = TypeVar("T")

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_log = logging.getLogger("sdp.client")


class HttpTransport:
    """A pool of connections. Safe to share between threads.

    Attributes:
        pool_size: the most connections open at once.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.pool_size = settings.pool_size
        self._hooks = hooks or HttpHooks()
        self._proxied = settings.proxy is not None
        self._client = httpx.Client(**settings.options(), transport=transport)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, follow as many redirects as it says, and return the whole answer.

        Raises:
            NotSentError: nothing of it left this machine.
            ConnectionLostError: some of it may have, and no whole answer came in time.
        """
        answer = self._send(request)
        while (redirected := _redirected(request, answer)) is not None:
            request = redirected
            answer = self._send(request)
        return answer

    def refuse_if_closed(self) -> None:
        """Raise InvalidInputError if there are no connections any more."""
        if self._client.is_closed:
            raise _closed()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, request: HttpRequest) -> HttpResponse:
        self.refuse_if_closed()
        guard = Guard(request, proxied=self._proxied)
        sending = _Sending(request, self._hooks)
        with (
            sending.failures_translated(),
            self._client.stream(
                request.method,
                request.url,
                headers=sending.headers,
                content=sending.chunks(),
                timeout=sending.timeout,
                extensions={"trace": guard.trace},
            ) as answer,
        ):
            for chunk in answer.iter_bytes():
                sending.take_in(chunk)
        return sending.answered(answer)


class AsyncHttpTransport:
    """A pool of connections for one event loop, the first that it is used on.

    Attributes:
        pool_size: the most connections open at once.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.pool_size = settings.pool_size
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._hooks = hooks or HttpHooks()
        self._proxied = settings.proxy is not None
        self._client = httpx.AsyncClient(**settings.options(), transport=transport)

    async def send(self, request: HttpRequest, chunks: AsyncIterator[bytes]) -> HttpResponse:
        """Send a request with a body that is read elsewhere; else as `HttpTransport.send`."""
        answer = await self._send_whole(request, chunks)
        while (redirected := _redirected(request, answer)) is not None:
            request = redirected
            answer = await self._send_whole(request, _nothing())
        return answer

    def refuse_if_not_usable(self) -> None:
        """Raise InvalidInputError if it is closed, or belongs to another event loop."""
        if self._client.is_closed:
            raise _closed()
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._loop is None:
                self._loop = loop
        if self._loop is not loop:
            raise _on_another_loop()

    async def close(self) -> None:
        """Close every connection."""
        if self._client.is_closed:
            return
        self.refuse_if_not_usable()
        await self._client.aclose()

    async def _send_whole(self, request: HttpRequest, chunks: AsyncIterator[bytes]) -> HttpResponse:
        opening = _Opening()
        sending = asyncio.ensure_future(self._send(request, chunks, opening))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await opening.over(sending)
            sending.cancel()
            await asyncio.wait([sending])
            raise

    async def _send(
        self, request: HttpRequest, chunks: AsyncIterator[bytes], opening: _Opening
    ) -> HttpResponse:
        self.refuse_if_not_usable()
        guard = Guard(request, proxied=self._proxied)
        sending = _Sending(request, self._hooks)

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            await opening.trace(event, info)
            await guard.async_trace(event, info)

        with sending.failures_translated():
            async with (
                asyncio.timeout(request.timeout),
                self._client.stream(
                    request.method,
                    request.url,
                    headers=sending.headers,
                    content=sending.noted(chunks),
                    timeout=sending.timeout,
                    extensions={"trace": trace},
                ) as answer,
            ):
                async for chunk in answer.aiter_bytes():
                    sending.take_in(chunk)
        return sending.answered(answer)


class _Sending:
    """One request on its way: its headers, its body as it is taken, and its answer as it comes."""

    def __init__(self, request: HttpRequest, hooks: HttpHooks) -> None:
        self._request = request
        self._hooks = hooks
        self._body_taken = False
        self._content = bytearray()
        self._deadline = None if request.timeout is None else time.monotonic() + request.timeout
        _tell(hooks.request, request)

    @property
    def headers(self) -> dict[str, str]:
        """The headers, the length of the body among them."""
        return {**self._request.headers, "Content-Length": str(self._request.body.length)}

    @property
    def timeout(self) -> Any:
        """How long each step may take, as httpx has it."""
        return self._request.timeout or httpx.USE_CLIENT_DEFAULT

    def chunks(self) -> Iterator[bytes]:
        """Give the body, and note that it is being taken."""
        self._body_taken = True
        yield from self._request.body.chunks()

    async def noted(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Give the body that is read elsewhere, and note that it is being taken."""
        self._body_taken = True
        async for chunk in chunks:
            yield chunk

    def take_in(self, chunk: bytes) -> None:
        """Collect more of the answer, within its size and its time."""
        self._content += chunk
        if len(self._content) > self._request.max_bytes:
            raise httpx.ReadError(f"the answer is larger than {self._request.max_bytes} bytes")
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise httpx.ReadTimeout("late")

    def answered(self, answer: httpx.Response) -> HttpResponse:
        """Make the answer a value, when all of it has been taken in."""
        response = HttpResponse(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            content=bytes(self._content),
        )
        _tell(self._hooks.response, response)
        return response

    @contextmanager
    def failures_translated(self) -> Iterator[None]:
        """Turn httpx's errors into those that flows know.

        Raises:
            NotSentError: nothing of the request left this machine.
            ConnectionLostError: some of it may have.
        """
        try:
            yield
        except (httpx.HTTPError, TimeoutError) as error:
            if self._body_taken:
                is_cut = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
                raise ConnectionLostError(_words(error), is_cut=is_cut) from error
            words = _words(error)
            raise NotSentError(
                f"The other side could not be reached: {words}.", remedy=_remedy(error, words)
            ) from error
        except httpx.InvalidURL as error:
            raise NotSentError(
                "The address of the other side is not a URL.",
                remedy="Correct the addresses of the environment.",
            ) from error


class Guard:
    """A check that a request for public addresses alone goes to none other.

    A name is judged by the address that it led to, when the connection is there and nothing has
    been sent; so a name that changes its address between two look-ups gains nothing.

    Raises:
        NotSentError: the address itself is no public one.
    """

    def __init__(self, request: HttpRequest, *, proxied: bool) -> None:
        self._url = request.url
        self._watches = request.public_only and not proxied
        if request.public_only and names_local_address(request.url):
            raise self._refusal()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Look at each connection that is made; a trace extension of httpcore."""
        if self._is_local(event, info):
            info["return_value"].close()
            raise self._refusal()

    async def async_trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Look at each connection that is made; the same for asyncio."""
        if self._is_local(event, info):
            await info["return_value"].aclose()
            raise self._refusal()

    def _is_local(self, event: str, info: Mapping[str, Any]) -> bool:
        if not self._watches or event != "connection.connect_tcp.complete":
            return False
        address = info["return_value"].get_extra_info("server_addr")
        return not address or not is_public(str(address[0]))

    def _refusal(self) -> NotSentError:
        return NotSentError(
            f"{self._url} leads to this machine or its own network, and it stands in a certificate"
            " that somebody else has written.",
            remedy="Allow it with environment.revocation_local_addresses, if that is where the"
            " issuer answers.",
        )


class _Opening:
    """A connection that is being opened, which must not be cancelled half-way.

    Between TCP and TLS, httpcore forgets to close the socket of whoever is cancelled. This follows
    one request by the trace extension of httpcore.
    """

    _BEGINS = ("connect_tcp.started", "start_tls.started")
    _ENDS = (
        *("connect_tcp.failed", "start_tls.complete", "start_tls.failed"),
        "send_request_headers.started",
    )

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._over.set()

    async def trace(self, event: str, _: Mapping[str, Any]) -> None:
        """Take note of what happens to the connection."""
        if event.endswith(self._BEGINS):
            self._over.clear()
        elif event.endswith(self._ENDS):
            self._over.set()

    async def over(self, sending: asyncio.Future[Any]) -> None:
        """Wait until no connection is half open; the connect timeout is the longest it takes."""
        opened = asyncio.ensure_future(self._over.wait())
        while not opened.done() and not sending.done():
            try:
                await asyncio.wait([opened, sending], return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                continue
        opened.cancel()


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in NO_BODY.chunks():
        yield chunk


def _redirected(request: HttpRequest, answer: HttpResponse) -> HttpRequest | None:
    """Make the request that a redirect asks for; None where it is not to be followed."""
    target = answer.headers.get("location")
    if (
        answer.status not in _REDIRECTS
        or request.method != "GET"
        or not request.redirects
        or not target
    ):
        return None
    url = urljoin(request.url, target)
    schemes = {"https"} if urlsplit(request.url).scheme == "https" else {"http", "https"}
    if urlsplit(url).scheme not in schemes:
        return None
    return replace(request, url=url, headers={}, body=NO_BODY, redirects=request.redirects - 1)


def _tell(hook: Callable[[T], None] | None, what: T) -> None:
    # Whatever goes wrong in a hook, the request has the outcome that it has. What an error of the
    # caller's own says may be private, so its type alone is logged.
    if hook is None:
        return
    try:
        hook(what)
    except Exception as error:
        _log.warning("a hook for HTTP raised %s, which is passed over", type(error).__name__)


def _words(error: Exception) -> str:
    match error:
        case httpx.ConnectTimeout():
            return "no connection within the connect timeout"
        case httpx.PoolTimeout():
            return "every connection was busy for the whole pool timeout"
        case httpx.TimeoutException() | TimeoutError():
            return "no answer within the timeout"
        case _:
            return str(error).rstrip(".") or type(error).__name__


def _remedy(error: Exception, words: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return (
            "The other side's TLS certificate is not trusted. If a proxy of your own inspects TLS,"
            " or the other side has a private CA, name the PEM file of that CA in"
            " environment.tls_ca; else check the address, and the clock."
        )
    if isinstance(error, httpx.ProxyError):
        return "Check the setting proxy, with its name and password, and what the proxy lets pass."
    return "Check address, firewall, proxy and TLS settings, then try again."


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
