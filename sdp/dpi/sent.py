"""Remembers to whom letters were sent, as long as there is room."""

from __future__ import annotations

import threading
from typing import Final

_MOST: Final = 100_000


class SentMemory:
    """Conversations and the organisations their letters went to; the oldest are forgotten first.

    A conversation may hold several letters, say a digital one that failed and then a printed one.
    Safe to share between threads.

    Args:
        most: how many conversations are remembered.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._sent: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def note(self, konversasjons_id: str, organisasjonsnummer: str) -> None:
        """Remember a letter that is about to be sent."""
        key = konversasjons_id.lower()
        with self._lock:
            known = self._sent.pop(key, frozenset())
            self._sent[key] = known | {organisasjonsnummer}
            if len(self._sent) > self._most:
                del self._sent[next(iter(self._sent))]

    def find(self, konversasjons_id: str) -> frozenset[str]:
        """Tell to whom the letters of a conversation were sent, as far as it is remembered."""
        with self._lock:
            return self._sent.get(konversasjons_id.lower(), frozenset())
