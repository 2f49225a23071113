"""Server in a thread of its own, over HTTPS and plain HTTP on one port."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import uvicorn
from uvicorn.protocols.http.flow_control import CLOSE_HEADER, HIGH_WATER_LIMIT
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol, RequestResponseCycle

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

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


class _Protocol(H11Protocol):
    """Serves one connection, which it hands the application to be cut on demand.

    A request of the plain form is read and answered here, for a third of what h11 takes: its head
    is there at once, and its body is as long as its Content-Length says. The first request of
    another form leaves the rest of the connection to h11.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._is_plain = True
        self._is_answering = False
        self._come = b""
        self._left = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        connection: Any = Connection(transport)
        super().connection_made(connection)
        state: dict[str, Any] = {**self.app_state, "connection": connection}
        self.app_state = state

    def data_received(self, data: bytes) -> None:
        if not self._is_plain:
            super().data_received(data)
            return
        self._unset_keepalive_if_required()
        self._come += self._body_in(data)
        self._read()

    def on_response_complete(self) -> None:
        self._is_answering = False
        super().on_response_complete()
        if self._is_plain and not self.transport.is_closing():
            self._read()

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self.transport.abort()  # an idle client may never answer a polite goodbye

    def _body_in(self, data: bytes) -> bytes:
        """Give the application what is body of its request, and return the rest."""
        if not self._left:
            return data
        body, rest = data[: self._left], data[self._left :]
        self._left -= len(body)
        if not self.cycle.response_complete:
            self.cycle.body += body
            self.cycle.more_body = self._left > 0
            if len(self.cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            self.cycle.message_event.set()
        return rest

    def _read(self) -> None:
        """Begin with the next request, where it has come and the one before it is done."""
        if not self._come or self._left:
            return
        if self._is_answering:
            self.flow.pause_reading()
            return
        come, self._come = self._come, b""
        head = _PlainHead.read(come)
        if head is None:
            self._is_plain = False
            super().data_received(come)
            return
        self._left = head.body_size
        self._begin(head)
        self._come = self._body_in(come[head.size :])

    def _begin(self, head: _PlainHead) -> None:
        self._unset_keepalive_if_required()
        self._is_answering = True
        raw_path, _, query = head.target.partition(b"?")
        scope: Any = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": head.method,
            "root_path": "",
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": query,
            "headers": head.headers,
            "state": self.app_state.copy(),
        }
        self.scope, self.headers = scope, head.headers
        self.cycle = _PlainCycle(
            scope=scope,
            conn=self.conn,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            on_response=self.on_response_complete,
        )
        if not head.body_size:
            self.cycle.more_body = False
            self.cycle.message_event.set()
        task = self.loop.create_task(self.cycle.run_asgi(self.app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)


_REQUEST_LINE: Final = re.compile(rb"(GET|POST) (/[!-~]*) HTTP/1\.1\r\n")
_FIELD: Final = rb"([A-Za-z0-9-]+): ?([!-~]+(?: [!-~]+)*)\r\n"
_PLAIN_FIELD: Final = re.compile(_FIELD)
_PLAIN_FIELDS: Final = re.compile(rb"(?:%s)*\r\n" % _FIELD)
_NOT_PLAIN: Final = frozenset({b"expect", b"te", b"trailer", b"transfer-encoding", b"upgrade"})
_LENGTH: Final = re.compile(rb"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class _PlainHead:
    """Head of a request in its plain form (RFC 9112): every field once, and none of its framing.

    Attributes:
        headers: names in lower case, with their values.
        size: the bytes of the head itself.
        body_size: the bytes that follow it.
    """

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    size: int
    body_size: int

    @classmethod
    def read(cls, come: bytes) -> _PlainHead | None:
        """Read a head from the beginning of what has come; None where it is of another form."""
        line = _REQUEST_LINE.match(come)
        fields = _PLAIN_FIELDS.match(come, line.end()) if line else None
        if line is None or fields is None:
            return None
        found = _PLAIN_FIELD.findall(come, line.end(), fields.end())
        headers = [(name.lower(), value) for name, value in found]
        named = dict(headers)
        length = named.get(b"content-length", b"0")
        if (
            len(named) < len(headers)
            or b"host" not in named
            or not _NOT_PLAIN.isdisjoint(named)
            or named.get(b"connection", b"keep-alive").lower() != b"keep-alive"
            or _LENGTH.fullmatch(length) is None
        ):
            return None
        return cls(line[1].decode("ascii"), line[2], headers, fields.end(), int(length))


class _PlainCycle(RequestResponseCycle):
    """Answer to one request of the plain form."""

    _carries_body = True
    _is_chunked = False

    async def send(self, message: Any) -> None:
        """Write a part of the answer, as ASGI wants it done."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if not self.response_started:
            self.response_started = True
            self.transport.write(self._head(message["status"], message.get("headers", ())))
            return
        is_last = not message.get("more_body", False)
        if self._carries_body:
            self.transport.write(self._body(message.get("body", b""), is_last=is_last))
        if is_last:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()

    def _head(self, status: int, given: Iterable[tuple[bytes, bytes]]) -> bytes:
        headers = [*self.default_headers, *given]
        names = {name.lower() for name, _ in headers}
        self._carries_body = status not in _WITHOUT_BODY
        self._is_chunked = self._carries_body and b"content-length" not in names
        if self._is_chunked:
            headers.append((b"transfer-encoding", b"chunked"))
        if CLOSE_HEADER in headers:
            self.keep_alive = False
        lines = [_HEAD, b"%d %s" % (status, STATUS_PHRASES[status]), b"\r\n"]
        lines += [b"%s: %s\r\n" % header for header in headers]
        head = b"".join((*lines, b"\r\n"))
        if head.count(b"\n") != len(headers) + 2 or head.count(b"\r") != len(headers) + 2:
            raise ValueError("a header of an answer has a line break in it")
        return head

    def _body(self, content: bytes, *, is_last: bool) -> bytes:
        if not self._is_chunked:
            return content
        chunk = b"%x\r\n%s\r\n" % (len(content), content) if content else b""
        return chunk + b"0\r\n\r\n" if is_last else chunk


_WITHOUT_BODY: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
