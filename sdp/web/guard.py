"""Guard that keeps other sites, and other names for this machine, away from pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of every page: nothing from elsewhere, and nothing inline."""

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names that this machine has for itself in a Host header."""

_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would say `Origin: null` when a form is sent.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_READING = ("GET", "HEAD")


class Guard:
    """Refuses what another site makes a browser ask for, and adds security headers to answers.

    A site may give its own name the address of this machine (DNS rebinding); so only requests for
    a name that is known are answered.

    Args:
        app: what is guarded.
        hosts: the names that it is served as, without a port.
        schemes: how browsers reach it: https, or http too.
        browsers_only: whether a change without an Origin is refused too; every browser sends one.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str] = LOOPBACK,
        schemes: Collection[str] = ("https",),
        browsers_only: bool = True,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._schemes = schemes
        self._browsers_only = browsers_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI wants it done."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        why = self._refusal(scope["method"], Headers(scope=scope))
        if why is None:
            await self._app(scope, receive, send_guarded)
        else:
            await PlainTextResponse(why, HTTPStatus.FORBIDDEN)(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _without_port(host).lower() not in self._hosts:
            return f"This is served as {' and '.join(self._hosts)} alone."
        if method in _READING:
            return None
        origin = headers.get("origin")
        if origin is None and not self._browsers_only:
            return None
        if origin not in {f"{scheme}://{host}" for scheme in self._schemes}:
            return "Another site may not change anything here."
        return None


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
