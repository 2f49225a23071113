"""Faults played out over HTTP: refused, late, lost, cut within the request or within the answer."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sdp.testmiljo.faults.kinds import (
    CutRequest,
    Delay,
    LoseAnswer,
    RefuseWithStatus,
    TruncateAnswer,
)
from sdp.testmiljo.faults.places import place_of
from sdp.testmiljo.world.journal import remark

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sdp.testmiljo.faults.kinds import CommonFault
    from sdp.testmiljo.faults.waiting import Faults
    from sdp.testmiljo.server import Connection

_log = logging.getLogger("sdp.testmiljo")


async def answered(process: Callable[[], Response], fault: CommonFault | None) -> Response:
    """Answer a request, or get it wrong.

    Args:
        process: answers it; run in a thread.
        fault: what is to go wrong, if anything.
    """
    match fault:
        case RefuseWithStatus(status):
            return Response(status_code=status)
        case Delay(seconds):
            await asyncio.sleep(seconds)
            return await run_in_threadpool(process)
        case LoseAnswer(accepted):
            if accepted:
                await run_in_threadpool(process)
            return Cut()
        case CutRequest():
            return Cut()  # it was asked for when the request was here already
        case TruncateAnswer(at):
            return Truncated(await run_in_threadpool(process), at)
        case None:
            return await run_in_threadpool(process)


class Cut(Response):
    """Cuts the connection without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer, as ASGI wants it done."""
        await cut(scope, receive)


def client_went_away(request: Request, _: Exception) -> Response:
    """Note in one line that a client closed its connection before its request was whole."""
    place = place_of(request.method, request.url.path)
    remark("the client went away before its request was whole")
    _log.warning(
        "a client went away before its request was whole: %s",
        place.traffic.value if place else "a page or a question beside the traffic",
    )
    return Cut()


GONE: Final[dict[type[Exception], Callable[[Request, Exception], Response]]] = {
    ClientDisconnect: client_went_away
}
"""The exception handler of every application here, since a killed client is no error."""


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


def cutting(app: ASGIApp, faults: Faults) -> ASGIApp:
    """Put in front of an application what cuts the requests that are to be cut."""

    async def cut_or_served(scope: Scope, receive: Receive, send: Send) -> None:
        place = place_of(scope["method"], scope["path"])
        fault = faults.take_cut(place.traffic, place.befalls) if place else None
        if fault is None:
            await app(scope, receive, send)
            return
        left = fault.at
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if not message.get("more_body", False):
                break
        await cut(scope, receive)

    return cut_or_served
