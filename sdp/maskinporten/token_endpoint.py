"""The exchange with Maskinporten's token endpoint: grant (RFC 7523), token and refusal."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sdp import jose
from sdp.errors import Fault, Retry, TokenError, UnreadableAnswerError
from sdp.gate.words import presentable
from sdp.jose import sign
from sdp.maskinporten.remedies import remedy_for

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.pki import Signer
    from sdp.pki.keys.registered import RegisteredKey
    from sdp.transport.request import HttpResponse


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The use a token is asked for.

    Attributes:
        scope: one or more scopes with spaces between, such as `digitalpostinnbygger:send`.
        consumer_org: the organisation that has delegated the scope; None for one's own.
        resource: the audience that an API wants its tokens restricted to.
    """

    scope: str
    consumer_org: str | None = None
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. Whoever has it may use it, so it is never shown.

    Attributes:
        value: the token itself.
        expires: when it is no longer good; aware.
    """

    value: str = field(repr=False)
    expires: datetime


_GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME: Final = timedelta(seconds=100)
"""Maskinporten takes 120 s at most; clocks differ."""


def grant(
    asked: TokenRequest,
    signer: Signer | RegisteredKey,
    *,
    issuer: str,
    client_id: str,
    key_id: str | None,
    jti: str,
    moment: datetime,
) -> bytes:
    """Write the form that asks for a token, with a grant that is signed now and good once."""
    claims: dict[str, Any] = {
        "aud": issuer,
        "iss": client_id,
        "scope": asked.scope,
        "iat": int(moment.timestamp()),
        "exp": int((moment + _LIFETIME).timestamp()),
        "jti": jti,
    }
    if asked.consumer_org is not None:
        claims["consumer_org"] = asked.consumer_org
    if asked.resource is not None:
        claims["resource"] = asked.resource
    assertion = sign(json.dumps(claims).encode(), signer, key_id=key_id)
    return urlencode({"grant_type": _GRANT_TYPE, "assertion": assertion}).encode("ascii")


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


_OF_THE_KEY: Final = frozenset({"invalid_grant", "invalid_client"})


def may_be_the_key(error: TokenError) -> bool:
    """Tell whether a refusal may be of the key that signed the grant, so that another may do."""
    return error.fault is Fault.CLIENT and error.code in _OF_THE_KEY


def _said(content: bytes) -> tuple[str, str]:
    answer = read_json(content)
    code = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return "", ""
    description = answer.get("error_description")
    return code, presentable(description)


def read_json(content: bytes) -> Any:
    """Return what was written; None where it is not JSON as all read it, or is null."""
    try:
        return jose.read_json(content)
    except ValueError:
        return None
