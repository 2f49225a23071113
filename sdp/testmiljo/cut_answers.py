"""Answers that never arrive, or arrive in part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from sdp.testmiljo.connection import Connection


class Cut(Response):
    """Cuts the connection without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer, as ASGI wants it done."""
        await cut(scope, receive)


class Truncated(Response):
    """Promises the whole answer, sends the first bytes of it, head and body, and breaks off."""

    def __init__(self, answer: Response, at: int) -> None:
        super().__init__(answer.body, answer.status_code, media_type=answer.media_type)
        self._at = at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI wants it done."""
        connection: Connection = scope["state"]["connection"]
        connection.break_after(self._at)
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        # Not the last of it, for the journal: an answer that has its end is not cut.
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        connection.close()
        await _disconnected(receive)


async def cut(scope: Scope, receive: Receive) -> None:
    """Cut the connection of a request."""
    scope["state"]["connection"].abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
