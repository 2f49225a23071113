"""A letter on its way: everything that is needed to send the very same message again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.wire import PendingMessage

if TYPE_CHECKING:
    from sdp.domain import Forsendelse


@dataclass(frozen=True, slots=True, kw_only=True)
class DpiPending(PendingMessage):
    """A message of today's wire that went out, or may have.

    The business message is written and signed anew for each try, since it holds the token of that
    try; all else in it stays as it was.
    """

    forsendelse: Forsendelse = field(repr=False)
