"""Network connections of the pools: bounded in time, public where that is asked for, and silent.

What bounds an exchange is known to its thread or task, since httpcore hands a connection nothing.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import httpcore

from sdp.errors import NotSentError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator


_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether an IP address can be reached from anywhere (RFC 6890).

    An IPv4 address within an IPv6 address is judged for itself: mapped, 6to4 or NAT64.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = _inner(found)
        if inner is not None:
            found = inner
        elif found.is_reserved or found.is_site_local:
            return False
    return found.is_global and not found.is_multicast


def names_local_address(url: str) -> bool:
    """Tell, without a look-up, whether a URL names this machine or an address not public."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return True
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return not is_public(host)


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def local_address(url: str) -> NotSentError:
    """Make the error of a URL that leads to an address that is not public."""
    return NotSentError(
        f"{url} leads to this machine or its own network, and it stands in a certificate that"
        " somebody else has written.",
        remedy="Allow it with environment.revocation_local_addresses, if that is where the issuer"
        " answers.",
    )


class LocalAddressError(httpcore.ConnectError):
    """A name leads to an address that is not public, and only public ones may be asked."""


class Bounds:
    """The bounds of one exchange: the time that is left, and where it may lead."""

    def __init__(self, deadline: float | None, *, public_only: bool) -> None:
        self.deadline = deadline
        self.public_only = public_only

    def due_within(self, seconds: float) -> None:
        """Let the rest take at most so long."""
        due = time.monotonic() + seconds
        self.deadline = due if self.deadline is None else min(self.deadline, due)

    @contextmanager
    def current(self) -> Iterator[None]:
        """Let the connections of this thread or task know them."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


_current: ContextVar[Bounds | None] = ContextVar("bounds of a request", default=None)


class BoundedBackend(httpcore.NetworkBackend):
    """Opens connections that keep to the bounds of whoever uses them."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection within the bounds that are current."""
        bounds = _current.get()
        if bounds is None:
            return self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        if bounds.public_only:
            host = _public(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        left = _left(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(
            self._inner.connect_tcp(host, port, left, local_address, socket_options)
        )


class _HeldBack:
    """Small writes, held back until they fill a TLS record or a request is whole.

    httpcore writes the head of a request by itself, and a small body after it. Together they cost
    one record, one system call and one packet.
    """

    def __init__(self) -> None:
        self._waiting = b""

    def due(self, buffer: bytes = b"") -> bytes:
        """Take more to write, and return what is due; nothing more ends the request."""
        whole = self._waiting + buffer if self._waiting else buffer
        is_due = not buffer or len(whole) >= _RECORD
        self._waiting = b"" if is_due else whole
        return whole if is_due else b""


_RECORD: Final = 16 * 1024
"""The most bytes of a TLS record (RFC 8446, section 5.1)."""


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every step ends with the exchange that it is for."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._held_back = _HeldBack()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.write(b"", timeout)
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        due = self._held_back.due(buffer)
        if due:
            self._inner.write(due, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens connections on an event loop, to public addresses alone where that is asked for.

    It is asyncio's own, since each read and write of httpcore's takes several turns of the loop.
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection within the bounds that are current."""
        loop = asyncio.get_running_loop()
        bounds = _current.get()
        if bounds is not None and bounds.public_only:
            host = _public(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        with _told_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(
                    _AsyncStream,
                    host,
                    port,
                    local_addr=None if local_address is None else (local_address, 0),
                    happy_eyeballs_delay=_HAPPY_EYEBALLS,
                )
        for option in socket_options or ():
            stream.get_extra_info("socket").setsockopt(*option)
        return stream


class _AsyncStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection on an event loop: what came and was not read yet, and whether it is open."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._came = bytearray()
        self._is_over = False
        self._failure: Exception | None = None
        self._is_full = False
        self._waiting: asyncio.Future[None] | None = None
        self._held_back = _HeldBack()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        await self.write(b"", timeout)
        with _told_as(httpcore.ReadTimeout, httpcore.ReadError):
            if not self._came and not self._is_over:
                await self._change(timeout)
            if not self._came and self._failure is not None:
                raise self._failure
        taken = bytes(self._came[:max_bytes])
        del self._came[:max_bytes]
        if len(self._came) < _MUCH and not self._is_over:
            self._transport.resume_reading()
        return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        due = self._held_back.due(buffer)
        if not due:
            return
        with _told_as(httpcore.WriteTimeout, httpcore.WriteError):
            if not self._is_over:
                self._transport.write(due)
            while self._is_full and not self._is_over:
                await self._change(timeout)
            if self._is_over:
                raise self._failure or ConnectionResetError("the connection is closed")

    async def aclose(self) -> None:
        self._transport.abort()
        await asyncio.sleep(0)  # in which the socket is closed

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            with _told_as(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    transport = await loop.start_tls(
                        self._transport, self, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            self._transport.abort()  # httpcore forgets the socket of whoever is cancelled here
            raise
        if transport is None:
            raise httpcore.ConnectError("the connection was closed")
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "is_readable":
                return bool(self._came) or self._is_over
            case "client_addr":
                return self._transport.get_extra_info("sockname")
            case "server_addr":
                return self._transport.get_extra_info("peername")
            case _:
                return self._transport.get_extra_info(info)

    async def _change(self, timeout: float | None) -> None:
        """Wait until something comes, can be written again, or the connection is over."""
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await self._waiting
        finally:
            self._waiting = None

    def _changed(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if len(self._came) >= _MUCH:
            self._transport.pause_reading()
        self._changed()

    def eof_received(self) -> None:
        self._is_over = True
        self._changed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over, self._failure = True, exc
        self._changed()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._changed()


_HAPPY_EYEBALLS: Final = 0.25
"""How many seconds an address has before the next is tried beside it (RFC 8305)."""

_MUCH: Final = 256 * 1024
"""How much of an answer may wait for its reader."""


@contextmanager
def _told_as(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Raise as httpcore does."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error


def _left(timeout: float | None, late: Callable[[str], Exception]) -> float | None:
    """Return how long the next step may take within the bounds that are current.

    Raises:
        Exception: `late`, where no time is left.
    """
    bounds = _current.get()
    if bounds is None or bounds.deadline is None:
        return timeout
    left = bounds.deadline - time.monotonic()
    if left <= 0:
        raise late("late")
    return left if timeout is None else min(left, timeout)


def _public(found: Iterable[tuple[Any, ...]]) -> str:
    """Return the first of the addresses that a name stands for.

    The connection is opened to this very address, so a name that changes between two look-ups gains
    nothing.

    Raises:
        LocalAddressError: one of them is not public, so that none is asked.
    """
    addresses = [str(address[0]) for *_, address in found]
    if not all(is_public(each) for each in addresses):
        raise LocalAddressError
    return addresses[0]


def _show_events_alone(record: logging.LogRecord) -> bool:
    """Cut a line of httpcore's about one of our requests down to the event that it tells of."""
    if _current.get() is not None:
        record.msg, record.args = str(record.msg).partition(" ")[0], ()
    return True


# At DEBUG, httpcore logs what the other side writes in reason phrases and headers.
for _name in ("connection", "http11", "http2", "proxy", "socks"):
    logging.getLogger(f"httpcore.{_name}").addFilter(_show_events_alone)
