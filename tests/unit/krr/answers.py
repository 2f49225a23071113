"""Answers of the register in tests, and its questions taken apart."""

from __future__ import annotations

import json

from sdp.transport.request import HttpRequest, HttpResponse


def body(request: HttpRequest) -> bytes:
    return b"".join(request.body.chunks())


def asked(request: HttpRequest) -> list[str]:
    """The people a request asks about."""
    numbers: list[str] = json.loads(body(request))["personidentifikatorer"]
    return numbers


def as_json(content: object, status: int = 200, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(
        status, {"content-type": "application/json", **named}, json.dumps(content).encode()
    )
