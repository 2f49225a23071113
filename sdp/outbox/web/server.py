"""Server of the page: on this machine alone, unless a reverse proxy stands in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from sdp.errors import ConfigurationError, SdpError
from sdp.outbox.web.pages import Pages
from sdp.web.guard import LOOPBACK, Guard

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from sdp.outbox import Outbox

_GRACE_SECONDS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The place and the manner of serving.

    Attributes:
        host: the address that is listened on.
        port: 0 takes any free one.
        behind_proxy: the names that a reverse proxy serves the page as; with none, it is served
            on the loopback address alone, and to nobody else.
        user_header: the header in which the proxy names who has logged in.
        allow_actions: whether a person may decide there, or only look.

    Raises:
        ConfigurationError: others could reach it, or name a user, without a proxy between.
    """

    host: str = "127.0.0.1"
    port: int = 8470
    behind_proxy: tuple[str, ...] = ()
    user_header: str | None = None
    allow_actions: bool = False

    def __post_init__(self) -> None:
        """Refuse what would be open to others."""
        if not self.behind_proxy and not _is_loopback(self.host):
            raise ConfigurationError(
                "The page has no log-in of its own, so it is served on this machine alone.",
                remedy="Put a reverse proxy with authentication in front of it, and name the host"
                " that it serves: --behind-proxy post.example.no",
            )
        if self.user_header is not None and not self.behind_proxy:
            raise ConfigurationError(
                "Without a reverse proxy, anybody can write a header that names a user.",
                remedy="Leave --user-header out, or name the proxy's host with --behind-proxy.",
            )


def application(outbox: Outbox, serving: Serving) -> tuple[ASGIApp, Pages]:
    """Make the page as an ASGI application, guarded; and what answers in it."""
    pages = Pages(
        outbox,
        allow_actions=serving.allow_actions,
        user_header=serving.user_header,
        is_secure=bool(serving.behind_proxy),
    )
    app = Starlette(
        routes=[
            Route("/", pages.campaigns),
            Route("/letters", pages.letters),
            Route("/person", pages.letters_of_a_person, methods=["POST"]),
            Route("/letter", pages.letter),
            Route("/needs-a-person", pages.needs_a_person),
            Route("/question", pages.question),
            Route("/do", pages.do, methods=["POST"]),
            Route("/events", pages.events),
            Route("/metrics", pages.metrics),
            Route("/static/{name}", pages.asset),
        ],
        exception_handlers={HTTPException: pages.refused, SdpError: pages.refused},
    )
    hosts = tuple(name.lower() for name in serving.behind_proxy) or LOOPBACK
    schemes = ("https",) if serving.behind_proxy else ("http",)
    return Guard(app, hosts=hosts, schemes=schemes), pages


def serve(outbox: Outbox, serving: Serving, started: Callable[[str], None]) -> None:
    """Serve the page until a signal ends it.

    Args:
        outbox: what is shown.
        serving: where and how.
        started: called with its address once it is served.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    app, pages = application(outbox, serving)
    config = uvicorn.Config(
        app,
        host=serving.host,
        port=serving.port,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    try:
        _Server(config, pages, started).run()
    except SystemExit as error:  # what uvicorn does when it cannot start
        raise ConfigurationError(
            f"Port {serving.port} of {serving.host} cannot be listened on.",
            remedy="Choose another with --port; 0 takes any free one.",
        ) from error


class _Server(uvicorn.Server):
    """Tells where it listens, and lets pages that wait for news end."""

    def __init__(
        self, config: uvicorn.Config, pages: Pages, started: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._pages = pages
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        self._started(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._pages.is_closing = True
        await super().shutdown(sockets=sockets)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
