"""Authorization of a caller, by the Maskinporten token of the request."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.problems import forbidden, unauthenticated
from sdp.testmiljo.maskinporten import TokenRefused
from sdp.testmiljo.world.receipts import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARTY = re.compile(r"0192:(\d{9})", re.ASCII)


class Tokens(Protocol):
    """Issuer of tokens, which knows the good ones."""

    def check(self, authorization: str | None, scopes: Iterable[str]) -> dict[str, Any]:
        """Return the claims of the token in an Authorization header.

        Raises:
            TokenRefused: there is none that is good for these scopes now.
        """


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller.

    Attributes:
        token: the token itself.
        consumer: the organisation that has been given the scope.
        supplier: the one that uses it on behalf of the consumer, where there is one.
    """

    token: str = field(repr=False)
    consumer: str
    supplier: str | None

    @property
    def databehandler(self) -> str:
        """The organisation that asks: the supplier where there is one."""
        return self.supplier or self.consumer

    @property
    def reader(self) -> Reader:
        """The messages that are the caller's: a supplier's token is for one avsender alone."""
        return Reader(self.databehandler, None if self.supplier is None else self.consumer)


def authorize(authorization: str | None, tokens: Tokens, audience: str | None) -> Caller:
    """Tell who asks.

    Args:
        authorization: the header of the request.
        tokens: knows which tokens are good.
        audience: what tokens must be restricted to, if anything.

    Raises:
        HttpRejection: 401 where the token is not good, 403 where it does not reach.
    """
    try:
        claims = tokens.check(authorization, (names.SCOPE,))
    except TokenRefused as refused:
        refuse = forbidden if refused.missing_scope else unauthenticated
        raise refuse(refused.reason) from refused
    if audience is not None and audience not in _audiences(claims):
        raise unauthenticated("the token is for another audience (aud) than this access point")
    consumer = _organisation(claims.get("consumer"))
    if consumer is None:
        raise forbidden("the token names no consumer")
    return Caller(
        token=(authorization or "").partition(" ")[2],
        consumer=consumer,
        supplier=_organisation(claims.get("supplier")),
    )


def _audiences(claims: dict[str, Any]) -> list[Any]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _organisation(party: Any) -> str | None:
    identifier = party.get("ID") if isinstance(party, dict) else None
    match = _PARTY.fullmatch(identifier) if isinstance(identifier, str) else None
    return None if match is None else match[1]
