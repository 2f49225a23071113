"""Refusals of the access point, as problem+json (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.responses import Response

from sdp.testmiljo.access_point import names
from sdp.testmiljo.validators.rejection import HttpRejection


def invalid(reason: str) -> HttpRejection:
    """Refuse a message or question that does not hold."""
    return HttpRejection(HTTPStatus.BAD_REQUEST, reason)


def unauthenticated(reason: str) -> HttpRejection:
    """Refuse a token that is not good."""
    return HttpRejection(HTTPStatus.UNAUTHORIZED, reason)


def forbidden(reason: str) -> HttpRejection:
    """Refuse what a good token does not reach to."""
    return HttpRejection(HTTPStatus.FORBIDDEN, reason)


def not_found(reason: str) -> HttpRejection:
    """Refuse an id that nothing waits under."""
    return HttpRejection(HTTPStatus.NOT_FOUND, reason)


def problem(status: int, detail: str, title: str | None = None) -> Response:
    """Write a refusal. The title is that of the status unless another is given."""
    written = {
        "type": "about:blank",
        "title": _phrase(status) if title is None else title,
        "status": status,
        "detail": detail,
    }
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    content = json.dumps(written, ensure_ascii=False).encode()
    return Response(content, status, headers, names.PROBLEM_TYPE)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP {status}"
