"""Reads the small bodies that forms and scripts send."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

_LONGEST: Final = 64 * 1024


async def body_of(request: Request) -> bytes:
    """Read the body of a request.

    Raises:
        HTTPException: 413; it is larger than 64 KiB.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "64 KiB at most.")
    return body


async def json_of(request: Request) -> dict[str, Any]:
    """Read a JSON object; no body is an empty one.

    Raises:
        HTTPException: 413 as above, or 400; it is no JSON object.
    """
    body = await body_of(request)
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return value
