"""What Maskinporten says when it gives no token, and what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sdp.errors import Fault, Retry, TokenError
from sdp.maskinporten.reading import read_json
from sdp.maskinporten.remedies import remedy_for
from sdp.transport.others_words import presentable

if TYPE_CHECKING:
    from sdp.transport.exchange import HttpResponse

_CODE: Final = re.compile(r"[a-z_]{1,40}")
_LATER: Final = frozenset({"server_error", "temporarily_unavailable"})
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500


def refusal(response: HttpResponse) -> TokenError:
    """Tell a refusal in Maskinporten's own words, with what they may hold of secrets masked.

    An answer that gives no reason, such as a proxy's, has the HTTP status for a code.
    """
    code, description = _said(response.content)
    passing = response.status >= _SERVER_ERROR or response.status == _TOO_MANY or code in _LATER
    if passing:
        remedy = "Try again later."
    elif code:
        remedy = remedy_for(code, description)
    else:
        remedy = "Check environment.maskinporten_url, and any proxy on the way to it."
    error = TokenError(code or f"HTTP status {response.status}", description, remedy=remedy)
    if passing:
        error.fault, error.retry = Fault.SERVER, Retry.LATER
    return error


def _said(content: bytes) -> tuple[str, str]:
    answer = read_json(content)
    code = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return "", ""
    description = answer.get("error_description")
    return code, presentable(description)
