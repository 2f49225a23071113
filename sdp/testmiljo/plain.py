"""What is served over plain HTTP: revocation, as issuers serve it.

The answers are signed, so nothing is gained by TLS; and whoever asked over TLS would first have to
ask whether the certificate of that connection was revoked.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sdp.testmiljo.revocation import routes

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sdp.testmiljo.faults import Faults
    from sdp.testmiljo.revocation import RevocationService

_METHODS = ("GET", "POST", "PUT", "DELETE")


def with_plain(app: ASGIApp, service: RevocationService, faults: Faults) -> ASGIApp:
    """Serve revocation to connections without TLS, and an application to all others."""
    plain = Starlette(
        routes=[*routes(service, faults), Route("/{path:path}", _elsewhere, methods=_METHODS)]
    )

    async def by_scheme(scope: Scope, receive: Receive, send: Send) -> None:
        await (plain if scope["scheme"] == "http" else app)(scope, receive, send)

    return by_scheme


def _elsewhere(request: Request) -> Response:
    if request.method in ("GET", "HEAD"):
        _, port = request.scope["server"]
        return RedirectResponse(f"https://localhost:{port}{request.url.path}")
    return PlainTextResponse("This is served over https alone.", HTTPStatus.BAD_REQUEST)
