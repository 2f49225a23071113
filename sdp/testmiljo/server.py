"""Serves an ASGI application over HTTPS from a thread of its own."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    import ssl

    from starlette.types import ASGIApp

_LONGEST_START_SECONDS = 10.0
_LONGEST_STOP_SECONDS = 10.0


class ServerThread:
    """A server that listens from construction, and serves until it is stopped.

    Args:
        app: what to serve.
        tls: the server's side of TLS.
        port: the port on the loopback address; 0 takes any free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, app: ASGIApp, tls: ssl.SSLContext, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        config = uvicorn.Config(
            app,
            http=_ProtocolWithTransport,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        config.load()
        config.ssl = tls
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="testmiljo", daemon=True
        )
        self._thread.start()
        self._await_start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        port: int = self._socket.getsockname()[1]
        return port

    def stop(self) -> None:
        """Finish what is being answered, close every connection, and free the port."""
        self._server.should_exit = True
        self._thread.join(_LONGEST_STOP_SECONDS)
        self._socket.close()

    def _await_start(self) -> None:
        deadline = time.monotonic() + _LONGEST_START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the server of the test environment did not start")
            time.sleep(0.005)


class _ProtocolWithTransport(H11Protocol):
    """Hands the application its connection, to be cut on demand, and stops without waiting."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        state: dict[str, Any] = {**self.app_state, "transport": transport}
        self.app_state = state

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self.transport.abort()  # an idle client may never answer a polite goodbye
