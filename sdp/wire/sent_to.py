"""To which organisation each letter was sent, since its receipts must come from there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from sdp.gate.identifiers import canonical_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST: Final = 100_000


class SentTo:
    """Conversations and the organisations their letters went to; the oldest are forgotten first.

    A conversation may hold several letters, say a digital one that failed and then a printed one.
    Safe to share between threads.

    Args:
        told: knows more: returns the organisation that the letter of a konversasjons_id was sent
            to, or None. A store of one's own remembers longer than this does.
        most: how many conversations are remembered.
    """

    def __init__(
        self, told: Callable[[str], str | None] | None = None, *, most: int = _MOST
    ) -> None:
        self._told = told
        self._most = most
        self._sent: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def note(self, konversasjons_id: str, organisasjonsnummer: str) -> None:
        """Remember a letter that is about to be sent.

        Raises:
            ValueError: konversasjons_id is not a UUID in its plain form.
        """
        key = canonical_uuid(konversasjons_id)
        with self._lock:
            known = self._sent.pop(key, frozenset())
            self._sent[key] = known | {organisasjonsnummer}
            if len(self._sent) > self._most:
                del self._sent[next(iter(self._sent))]

    def find(self, konversasjons_id: str) -> frozenset[str]:
        """Return to whom the letters of a conversation were sent; nobody if that is not known.

        Raises:
            ValueError: konversasjons_id is not a UUID in its plain form.
        """
        key = canonical_uuid(konversasjons_id)
        with self._lock:
            known = self._sent.get(key, frozenset())
        told = None if self._told is None else self._told(key)
        return known if told is None else known | {told}
