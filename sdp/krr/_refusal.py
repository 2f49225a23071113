"""What the register says when it says no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sdp.errors import ProblemError
from sdp.transport.others_words import presentable

if TYPE_CHECKING:
    from sdp.transport.exchange import HttpResponse

_REMEDIES: Final = {
    400: "Check the version of the interface in the settings of the contact register.",
    403: "Check that the organisation has access to the contact register, and that Maskinporten "
    "gives it the scopes krr:global/kontaktinformasjon.read and krr:global/digitalpost.read.",
    404: "Check the url and version in the settings of the contact register.",
    406: "Check signed_answers in the settings of the contact register.",
    429: "Ask less often, and about up to 1000 people at a time.",
    503: "Try again later.",
}


def refusal(response: HttpResponse) -> ProblemError:
    """Tell a refusal in the register's own words, personal data masked.

    Understood are problems of RFC 9457, errors of OAuth 2.0 and plain text.
    """
    title, detail = _said(response)
    return ProblemError(
        response.status,
        title=title,
        detail=detail,
        remedy=_REMEDIES.get(response.status, ""),
    )


def _said(response: HttpResponse) -> tuple[str, str]:
    text = response.content.decode("utf-8", errors="replace")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        markup = text.lstrip().startswith("<")
        return ("", "") if markup else (presentable(text), "")
    if not isinstance(answer, dict):
        return "", ""
    title = answer.get("title") or answer.get("error")
    detail = answer.get("detail") or answer.get("error_description") or answer.get("message")
    return presentable(title), presentable(detail)
