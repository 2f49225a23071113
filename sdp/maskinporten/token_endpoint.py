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
from sdp.gate import presentable
from sdp.jose import sign

if TYPE_CHECKING:
    from sdp.pki import Signer
    from sdp.pki.keys.registered import RegisteredKey
    from sdp.transport.request import HttpResponse


_NUMBER: Final = re.compile(r"\bMP-(\d{3})\b")

_CLIENT: Final = (
    "Check maskinporten.client_id, and that the client is registered in the environment that "
    "environment.maskinporten_url names: test and production have clients of their own."
)
_CLOCK: Final = "Synchronise the clock of this machine (NTP); a grant may be 10 seconds off."
_KEY: Final = (
    "Check that the signer holds the certificate's own key or the one that maskinporten.key_id "
    "names, and that the certificate is valid and of this environment, test or production."
)

# Maskinporten's own number, which not all refusals have; its words; what to do. In order, for the
# words of the last are part of others. Source: docs.digdir.no, maskinporten_feilsoking.
_CAUSES: Final = tuple(
    (number, re.compile(words, re.IGNORECASE), remedy)
    for number, words, remedy in (
        (
            "251",
            r"not delegated",
            (
                "Have the organisation that consumer_org names delegate the scope to yours in "
                "Altinn. A delegation in production does not count in test."
            ),
        ),
        (
            "",
            r"combination consumer_org",
            "Leave consumer_org out: it names the organisation that owns the client.",
        ),
        (
            "250",
            r"not been granted access",
            (
                "Ask the owner of the API to grant the scope to the organisation; if it was "
                "delegated to yours, name the organisation that did so as consumer_org."
            ),
        ),
        ("200", r"invalid scopes for client", "Add the scope to the client in Maskinporten."),
        (
            "201",
            r"scopes? (?:not allowed|with integration types)",
            "Register a client of the integration type maskinporten for this scope.",
        ),
        (
            "121",
            r"expired key",
            "Register the key on the client anew, or a new one: a key is good for a year.",
        ),
        (
            "120",
            r"invalid certificate",
            (
                "Use a virksomhetssertifikat that is valid and not revoked; a test certificate in "
                "test, and a production certificate in production."
            ),
        ),
        (
            "122",
            r"certificate orgno",
            (
                "Use a certificate of the organisation that owns the client, or register a "
                "client for the organisation of the certificate."
            ),
        ),
        (
            "123",
            r"\bx5c\b|extract certificate",
            "Check that the signer's chain starts with the organisation's own certificate.",
        ),
        ("124", r"jwt signature", _KEY),
        (
            "012",
            r"used before|\bjti\b",
            "Ask again: a grant is good only once, and each request makes a new one.",
        ),
        ("130", r"jwt is expired|issue time|clock|\b(?:iat|exp)\b", _CLOCK),
        (
            "110",
            r"\baud\b",
            (
                "Check environment.maskinporten_url: test and production have one each, which end "
                "with a slash."
            ),
        ),
        ("100", r"client not found|client authentication failed", _CLIENT),
    )
)

_REMEDIES: Final = {
    "forbidden": "Ask the owner of the API to grant the scope to the organisation.",
    "invalid_client": _CLIENT,
    "invalid_grant": _KEY,
    "invalid_request": "Check maskinporten.client_id and the scopes; if they are right, report "
    "this as a defect.",
    "invalid_resource": "Check maskinporten.resource against what the API asks for.",
    "invalid_scope": "Ask the owner of the scope to grant it to the organisation, and add it to "
    "the client in Maskinporten.",
    "invalid_target": "Check maskinporten.resource against what the API asks for.",
    "unauthorized_client": "Give the client the grant type jwt-bearer in Maskinporten.",
    "unsupported_grant_type": "Check environment.maskinporten_url: what answers there takes no "
    "JWT grants.",
}


def remedy_for(code: str, description: str) -> str:
    """Tell the remedy: by the number in the description, by its words, or else by the code."""
    numbered = _NUMBER.search(description)
    if numbered is not None:
        for number, _, remedy in _CAUSES:
            if number == numbered[1]:
                return remedy
    for _, words, remedy in _CAUSES:
        if words.search(description):
            return remedy
    return _REMEDIES.get(code, "Look the code up in Digdir's documentation of Maskinporten.")


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
