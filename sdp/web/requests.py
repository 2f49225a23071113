"""Requests of browsers: forms and bodies within bounds, and news that a page waits for."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request


async def body_of(request: Request, most: int) -> bytes:
    """Read the body of a request.

    Args:
        request: is read to its end.
        most: the largest body, in bytes; a whole number of KiB.

    Raises:
        HTTPException: 413; it is larger.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            detail = f"{most // 1024} KiB at most."
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    return body


async def form_of(request: Request, most: int) -> dict[str, str]:
    """Read the fields of a form; the arguments and errors are those of `body_of`."""
    body = await body_of(request, most)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def news(
    request: Request,
    latest: Callable[[], Awaitable[str]],
    *,
    is_closing: Callable[[], bool],
    pause: float,
) -> StreamingResponse:
    """Answer with server-sent events, one each time that something has happened.

    Args:
        request: ends the answer when its sender has gone.
        latest: tells how things stand; something has happened when it tells otherwise.
        is_closing: tells whether the server is to end.
        pause: seconds between two looks.
    """

    async def told() -> AsyncIterator[str]:
        before = None
        while not is_closing() and not await request.is_disconnected():
            now = await latest()
            if now != before:
                yield f"data: {now}\n\n"
            before = now
            await asyncio.sleep(pause)

    return StreamingResponse(told(), media_type="text/event-stream")
