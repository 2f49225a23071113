"""Requests that may be repeated: questions, and the mark that a receipt has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.dpi import names
from sdp.transport.exchange import (
    BytesBody,
    ConnectionLostError,
    HttpRequest,
    no_answer,
    repeatable,
)

if TYPE_CHECKING:
    from sdp.maskinporten import Token
    from sdp.transport.exchange import Exchange, HttpResponse


def authorization(token: Token) -> dict[str, str]:
    """Write the headers of every request: who asks, and what can be read."""
    return {
        "Authorization": f"Bearer {token.value}",
        "Accept": f"{names.JSON_TYPE}, {names.PROBLEM_TYPE}",
    }


def ask(method: str, url: str, token: Token) -> Exchange[HttpResponse]:
    """Make a request without content.

    Raises:
        NotSentError: nothing left this machine.
        WireError: no answer came; safe to repeat.
    """
    try:
        request = HttpRequest(method, url, authorization(token), BytesBody(b""))
        return (yield from repeatable(lambda: request))
    except ConnectionLostError as error:
        raise no_answer("the access point", error) from error
