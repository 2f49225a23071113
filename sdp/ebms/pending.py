"""A letter on its way: everything that is needed to send the very same message again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.wire import PendingMessage

if TYPE_CHECKING:
    from sdp.ebms.messages import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class EbmsPending(PendingMessage):
    """A message of the classic wire that went out, or may have."""

    url: str = field(repr=False)
    content_id: str = field(repr=False)
    draft: Draft = field(repr=False)
