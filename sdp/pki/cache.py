"""Bounded cache of values that expire."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """The `size` values used last, each until it expires. Safe to share between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, tuple[V, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, key: K, now: datetime) -> V | None:
        """Return a value that has not expired, or None."""
        with self._lock:
            found = self._values.get(key)
            if found is None or now >= found[1]:
                return None
            self._values.move_to_end(key)
            return found[0]

    def keep(self, key: K, value: V, until: datetime) -> None:
        """Keep a value until then."""
        with self._lock:
            self._values[key] = value, until
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
