"""A connection that is being opened must not be cancelled half-way.

Between TCP and TLS, httpcore forgets to close the socket of whoever is cancelled.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGINS = ("connect_tcp.started", "start_tls.started")
_ENDS = (
    *("connect_tcp.failed", "start_tls.complete", "start_tls.failed"),
    "send_request_headers.started",
)


class Opening:
    """Follows one request while its connection is opened, by the trace extension of httpcore."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._over.set()

    async def trace(self, event: str, _: Mapping[str, Any]) -> None:
        """Take note of what happens to the connection."""
        if event.endswith(_BEGINS):
            self._over.clear()
        elif event.endswith(_ENDS):
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
