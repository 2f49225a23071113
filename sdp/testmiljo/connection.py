"""A connection that can be made to break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


class Connection:
    """Stands in for a transport of asyncio, and breaks after so many bytes when it is told to."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._left: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def break_after(self, size: int) -> None:
        """Send this many bytes more, counted before TLS, and break off."""
        self._left = size

    def write(self, content: bytes) -> None:
        """Send bytes, as far as the connection carries them."""
        if self._left is None:
            self._transport.write(content)
            return
        carried = content[: self._left]
        self._left -= len(carried)
        if carried:
            self._transport.write(carried)
        if len(carried) < len(content):
            self._transport.abort()
