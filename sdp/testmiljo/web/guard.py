"""Guard that keeps other sites, and other names for this machine, away from pages and API."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would say `Origin: null` when a form is sent.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HOSTS = ("localhost", "127.0.0.1")
_READING = ("GET", "HEAD")


class Guard:
    """Refuses what another site makes a browser ask for, and adds security headers to answers.

    Args:
        app: what is guarded.
        browsers_only: whether a change without an Origin is refused too; every browser sends one.
    """

    def __init__(self, app: ASGIApp, *, browsers_only: bool) -> None:
        self._app = app
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
        if host.partition(":")[0] not in _HOSTS:
            return f"This is served as {' and '.join(_HOSTS)} alone."
        if method in _READING:
            return None
        origin = headers.get("origin")
        if origin is None and not self._browsers_only:
            return None
        if origin != f"https://{host}":
            return "Another site may not change anything here."
        return None
