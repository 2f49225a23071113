"""Pools of connections over httpcore: every answer within bounds of time, size and encoding.

Nothing is kept from one answer to the next: there are no cookies, and a password goes to nobody but
the proxy that it was written for. What the other side writes beside its answer, such as a reason
phrase, reaches neither errors nor logs.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpcore
import httpx

from sdp.errors import NotSentError, Retry, SdpError
from sdp.transport.connections import (
    AsyncBackend,
    BoundedBackend,
    Bounds,
    LocalAddressError,
    local_address,
)
from sdp.transport.request import ConnectionLostError, HttpResponse, gathered
from sdp.transport.settings import without_userinfo

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator, Mapping

    from sdp.transport.request import HttpRequest
    from sdp.transport.settings import HttpSettings

ANSWER_FACTOR: Final = 10
"""A whole answer may take this many times as long as the read timeout, which is for each piece."""

_PIECE: Final = 128 * 1024
"""How much of a body is gathered before it is written: each piece is a step through h11 and TLS."""

_PLAIN: Final = frozenset({"", "identity"})
_FIRST_ERROR: Final = 400

_FLAWS_OF_A_CA: Final = (
    *("marked critical", "Missing Authority Key Identifier", "Missing Subject Key Identifier"),
    *("does not include key usage", "Path length given without key usage"),
    *("Issuer name empty", "Subject name empty"),
)
"""What OpenSSL says of certificates that are refused by its strict verification alone."""


class HttpPool:
    """A pool of connections for threads. A `Transport`.

    A process that was forked opens connections of its own.

    Args:
        settings: how to reach the other side.
        backend: opens the connections, in place of sockets.
    """

    def __init__(
        self, settings: HttpSettings, *, backend: httpcore.NetworkBackend | None = None
    ) -> None:
        self._settings = settings
        self._tls = settings.tls_context()
        self._backend = BoundedBackend(backend or httpcore.SyncBackend())
        self._inherited: list[httpcore.ConnectionPool] = []
        self._open()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the whole answer.

        Raises:
            NotSentError: nothing of it left this machine.
            ConnectionLostError: some of it may have, and no answer came within the bounds.
        """
        if os.getpid() != self._process:
            # The sockets are shared with the parent, and its locks may be held for ever. They are
            # not closed either, for that may speak to the other side.
            self._inherited.append(self._pool)
            self._open()
        exchange = _Exchange(request, self._settings)
        with exchange.bounds.current():
            try:
                answer = self._pool.handle_request(exchange.outgoing(exchange.body()))
                try:
                    headers, content = _headers(answer), bytearray()
                    if exchange.is_readable(answer.status, headers):
                        for chunk in answer.iter_stream():
                            exchange.take_in(content, chunk)
                    return HttpResponse(answer.status, headers, bytes(content))
                finally:
                    answer.close()
            except Exception as error:
                failure = exchange.failure(error)
        raise failure

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _open(self) -> None:
        self._process = os.getpid()
        self._pool = httpcore.ConnectionPool(
            **_options(self._settings, self._tls), network_backend=self._backend
        )


