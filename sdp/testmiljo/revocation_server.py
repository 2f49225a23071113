"""Serves revocation answers over plain HTTP, as issuers do.

The answers are signed, so nothing is gained by TLS; and whoever asked over TLS would first have to
ask whether the certificate of that connection was revoked.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Self

import uvicorn
from starlette.applications import Starlette

from sdp.testmiljo.revocation import CRL_PATH, OCSP_PATH, routes

if TYPE_CHECKING:
    from sdp.testmiljo.revocation import RevocationService

_LONGEST_START_SECONDS = 10.0
_LONGEST_STOP_SECONDS = 10.0


class RevocationServer:
    """Takes its port at once, so that a CA can write its addresses; answers from `serve` on.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self._url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def ocsp_url(self) -> str:
        """The responder, as certificates name it."""
        return self._url + OCSP_PATH

    @property
    def crl_url(self) -> str:
        """The folder of the lists."""
        return self._url + CRL_PATH

    def serve(self, service: RevocationService) -> Self:
        """Answer from a thread of its own until `stop`."""
        config = uvicorn.Config(
            Starlette(routes=routes(service)),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="testmiljo-pki", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _LONGEST_START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the revocation server of the test environment did not start")
            time.sleep(0.005)
        return self

    def ask_to_stop(self) -> None:
        """Let the thread come to its end, without waiting for it."""
        if self._server is not None:
            self._server.should_exit = True

    def stop(self) -> None:
        """Stop answering, and free the port."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(_LONGEST_STOP_SECONDS)
        self._socket.close()
