"""Pools of connections, for threads and for an event loop.

Nothing is kept from one answer to the next: there are no cookies, and a password goes to nobody but
the proxy that it was written for.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

import httpcore

from sdp.transport.addresses import only_public
from sdp.transport.aio_connections import AsyncBackend
from sdp.transport.exchange import Exchange
from sdp.transport.http11 import READ_SIZE, Http11
from sdp.transport.semaphore import Semaphore
from sdp.transport.sync_connections import SocketBackend
from sdp.transport.way import Hear, Secure, next_step, way_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sdp.transport.request import HttpRequest, HttpResponse
    from sdp.transport.settings import HttpSettings
    from sdp.transport.way import Origin

_log = logging.getLogger("sdp.transport")

S = TypeVar("S", httpcore.NetworkStream, httpcore.AsyncNetworkStream)


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
        self._proxy = settings.read_proxy()
        self._tls = settings.tls_context()
        self._backend = backend or SocketBackend()
        self._inherited: list[_Connections[httpcore.NetworkStream]] = []
        self._begin()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the whole answer.

        Raises:
            NotSentError: nothing of it left this machine.
            ConnectionLostError: some of it may have, and no answer came within the bounds.
        """
        if os.getpid() != self._process:
            # The sockets are shared with the parent, and its locks may be held for ever. They are
            # not closed either, for that may speak to the other side.
            self._inherited.append(self._connections)
            self._begin()
        exchange = Exchange(request, self._settings)
        try:
            return self._answered(exchange)
        except Exception as error:
            failure = exchange.failure(error)
        raise failure

    def close(self) -> None:
        """Close every connection."""
        with self._guard:
            closing = self._connections.all()
        for connection in closing:
            connection.stream.close()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._guard = threading.Lock()
        self._freed = threading.Condition(self._guard)
        self._waiting = 0
        self._connections: _Connections[httpcore.NetworkStream] = _Connections(self._settings)

    def _answered(self, exchange: Exchange) -> HttpResponse:
        origin, target, headers = exchange.head(self._proxy)
        connection = self._taken(origin, exchange)
        http, stream = connection.http, connection.stream
        try:
            http.begin(exchange.request.method, target, headers)
            try:
                for piece in exchange.body():
                    if due := http.more(piece):
                        stream.write(due, exchange.time_to_write())
                exchange.answer_is_due()
                if due := http.end():
                    stream.write(due, exchange.time_to_write())
            except httpcore.WriteError:
                pass  # who refuses a request early may have answered it
            while http.hears_more(stream.read(READ_SIZE, exchange.time_to_read()), exchange):
                pass
        finally:
            self._give_back(connection)
        return exchange.answer()

    def _taken(self, origin: Origin, exchange: Exchange) -> _Connection[httpcore.NetworkStream]:
        """Take a connection to an origin, or open one, when there is a place for it."""
        with self._guard:
            if self._connections.is_full:
                self._wait(exchange.time_to_wait())
            connection, closing = self._connections.take(origin)
        try:
            for old in closing:
                old.stream.close()
            if connection is None:
                connection = _Connection(origin, self._opened(origin, exchange))
                self._connections.add(connection)
        except BaseException:
            self._give_back(None)
            raise
        return connection

    def _wait(self, seconds: float) -> None:
        self._waiting += 1
        try:
            if not self._freed.wait_for(lambda: not self._connections.is_full, seconds):
                raise httpcore.PoolTimeout
        finally:
            self._waiting -= 1

    def _give_back(self, connection: _Connection[httpcore.NetworkStream] | None) -> None:
        with self._guard:
            is_over = self._connections.give_back(connection)
            if self._waiting:
                self._freed.notify()
        if is_over and connection is not None:
            connection.stream.close()

    def _opened(self, origin: Origin, exchange: Exchange) -> httpcore.NetworkStream:
        first = origin if self._proxy is None else self._proxy.origin
        host = first.host
        if exchange.is_for_public_addresses:
            host = only_public(socket.getaddrinfo(host, first.port, type=socket.SOCK_STREAM))
        stream = self._backend.connect_tcp(host, first.port, exchange.time_to_connect())
        _log.debug("opens a connection to %s", exchange.request.service)
        way, heard = way_to(origin, self._proxy), None
        try:
            while (step := next_step(way, heard)) is not None:
                heard = None
                match step:
                    case Secure(name):
                        stream = stream.start_tls(self._tls, name, exchange.time_to_connect())
                    case bytes():
                        stream.write(step, exchange.time_to_write())
                    case Hear():
                        heard = stream.read(READ_SIZE, exchange.time_to_read())
        except BaseException:
            stream.close()
            raise
        return stream