class AsyncHttpPool:
    """A pool of connections for one event loop. An `AsyncTransport`.

    Args:
        settings: how to reach the other side.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._pool = httpcore.AsyncConnectionPool(
            **_options(settings, settings.tls_context()), network_backend=AsyncBackend()
        )

    async def send(
        self, request: HttpRequest, chunks: AsyncIterator[bytes] | None = None
    ) -> HttpResponse:
        """Send a request and return the whole answer; see `HttpPool.send`.

        Args:
            request: the request.
            chunks: its body, where reading it would hold up the event loop.
        """
        exchange = _Exchange(request, self._settings)
        try:
            async with asyncio.timeout(request.timeout) as exchange.limit:
                return await self._sent(exchange, chunks)
        except Exception as error:
            failure = exchange.failure(error)
        raise failure

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def _sent(self, exchange: _Exchange, chunks: AsyncIterator[bytes] | None) -> HttpResponse:
        with exchange.bounds.current():
            request = exchange.outgoing(exchange.body_from(chunks))
            answer = await self._pool.handle_async_request(request)
            try:
                headers, content = _headers(answer), bytearray()
                if exchange.is_readable(answer.status, headers):
                    async for chunk in answer.aiter_stream():
                        exchange.take_in(content, chunk)
                return HttpResponse(answer.status, headers, bytes(content))
            finally:
                await answer.aclose()


class _Exchange:
    """One request on its way: its body as it is taken, and its answer as it comes."""

    def __init__(self, request: HttpRequest, settings: HttpSettings) -> None:
        self.request = request
        self._settings = settings
        self._body_taken = False
        self._answer_seconds = ANSWER_FACTOR * settings.read_timeout
        deadline = None if request.timeout is None else time.monotonic() + request.timeout
        self.bounds = Bounds(deadline, public_only=request.public_only and not settings.proxy)
        self.limit: asyncio.Timeout | None = None

    def outgoing(self, content: Any) -> httpcore.Request:
        """Say the request to httpcore."""
        request, settings = self.request, self._settings
        host, url = _read_url(request.url)
        headers = {
            "Host": host,
            "Accept-Encoding": "identity",
            "Content-Length": str(request.body.length),
            **request.headers,
        }
        timeouts = {
            "connect": settings.connect_timeout,
            "read": settings.read_timeout,
            "write": settings.write_timeout,
            "pool": settings.pool_timeout,
        }
        if request.timeout is not None:
            timeouts = {step: min(time, request.timeout) for step, time in timeouts.items()}
        return httpcore.Request(
            request.method,
            url,
            headers=[(name.encode("ascii"), value.encode()) for name, value in headers.items()],
            content=content,
            extensions={"timeout": timeouts},
        )

    def body(self) -> Iterator[bytes]:
        """Give the body, and note that it is being taken."""
        self._body_taken = True
        yield from gathered(self.request.body, _PIECE)
        self.bounds.due_within(self._answer_seconds)

    async def body_from(self, chunks: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
        """Give the body likewise, from where it is read."""
        self._body_taken = True
        if chunks is None:
            for chunk in self.request.body.chunks():
                yield chunk
        else:
            async for chunk in chunks:
                yield chunk
        if self.limit is not None:
            self.bounds.due_within(self._answer_seconds)
            left = (self.bounds.deadline or 0.0) - time.monotonic()
            self.limit.reschedule(asyncio.get_running_loop().time() + left)

    def is_readable(self, status: int, headers: Mapping[str, str]) -> bool:
        """Tell whether there is content to read.

        What is encoded, though nobody asked for that, is not decoded: it may grow without bounds.
        The status of a refusal counts all the same.

        Raises:
            _UnaskedError: it is encoded, and without its content the answer proves nothing.
        """
        encodings = headers.get("content-encoding", "").lower()
        if _PLAIN.issuperset(map(str.strip, encodings.split(","))):
            return True
        if status < _FIRST_ERROR:
            raise _UnaskedError("the answer has a Content-Encoding that was not asked for")
        return False

    def take_in(self, content: bytearray, chunk: bytes) -> None:
        """Collect more of the answer, within its size.

        Raises:
            _UnaskedError: it is too large.
        """
        content += chunk
        if len(content) > self.request.max_bytes:
            content.clear()  # which the error would keep as long as its traceback
            raise _UnaskedError(f"the answer is larger than {self.request.max_bytes} bytes")

    def failure(self, error: Exception) -> Exception:
        """Turn what httpcore or the operating system raised into an error that flows know."""
        if isinstance(error, SdpError):
            return error
        if isinstance(error, LocalAddressError):
            return local_address(self.request.told_url)
        words = _words(error)
        address = _address(self.request.told_url)
        failure: Exception
        if self._body_taken:
            is_cut = isinstance(error, httpcore.NetworkError | httpcore.RemoteProtocolError)
            failure = ConnectionLostError(f"{words} ({address})", is_cut=is_cut)
        elif isinstance(error, httpx.InvalidURL | ValueError):
            failure = NotSentError(
                f"The address of {self.request.service} is not a URL that can be asked.",
                remedy="Correct the addresses of the environment.",
                retry=Retry.NEVER,
            )
        else:
            proxy = self._settings.proxy
            way = "" if proxy is None else f", through the proxy {_address(proxy)}"
            service = self.request.service
            asked = f"{service[0].upper()}{service[1:]} ({address}{way})"
            failure = NotSentError(
                f"{asked} could not be reached: {words}.", remedy=_remedy(error, words)
            )
        failure.__cause__ = _without_their_words(error, words)
        return failure


class _UnaskedError(Exception):
    """An answer that goes beyond what was asked for."""


_PLAIN_URL: Final = re.compile(r"(https?://[^/?#]+)((?:/[A-Za-z0-9_~-]+)+)")
"""An address whose path is sent as it is written: without dots, encoded characters and query."""


def _read_url(url: str) -> tuple[str, httpcore.URL]:
    """Read an address: what Host says, and the parts that httpcore wants.

    Parsing one takes as long as writing a request, and each receipt has one of its own; so a plain
    path is added to an origin that was parsed before.

    Raises:
        InvalidURL, ValueError: it is not one of HTTP.
    """
    plain = _PLAIN_URL.fullmatch(url)
    if plain is None:
        return _parsed(url)
    host, origin = _parsed(f"{plain[1]}/")
    target = plain[2].encode("ascii")
    return host, httpcore.URL(
        scheme=origin.scheme, host=origin.host, port=origin.port, target=target
    )


@lru_cache(maxsize=64)
def _parsed(url: str) -> tuple[str, httpcore.URL]:
    read = httpx.URL(urlsplit(url).geturl())
    if read.scheme not in {"http", "https"} or not read.host:
        raise httpx.InvalidURL("it is not one of HTTP")
    parts = httpcore.URL(
        scheme=read.raw_scheme, host=read.raw_host, port=read.port, target=read.raw_path
    )
    return read.netloc.decode("ascii"), parts


def _headers(answer: httpcore.Response) -> dict[str, str]:
    """Read the headers of an answer. One that comes twice is joined by a comma."""
    headers: dict[str, str] = {}
    for raw, value in answer.headers:
        name, words = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {words}" if name in headers else words
    return headers


def _options(settings: HttpSettings, tls: ssl.SSLContext) -> dict[str, Any]:
    return {
        "ssl_context": tls,
        "proxy": settings.proxy_for_httpcore(),
        "max_connections": settings.pool_size,
        "max_keepalive_connections": settings.pool_size,
        "keepalive_expiry": settings.idle,
    }


def _address(url: str) -> str:
    try:
        parts = urlsplit(without_userinfo(url))
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.netloc}"


def _words(error: Exception) -> str:
    """Say what happened, in our words or the operating system's, and never the other side's."""
    match error:
        case httpcore.ConnectTimeout():
            return "no connection within the connect timeout"
        case httpcore.PoolTimeout():
            return "every connection was busy for the whole pool timeout"
        case httpcore.TimeoutException() | TimeoutError():
            return "no answer within the timeout"
        case httpcore.ProxyError():
            status = str(error).partition(" ")[0]
            return f"the proxy answers {status}" if status.isdecimal() else "the proxy refuses"
        case httpcore.RemoteProtocolError() if str(error).startswith("Server disconnected"):
            return "the connection was closed without an answer"
        case httpcore.RemoteProtocolError() if str(error).startswith("peer closed connection"):
            return "the connection was closed in the middle of the answer"
        case httpcore.RemoteProtocolError():
            return "the answer is not HTTP"
        case httpcore.LocalProtocolError():
            return "the request cannot be written as HTTP"
        case httpcore.UnsupportedProtocol():
            return "the address is not one of HTTP"
        case httpcore.NetworkError() | OSError() | _UnaskedError():
            return str(error).rstrip(".") or type(error).__name__
        case _:
            return type(error).__name__


def _without_their_words(error: Exception, words: str) -> Exception:
    """Return the error itself, or one like it where its own words are the other side's."""
    if isinstance(error, httpcore.ProxyError | httpcore.ProtocolError):
        return type(error)(words)
    return error


def _remedy(error: Exception, words: str) -> str:
    if any(flaw in words for flaw in _FLAWS_OF_A_CA):
        return (
            "A CA of the other side, or of a proxy that inspects TLS, leaves out what RFC 5280"
            " demands, and Python 3.13 and newer insist on it. Name the PEM file of that CA in"
            " environment.tls_ca, which accepts it as it is, or have the CA corrected."
        )
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return (
            "The other side's TLS certificate is not trusted. If a proxy of your own inspects TLS,"
            " or the other side has a private CA, name the PEM file of that CA in"
            " environment.tls_ca; else check the address, and the clock."
        )
    if isinstance(error, httpcore.ProxyError):
        return (
            "Check the setting proxy, with its name and password (percent-encoded), and what the"
            " proxy lets pass."
        )
    return "Check address, firewall, proxy and TLS settings, then try again."
