"""Receipts that the caller leaves unconfirmed, though it goes on to the next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.domain import Kvittering


class LeftReceipts:
    """Receipts handed out and left, until the wire has asked. Safe to share between threads."""

    def __init__(self) -> None:
        self._ids = set[str]()
        self._lock = threading.Lock()

    def add(self, kvittering: Kvittering) -> None:
        """Remember that a receipt was left."""
        with self._lock:
            self._ids.add(kvittering.referanse.message_id)

    def take(self, kvittering: Kvittering) -> bool:
        """Tell whether a receipt was left, and forget it."""
        with self._lock:
            was_left = kvittering.referanse.message_id in self._ids
            self._ids.discard(kvittering.referanse.message_id)
        return was_left
