"""Connections for threads: sockets, and TLS over them."""

from __future__ import annotations

import select
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpcore

from sdp.transport.connections import connecting, deadline_in, left_until, reading, writing
from sdp.transport.tls import READ_SIZE, Tls

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

T = TypeVar("T")


class SocketBackend(httpcore.NetworkBackend):
    """Opens sockets.

    httpcore's own set the timeout anew before every step, and send and read each TLS record by
    itself. For a letter that is four times as many system calls.
    """

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a socket."""
        source = None if local_address is None else (local_address, 0)
        try:
            opened = socket.create_connection((host, port), timeout, source_address=source)
            for option in (*(socket_options or ()), _NO_DELAY):
                opened.setsockopt(*option)
        except OSError as error:
            raise connecting(error) from error
        return _SocketStream(opened)


_NO_DELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _Stream(httpcore.NetworkStream):
    """A connection over which TLS can be spoken."""

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _TlsStream(self, ssl_context, server_hostname, timeout)


class _SocketStream(_Stream):
    """A socket, whose timeout is set where it changes."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._wait_at_most(timeout)
            return self._socket.recv(max_bytes)
        except OSError as error:
            raise reading(error) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = memoryview(buffer)
        try:
            self._wait_at_most(timeout)
            while left:
                left = left[self._socket.send(left) :]
        except OSError as error:
            raise writing(error) from error

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        return self._is_readable() if info == "is_readable" else None

    def _wait_at_most(self, timeout: float | None) -> None:
        if timeout != self._socket.gettimeout():
            self._socket.settimeout(timeout)

    def _is_readable(self) -> bool:
        """Tell whether something came that nobody waits for, or the other side is gone."""
        if self._socket.fileno() < 0:
            return True
        if sys.platform == "win32":
            return bool(select.select([self._socket], [], [], 0)[0])
        asked = select.poll()
        asked.register(self._socket, select.POLLIN)
        return bool(asked.poll(0))


class _TlsStream(_Stream):
    """TLS over a connection, which may itself be one of TLS, to a proxy."""

    def __init__(
        self,
        inner: httpcore.NetworkStream,
        context: ssl.SSLContext,
        server_hostname: str | None,
        timeout: float | None,
    ) -> None:
        self._inner = inner
        try:
            self._tls = Tls(context, server_hostname)
            self._done(self._tls.handshake, timeout)
        except (OSError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            inner.close()
            raise connecting(error) from error
        except BaseException:
            inner.close()
            raise

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._done(partial(self._tls.read, max_bytes), timeout)
        except OSError as error:
            raise reading(error) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = memoryview(buffer)
        try:
            while left:
                left = left[self._done(partial(self._tls.write, left), timeout) :]
        except OSError as error:
            raise writing(error) from error
        self._inner.write(self._tls.due(), timeout)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._tls.has_more:
            return True
        return self._inner.get_extra_info(info)

    def _done(self, step: Callable[[], T | None], timeout: float | None) -> T:
        """Do a step of TLS, with as many records to and fro as it takes."""
        result = step()
        if result is None:
            deadline = deadline_in(timeout)
            while result is None:
                if due := self._tls.due():
                    self._inner.write(due, timeout)
                self._tls.take_in(self._inner.read(READ_SIZE, timeout))
                result = step()
                timeout = left_until(deadline) if result is None else timeout
        return result
