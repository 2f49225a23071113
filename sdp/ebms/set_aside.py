"""A receipt that could not be read or trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.domain import Kvitteringsreferanse
    from sdp.errors import SdpError


@dataclass(frozen=True, slots=True)
class SetAside:
    """What came in place of a receipt, and why it is none. It is not confirmed.

    Attributes:
        reason: why it could not be read or trusted.
        raw: the answer as it came, for a closer look; it may hold personal data.
        referanse: how to confirm it all the same, where the broker's own signature holds; it is
            taken off the queue then. None where there is nothing to confirm with.
    """

    reason: SdpError
    raw: bytes = field(repr=False)
    referanse: Kvitteringsreferanse | None = None

    @property
    def message_id(self) -> str | None:
        """The transport's id of the message, where the broker's own signature holds."""
        return None if self.referanse is None else self.referanse.message_id
