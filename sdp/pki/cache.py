"""Bounded caches: of values that expire, and of what is read of one certificate again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
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


def remembered(size: int) -> Callable[[Callable[[K], V]], Callable[[K], V]]:
    """Remember up to `size` results of a pure function of one thing that is slow to hash.

    A certificate takes 4 µs to hash and 5 to compare, each time, and the same few objects come with
    every letter. So the object itself is looked for first, and its value only if it is a new one.
    Safe to share between threads.
    """

    def decorate(function: Callable[[K], V]) -> Callable[[K], V]:
        by_value = lru_cache(size)(function)
        by_object: dict[int, tuple[K, V]] = {}

        @wraps(function)
        def remembering(subject: K) -> V:
            # An id is nobody else's for as long as its object is kept beside the result.
            found = by_object.get(id(subject))
            if found is not None and found[0] is subject:
                return found[1]
            result = by_value(subject)
            if len(by_object) >= size:
                by_object.clear()
            by_object[id(subject)] = subject, result
            return result

        return remembering

    return decorate
