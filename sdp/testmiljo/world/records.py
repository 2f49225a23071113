"""Records that the stores of the environment write to: nowhere, or a state file."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """Form in which one kind of thing is written as JSON.

    Attributes:
        write: makes it of what `json` takes.
        read: makes the thing of that again; raises KeyError, TypeError or ValueError.
    """

    write: Callable[[T], Any]
    read: Callable[[Any], T]


class Records(Protocol[T]):
    """Values of one kind, by key. A change is kept once `lock` is let go.

    A store holds the lock while it changes anything, and changes its memory and the records alike.
    """

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Can be taken again by the thread that has it. What happens meanwhile happens as one."""

    def all(self) -> Iterable[tuple[str, T]]:
        """Give what was kept before, in the order in which the keys were first written."""

    def put(self, key: str, value: T) -> None:
        """Keep a value, in the place of the one with this key where there is one."""

    def drop(self, key: str) -> None:
        """Keep the value of this key no longer."""


class Nowhere(Generic[T]):
    """Records that keep nothing: all there is, is in memory."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def all(self) -> Iterable[tuple[str, T]]:
        """Give nothing."""
        return ()

    def put(self, key: str, value: T) -> None:
        """Keep nothing."""

    def drop(self, key: str) -> None:
        """Do nothing."""


class Keeper(Protocol):
    """Has the records of every kind."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Makes what happens in several stores happen as one, where anything is kept at all."""

    def records(self, kind: str, form: Form[T]) -> Records[T]:
        """Return the records of a kind."""

    def close(self) -> None:
        """Keep nothing more."""


class Memory:
    """Keeps nothing."""

    lock = nullcontext()

    def records(self, kind: str, form: Form[T]) -> Records[T]:  # noqa: ARG002
        """Return records that keep nothing."""
        return Nowhere()

    def close(self) -> None:
        """Do nothing."""
