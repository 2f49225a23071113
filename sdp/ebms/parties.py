"""Who takes part in an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.pki import Signer, TrustStore


@dataclass(frozen=True, slots=True)
class Parties:
    """Who signs, who must have signed the answers, and how that is decided.

    Attributes:
        signer: signs what is sent.
        databehandler: organisation number of the technical sender.
        broker: organisation number of the broker.
        trust: the trust anchors.
        clock: tells the time; aware.
    """

    signer: Signer
    databehandler: str
    broker: str
    trust: TrustStore
    clock: Callable[[], datetime]
