"""The queues that messages and receipts travel in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.domain import Prioritet


@dataclass(frozen=True, slots=True)
class Ko:
    """One queue, or the part of it that a sender keeps for itself under an mpcId."""

    prioritet: Prioritet
    mpc_id: str | None = None

    @property
    def mpc(self) -> str:
        """The message partition channel of ebMS."""
        urn = f"urn:{self.prioritet.value}"
        return urn if self.mpc_id is None else f"{urn}:{self.mpc_id}"
