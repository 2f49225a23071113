"""Receipts on both wires: the free text that is kept of them, and those that the caller leaves."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sdp.domain import Kvittering

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_EXPLANATION: Final = 1000


def explanation(written: str | None) -> str | None:
    """Return the free text of a receipt as it is kept: at most 1000 characters that XML can hold.

    What is longer is cut rather than refused: a receipt is worth more than its last words, and its
    `raw` has them all.
    """
    return None if written is None else _NOT_XML.sub("\ufffd", written)[:_LONGEST_EXPLANATION]


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
