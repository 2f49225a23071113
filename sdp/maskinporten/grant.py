"""The signed request for a token: a JWT grant (RFC 7523)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sdp.jose import sign

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.maskinporten.values import TokenRequest
    from sdp.pki import Signer

_GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME: Final = timedelta(seconds=100)
"""Maskinporten takes 120 s at most; clocks differ."""


def grant(
    asked: TokenRequest,
    signer: Signer,
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