class AsyncHttpPool:
    """A pool of connections for one event loop. An `AsyncTransport`.

    Args:
        settings: how to reach the other side.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._proxy = settings.read_proxy()
        self._tls = settings.tls_context()
        self._backend = AsyncBackend()
        self._places = Semaphore(settings.pool_size)
        self._connections: _Connections[httpcore.AsyncNetworkStream] = _Connections(settings)

    async def send(
        self, request: HttpRequest, chunks: AsyncIterator[bytes] | None = None
    ) -> HttpResponse:
        """Send a request and return the whole answer; see `HttpPool.send`.

        Args:
            request: the request.
            chunks: its body, where reading it would hold up the event loop.
        """
        exchange = Exchange(request, self._settings)
        try:
            return await self._answered(exchange, chunks)
        except Exception as error:
            failure = exchange.failure(error)
        raise failure

    async def close(self) -> None:
        """Close every connection."""
        for connection in self._connections.all():
            await connection.stream.aclose()

    async def _answered(
        self, exchange: Exchange, chunks: AsyncIterator[bytes] | None
    ) -> HttpResponse:
        origin, target, headers = exchange.head(self._proxy)
        connection = await self._taken(origin, exchange)
        http, stream = connection.http, connection.stream
        try:
            http.begin(exchange.request.method, target, headers)
            try:
                async for piece in exchange.body_from(chunks):
                    if due := http.more(piece):
                        await stream.write(due, exchange.time_to_write())
                exchange.answer_is_due()
                if due := http.end():
                    await stream.write(due, exchange.time_to_write())
            except httpcore.WriteError:
                pass  # who refuses a request early may have answered it
            while http.hears_more(await stream.read(READ_SIZE, exchange.time_to_read()), exchange):
                pass
        finally:
            await self._give_back(connection)
        return exchange.answer()

    async def _taken(
        self, origin: Origin, exchange: Exchange
    ) -> _Connection[httpcore.AsyncNetworkStream]:
        """Take a connection to an origin, or open one, when there is a place for it."""
        if not self._places.acquire_if_free():
            try:
                async with asyncio.timeout(exchange.time_to_wait()):
                    await self._places.acquire()
            except TimeoutError as error:
                raise httpcore.PoolTimeout from error
        connection, closing = self._connections.take(origin)
        try:
            for old in closing:
                await old.stream.aclose()
            if connection is None:
                connection = _Connection(origin, await self._opened(origin, exchange))
                self._connections.add(connection)
        except BaseException:
            await self._give_back(None)
            raise
        return connection

    async def _give_back(self, connection: _Connection[httpcore.AsyncNetworkStream] | None) -> None:
        is_over = self._connections.give_back(connection)
        self._places.release()
        if is_over and connection is not None:
            await connection.stream.aclose()

    async def _opened(self, origin: Origin, exchange: Exchange) -> httpcore.AsyncNetworkStream:
        first = origin if self._proxy is None else self._proxy.origin
        host = first.host
        if exchange.is_for_public_addresses:
            found = asyncio.get_running_loop().getaddrinfo(
                host, first.port, type=socket.SOCK_STREAM
            )
            host = only_public(await asyncio.wait_for(found, exchange.time_to_connect()))
        stream = await self._backend.connect_tcp(host, first.port, exchange.time_to_connect())
        _log.debug("opens a connection to %s", exchange.request.service)
        way, heard = way_to(origin, self._proxy), None
        try:
            while (step := next_step(way, heard)) is not None:
                heard = None
                match step:
                    case Secure(name):
                        left = exchange.time_to_connect()
                        stream = await stream.start_tls(self._tls, name, left)
                    case bytes():
                        await stream.write(step, exchange.time_to_write())
                    case Hear():
                        heard = await stream.read(READ_SIZE, exchange.time_to_read())
        except BaseException:
            await stream.aclose()
            raise
        return stream


class _Connection(Generic[S]):
    """A connection that is open: its bytes, and the HTTP on it.

    Attributes:
        idle_until: when it is too old for another request, on the monotonic clock.
    """

    def __init__(self, origin: Origin, stream: S) -> None:
        self.origin = origin
        self.stream: S = stream
        self.http = Http11()
        self.idle_until = 0.0

    def is_fresh(self, now: float) -> bool:
        """Tell whether it may take another request: not too old, and not closed by anybody."""
        return now < self.idle_until and not self.stream.get_extra_info("is_readable")


class _Connections(Generic[S]):
    """Connections of a pool: as many in use and waiting for a request as the settings allow."""

    def __init__(self, settings: HttpSettings) -> None:
        self._most = settings.pool_size
        self._idle_seconds = settings.idle
        self._idle: list[_Connection[S]] = []  # the last one used at the end
        self._in_use = 0
        self._open: set[_Connection[S]] = set()

    @property
    def is_full(self) -> bool:
        """True while as many are in use as there may be."""
        return self._in_use >= self._most

    def take(self, origin: Origin) -> tuple[_Connection[S] | None, list[_Connection[S]]]:
        """Take a place, with the newest connection to an origin, if any; tell which to close."""
        self._in_use += 1
        closing: list[_Connection[S]] = []
        now = time.monotonic()
        for connection in self._idle[::-1]:
            is_wanted = connection.origin == origin
            if not is_wanted and now < connection.idle_until:
                continue
            self._idle.remove(connection)
            if is_wanted and connection.is_fresh(now):
                return connection, closing
            self._open.discard(connection)
            closing.append(connection)
        while self._idle and self._in_use + len(self._idle) > self._most:
            closing.append(self._idle.pop(0))
            self._open.discard(closing[-1])
        return None, closing

    def add(self, connection: _Connection[S]) -> None:
        """Note a connection that was opened for a place."""
        self._open.add(connection)

    def all(self) -> list[_Connection[S]]:
        """Return every connection that is open."""
        return list(self._open)

    def give_back(self, connection: _Connection[S] | None) -> bool:
        """Give a place back; tell whether the connection that had it is to be closed."""
        self._in_use -= 1
        if connection is None:
            return False
        if not connection.http.is_reusable():
            self._open.discard(connection)
            return True
        connection.idle_until = time.monotonic() + self._idle_seconds
        self._idle.append(connection)
        return False
