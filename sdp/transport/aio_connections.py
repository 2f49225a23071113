"""Connections on an event loop: asyncio's own transports, and TLS over them.

httpcore's own connections take several turns of the loop for each read and write.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import httpcore

from sdp.transport.connections import connecting, deadline_in, left_until, reading, writing
from sdp.transport.tls import READ_SIZE, Tls

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

T = TypeVar("T")

_HAPPY_EYEBALLS: Final = 0.25
"""How many seconds an address has before the next is tried beside it (RFC 8305)."""

_MUCH: Final = 256 * 1024
"""How much of an answer may wait for its reader."""


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens connections on an event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(
                    _SocketStream,
                    host,
                    port,
                    local_addr=None if local_address is None else (local_address, 0),
                    happy_eyeballs_delay=_HAPPY_EYEBALLS,
                )
        except OSError as error:
            raise connecting(error) from error
        for option in socket_options or ():
            stream.get_extra_info("socket").setsockopt(*option)
        return stream


class _Stream(httpcore.AsyncNetworkStream):
    """A connection over which TLS can be spoken."""

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return await _agreed(self, ssl_context, server_hostname, timeout)


class _SocketStream(asyncio.BufferedProtocol, _Stream):
    """A connection on an event loop: what came and was not read yet, and whether it is open."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._buffer = memoryview(bytearray(READ_SIZE))
        self._came = bytearray()
        self._is_over = False
        self._failure: Exception | None = None
        self._is_full = False
        self._waiting: asyncio.Future[None] | None = None
        self._late_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            if not self._came and not self._is_over:
                await self._change(timeout)
            if not self._came and self._failure is not None:
                raise self._failure
        except OSError as error:
            raise reading(error) from error
        taken = bytes(self._came[:max_bytes])
        del self._came[:max_bytes]
        if len(self._came) < _MUCH and not self._is_over:
            self._transport.resume_reading()
        return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            if not self._is_over:
                self._transport.write(buffer)
            while self._is_full and not self._is_over:
                await self._change(timeout)
            if self._is_over:
                raise self._failure or ConnectionResetError("the connection is closed")
        except OSError as error:
            raise writing(error) from error

    async def aclose(self) -> None:
        self._transport.abort()
        await asyncio.sleep(0)  # in which the socket is closed

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return bool(self._came) or self._is_over
        return self._transport.get_extra_info(info)

    async def _change(self, timeout: float | None) -> None:
        """Wait until something comes, can be written again, or the connection is over."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        self._late_at = None if timeout is None else loop.time() + timeout
        self._set_timer(loop)
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        # A timer of an earlier wait is left to ring, and is set anew then. One for each wait would
        # be made, and cancelled as soon as the answer came.
        if self._late_at is None or (self._timer and self._timer.when() <= self._late_at):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = loop.call_at(self._late_at, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._waiting is None or self._waiting.done() or self._late_at is None:
            return
        if loop.time() < self._late_at:
            self._set_timer(loop)
        else:
            self._waiting.set_exception(TimeoutError("late"))

    def _changed(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - it has one size
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._came += self._buffer[:nbytes]
        if len(self._came) >= _MUCH:
            self._transport.pause_reading()
        self._changed()

    def eof_received(self) -> None:
        self._is_over = True
        self._changed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over, self._failure = True, exc
        if self._timer:
            self._timer.cancel()
        self._changed()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._changed()


async def _agreed(
    inner: httpcore.AsyncNetworkStream,
    context: ssl.SSLContext,
    server_hostname: str | None,
    timeout: float | None,
) -> httpcore.AsyncNetworkStream:
    """Speak TLS over a connection, which may itself be one of TLS, to a proxy."""
    try:
        stream = _TlsStream(inner, Tls(context, server_hostname))
        await stream.agree(timeout)
    except (OSError, httpcore.NetworkError, httpcore.TimeoutException) as error:
        await inner.aclose()
        raise connecting(error) from error
    except BaseException:
        await inner.aclose()  # httpcore forgets the socket of whoever is cancelled here
        raise
    return stream


class _TlsStream(_Stream):
    """TLS over a connection."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, tls: Tls) -> None:
        self._inner = inner
        self._tls = tls

    async def agree(self, timeout: float | None) -> None:
        """Agree on keys with the other side."""
        await self._done(self._tls.handshake, timeout)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return await self._done(partial(self._tls.read, max_bytes), timeout)
        except OSError as error:
            raise reading(error) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = memoryview(buffer)
        try:
            while left:
                left = left[await self._done(partial(self._tls.write, left), timeout) :]
        except OSError as error:
            raise writing(error) from error
        await self._inner.write(self._tls.due(), timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._tls.has_more:
            return True
        return self._inner.get_extra_info(info)

    async def _done(self, step: Callable[[], T | None], timeout: float | None) -> T:
        """Do a step of TLS, with as many records to and fro as it takes."""
        result = step()
        if result is None:
            deadline = deadline_in(timeout)
            while result is None:
                if due := self._tls.due():
                    await self._inner.write(due, timeout)
                self._tls.take_in(await self._inner.read(READ_SIZE, timeout))
                result = step()
                timeout = left_until(deadline) if result is None else timeout
        return result
