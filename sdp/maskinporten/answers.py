"""What Maskinporten answers: where its tokens are had, and a token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sdp.errors import UnreadableAnswerError
from sdp.maskinporten.reading import read_json
from sdp.maskinporten.refusals import refusal
from sdp.maskinporten.values import Token

if TYPE_CHECKING:
    from sdp.transport.exchange import HttpResponse

_OK: Final = 200


def read_metadata(response: HttpResponse, issuer: str) -> str:
    """Return the address of the token endpoint (RFC 8414).

    Raises:
        TokenError: Maskinporten refused.
        UnreadableAnswerError: it is no metadata, or it is another issuer's.
    """
    metadata = _object(response)
    if metadata.get("issuer") != issuer:
        raise UnreadableAnswerError(
            "The metadata is not that of the configured issuer.",
            remedy="Set environment.maskinporten_url to the issuer, with a trailing slash.",
        )
    endpoint = metadata.get("token_endpoint")
    if not isinstance(endpoint, str) or not endpoint.startswith("https://"):
        raise UnreadableAnswerError("The metadata names no token endpoint over https.")
    return endpoint


def read_token(response: HttpResponse, moment: datetime) -> Token:
    """Return the token.

    Args:
        response: the answer of the token endpoint.
        moment: when it was asked for, from which its life is counted; aware.

    Raises:
        TokenError: Maskinporten refused.
        UnreadableAnswerError: there is no token in it that can be used.
    """
    answer = _object(response)
    value, life = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
        raise UnreadableAnswerError("Maskinporten's answer holds no access_token.")
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise UnreadableAnswerError("Maskinporten's token is not a bearer token.")
    if isinstance(life, bool) or not isinstance(life, int) or life <= 0:
        raise UnreadableAnswerError(
            "Maskinporten's answer does not say how long the token is valid."
        )
    try:
        return Token(value, moment + timedelta(seconds=life))
    except OverflowError as error:
        raise UnreadableAnswerError("Maskinporten's token lives for ever.") from error


def _object(response: HttpResponse) -> dict[str, Any]:
    if response.status != _OK:
        raise refusal(response)
    answer = read_json(response.content)
    if not isinstance(answer, dict):
        raise UnreadableAnswerError("Maskinporten's answer is not a JSON object.")
    return answer
