"""What is asked for, and what is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a token is to be good for.

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
