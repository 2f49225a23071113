"""The addresses of the web page and of its JSON API."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sdp.testmiljo.faults.reading import FaultRefused
from sdp.testmiljo.faults.serving import GONE
from sdp.testmiljo.web.actions import ActionRefused
from sdp.testmiljo.web.api import Api
from sdp.testmiljo.web.forms import Forms
from sdp.testmiljo.web.office import NotFound, Office, PersonRefused
from sdp.testmiljo.web.pages import Pages
from sdp.testmiljo.web.rendering import Renderer
from sdp.web.guard import Guard
from sdp.web.pages import ASSETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sdp.testmiljo.assembly import World

WEB_ROOT: Final = "/web"
API_ROOT: Final = "/api-test"
_DROP: Final = "/people/{personidentifikator}/drop"
_STATUSES: Final = {
    NotFound: HTTPStatus.NOT_FOUND,
    ActionRefused: HTTPStatus.BAD_REQUEST,
    FaultRefused: HTTPStatus.BAD_REQUEST,
    PersonRefused: HTTPStatus.BAD_REQUEST,
}


def is_page(path: str) -> bool:
    """Tell whether a path is one of those here, and no part of what is tested."""
    return path in ("/", "/favicon.ico", WEB_ROOT, API_ROOT) or path.startswith(
        (f"{WEB_ROOT}/", f"{API_ROOT}/")
    )


def routes(miljo: World) -> list[BaseRoute]:
    """Return the addresses of the page and the API of an environment."""
    office = Office(miljo)
    renderer = Renderer(office)
    pages = Pages(office, renderer)
    return [
        Route("/", pages.start),
        Mount(WEB_ROOT, Guard(_web(office, pages, renderer), browsers_only=True)),
        Mount(API_ROOT, Guard(_api(office, pages), browsers_only=False)),
    ]


def _web(office: Office, pages: Pages, renderer: Renderer) -> Starlette:
    forms = Forms(office)
    return Starlette(
        routes=[
            Route("/", pages.index),
            *(Route(f"/{name}", pages.asset) for name in ASSETS),
            Route("/events", pages.events),
            Route("/campaigns", pages.campaigns),
            Route("/mailboxes", pages.mailboxes),
            Route("/mailbox", pages.mailbox),
            Route("/letters/{meldings_id}", pages.letter),
            *_documents(pages),
            Route("/letters/{meldings_id}/{action}", forms.do, methods=["POST"]),
            Route("/receipts", pages.receipts),
            Route("/traffic", pages.traffic),
            Route("/traffic/{number:int}", pages.exchange),
            Route("/people", pages.people),
            Route("/people", forms.enter_person, methods=["POST"]),
            Route(_DROP, forms.drop_mailbox, methods=["POST"]),
            Route("/faults", pages.faults),
            Route("/faults", forms.add_fault, methods=["POST"]),
            Route("/faults/clear", forms.clear_faults, methods=["POST"]),
        ],
        exception_handlers=_handlers(renderer.refusal),
    )


def _api(office: Office, pages: Pages) -> Starlette:
    api = Api(office)
    return Starlette(
        routes=[
            Route("/", api.index),
            Route("/letters", api.letters),
            Route("/letters/{meldings_id}", api.letter),
            *_documents(pages),
            Route("/letters/{meldings_id}/{action}", api.do, methods=["POST"]),
            Route("/campaigns", api.campaigns),
            Route("/receipts", api.receipts),
            Route("/exchanges", api.exchanges),
            Route("/exchanges/{number:int}", api.exchange),
            Route("/people", api.people),
            Route("/people", api.enter_person, methods=["POST"]),
            Route(_DROP, api.drop_mailbox, methods=["POST"]),
            Route("/faults", api.faults),
            Route("/faults", api.add_fault, methods=["POST"]),
            Route("/faults", api.clear_faults, methods=["DELETE"]),
        ],
        exception_handlers=_handlers(_json_refusal),
    )


def _documents(pages: Pages) -> list[Route]:
    address = "/letters/{meldings_id}/documents/{number:int}"
    return [Route(address, pages.document), Route(f"{address}/metadata", pages.document)]


def _page_of(request: Request) -> str:
    """Find the page that a form was on, which a browser shows by GET; else the first page."""
    if request.method == "GET":
        return f"{WEB_ROOT}/"
    path = request.url.path
    is_page = path.removeprefix(WEB_ROOT).count("/") == 1
    return path if is_page else path.rpartition("/")[0]


def _json_refusal(why: str, status: HTTPStatus, _: str) -> Response:
    return JSONResponse({"error": why}, status)


def _handlers(
    refusal: Callable[[str, HTTPStatus, str], Response],
) -> dict[type[Exception], Callable[[Request, Exception], Response]]:
    def refused(request: Request, error: Exception) -> Response:
        return refusal(str(error), _STATUSES[type(error)], _page_of(request))

    def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - what Starlette hands over here
        return refusal(error.detail, HTTPStatus(error.status_code), _page_of(request))

    return {**dict.fromkeys(_STATUSES, refused), **GONE, HTTPException: of_http}
