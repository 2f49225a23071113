"""Server in a thread of its own, over HTTPS and plain HTTP on one port."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from starlette.types import ASGIApp


_HEAD = b"HTTP/1.1 "


class Connection:
    """Stands in for a transport of asyncio, and breaks after so many bytes when it is told to.

    The head of an answer waits for its body, where that follows at once: both go in one record of
    TLS and one packet.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._left: int | None = None
        self._head = b""
        self._loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def break_after(self, size: int) -> None:
        """Send this many bytes more, counted before TLS, and break off."""
        self._left = size

    def write(self, content: bytes) -> None:
        """Send bytes, as far as the connection carries them."""
        if content.startswith(_HEAD):
            self._send_head()
            self._head = content
            self._loop.call_soon(self._send_head)
            return
        content, self._head = self._head + content, b""
        if self._left is None:
            self._transport.write(content)
            return
        carried = content[: self._left]
        self._left -= len(carried)
        if carried:
            self._transport.write(carried)
        if len(carried) < len(content):
            self._transport.abort()

    def close(self) -> None:
        """Send what waits, and close."""
        self._send_head()
        self._transport.close()

    def abort(self) -> None:
        """Break off."""
        self._head = b""
        self._transport.abort()

    def _send_head(self) -> None:
        if self._head:
            self.write(b"")


_LONGEST_START_SECONDS = 10.0
_LONGEST_STOP_SECONDS = 10.0
_TLS_HANDSHAKE = b"\x16"
"""The first byte of a connection with TLS, and of no request in plain HTTP."""


class Listener:
    """Has a port on the loopback address, so that certificates can name it before it is served.

    Args:
        port: 0 takes any free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        self.socket: socket.socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self.socket.getsockname()[1]

    def close(self) -> None:
        """Free the port."""
        self.socket.close()


class ServerThread:
    """A server that serves from construction until it is stopped.

    Args:
        app: what to serve; the scheme in its scopes tells which connections are plain.
        listener: where.
        tls: the server's side of TLS.
    """

    def __init__(self, app: ASGIApp, listener: Listener, tls: ssl.SSLContext) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._listener = listener
        self._server = _Server(config, tls)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener.socket],), name="testmiljo", daemon=True
        )
        self._thread.start()
        self._await_start()

    def stop(self) -> None:
        """Finish what is being answered, close every connection, and free the port."""
        self._server.should_exit = True
        self._thread.join(_LONGEST_STOP_SECONDS)
        self._listener.close()

    def _await_start(self) -> None:
        deadline = time.monotonic() + _LONGEST_START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the server of the test environment did not start")
            time.sleep(0.005)


class _Server(uvicorn.Server):
    """Lets connections in one by one, each with TLS or without, as it begins."""

    def __init__(self, config: uvicorn.Config, tls: ssl.SSLContext) -> None:
        super().__init__(config)
        self._tls = tls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        doors = [_Door(listening, self._protocol, self._tls) for listening in sockets or ()]
        self.servers.extend(doors)  # type: ignore[arg-type]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # What was still being answered when the patience ended would outlive the loop, unclosed.
        for protocol in list(self.server_state.connections):
            protocol.transport.abort()
        await asyncio.sleep(0)

    def _protocol(self) -> asyncio.Protocol:
        return _Protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


class _Door:
    """Accepts connections, looks at the first byte of each, and hands it on."""

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext,
    ) -> None:
        listening.setblocking(False)  # noqa: FBT003 - the standard library has it so
        self._listening = listening
        self._protocol = protocol
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._tasks = {self._loop.create_task(self._accept())}

    def close(self) -> None:
        """Let nobody in any more."""
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until nobody stands in the door."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listening)
            # asyncio does so only for sockets that name their protocol, which accepted ones do not;
            # and each answer would wait 40 ms for an acknowledgement.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = self._loop.create_task(self._let_in(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _let_in(self, connection: socket.socket) -> None:
        try:
            first = await self._first_byte(connection)
            await self._loop.connect_accepted_socket(
                self._protocol, connection, ssl=self._tls if first == _TLS_HANDSHAKE else None
            )
        except OSError:  # it went away again, or its TLS is of another kind
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    async def _first_byte(self, connection: socket.socket) -> bytes:
        arrived = asyncio.Event()
        self._loop.add_reader(connection, arrived.set)
        try:
            await arrived.wait()
        finally:
            self._loop.remove_reader(connection)
        return connection.recv(1, socket.MSG_PEEK)


class _Protocol(HttpToolsProtocol):
    """Hands the application its connection, to be cut on demand, and stops without waiting."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        connection: Any = Connection(transport)
        super().connection_made(connection)
        state: dict[str, Any] = {**self.app_state, "connection": connection}
        self.app_state = state

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self.transport.abort()  # an idle client may never answer a polite goodbye
