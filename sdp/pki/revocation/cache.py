"""Cache of revocation answers, each kept for as long as it says itself."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from sdp.pki.revocation.status import NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import datetime

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class _Slot(Generic[V]):
    """The place of one answer. Whoever holds the lock may ask for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: tuple[V, datetime] | None = None

    def fresh(self, now: datetime) -> V | None:
        kept = self.kept
        return kept[0] if kept is not None and now < kept[1] else None


class Cache(Generic[K, V]):
    """The `size` answers used last. Safe to share between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._slots: OrderedDict[K, _Slot[V]] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, key: K, now: datetime) -> V | None:
        """Return an answer that is still good, or None."""
        with self._lock:
            slot = self._slots.get(key)
        return None if slot is None else slot.fresh(now)

    def keep(self, key: K, value: V, until: datetime) -> None:
        """Keep an answer until then."""
        self._slot(key).kept = value, until

    def get(
        self,
        key: K,
        *,
        now: datetime,
        patience: float,
        ask: Callable[[], tuple[V, datetime]],
    ) -> V:
        """Return the answer, asked for once however many threads want it.

        Args:
            key: what it is about.
            now: the time.
            patience: how many seconds to wait for another thread that asks already.
            ask: returns the answer, and until when it may be kept.

        Raises:
            NoAnswerError: the other thread took too long.
        """
        slot = self._slot(key)
        fresh = slot.fresh(now)
        if fresh is not None:
            return fresh
        if not slot.lock.acquire(timeout=max(patience, 0.0)):
            raise NoAnswerError("another thread is already asking, and has had no answer in time")
        try:
            fresh = slot.fresh(now)
            if fresh is not None:
                return fresh
            slot.kept = ask()
            return slot.kept[0]
        finally:
            slot.lock.release()

    def _slot(self, key: K) -> _Slot[V]:
        with self._lock:
            slot = self._slots.get(key)
            if slot is None:
                slot = self._slots[key] = _Slot()
            self._slots.move_to_end(key)
            while len(self._slots) > self._size:
                self._slots.popitem(last=False)
            return slot
