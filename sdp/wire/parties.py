"""Parties of a message: who signs it, and how others' signatures are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.pki import Signer, TrustStore


@dataclass(frozen=True, slots=True)
class Parties:
    """Signer of what is sent, and the anchors and clock that others' signatures are judged by.

    Attributes:
        signer: signs what is sent; the key of the databehandler.
        databehandler: organisation number of the technical sender.
        trust: the trust anchors.
        clock: tells the time; aware.
    """

    signer: Signer
    databehandler: str
    trust: TrustStore
    clock: Callable[[], datetime]
