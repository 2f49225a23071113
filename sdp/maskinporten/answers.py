"""What Maskinporten answers, and what each refusal means."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sdp.errors import Fault, HttpStatusError, Retry, TokenError, UnreadableAnswerError
from sdp.maskinporten.values import Token

if TYPE_CHECKING:
    from sdp._http.exchange import HttpResponse

_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_LATER: Final = frozenset({"server_error", "temporarily_unavailable"})

_REMEDIES: Final = {
    "invalid_client": "Check maskinporten.client_id, and that the client has not been deactivated.",
    "invalid_scope": "Ask the owner of the scope to grant it to the organisation, and add it to "
    "the client in Maskinporten.",
    "unauthorized_client": "Give the client the grant type jwt-bearer in Maskinporten.",
    "invalid_request": "Check maskinporten.client_id and the scopes; if they are right, report "
    "this as a defect.",
    "invalid_target": "Check maskinporten.resource against what the API asks for.",
    "invalid_grant": "Check that the certificate is the organisation's and not revoked, or that "
    "maskinporten.key_id is registered on the client.",
}
_HINTS: Final = (
    # What the description of an invalid_grant tells about its cause, and the remedy for it.
    (("consumer_org", "delegat"), "Have the organisation delegate the scope to yours in Altinn."),
    (("iat", "exp", "expired", "clock"), "Synchronise the clock of this machine (NTP)."),
    (("jti",), "Try again: a grant is good only once."),
    (("aud",), "Check environment.maskinporten_url: test and production have one each."),
)


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
            remedy="Set environment.maskinporten_url to the issuer, with its slash at the end.",
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
        raise UnreadableAnswerError("Maskinporten's answer does not tell how long the token lives.")
    try:
        return Token(value, moment + timedelta(seconds=life))
    except OverflowError as error:
        raise UnreadableAnswerError("Maskinporten's token lives for ever.") from error


def _object(response: HttpResponse) -> dict[str, Any]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        if response.status != _OK:
            raise HttpStatusError(response.status) from error
        raise UnreadableAnswerError("Maskinporten's answer is not JSON.") from error
    if response.status != _OK:
        raise _refusal(response.status, answer)
    if not isinstance(answer, dict):
        raise UnreadableAnswerError("Maskinporten's answer is not a JSON object.")
    return answer


def _refusal(status: int, answer: object) -> TokenError | HttpStatusError:
    if not isinstance(answer, dict) or not isinstance(answer.get("error"), str):
        return HttpStatusError(status)
    code, description = answer["error"], str(answer.get("error_description") or "")
    error = TokenError(code, description, remedy=_remedy(code, description))
    if code in _LATER or status == _TOO_MANY or status >= _SERVER_ERROR:
        error.fault, error.retry = Fault.SERVER, Retry.LATER
    return error


def _remedy(code: str, description: str) -> str:
    words = description.casefold()
    if code == "invalid_grant":
        for signs, remedy in _HINTS:
            if any(sign in words for sign in signs):
                return remedy
    if code in _LATER:
        return "Try again later."
    return _REMEDIES.get(code, "")
