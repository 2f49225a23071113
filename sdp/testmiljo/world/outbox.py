"""Outbox that sends here, as far as the environment knows one: its letters, by conversation."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from sdp.errors import SdpError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

_FRESH_SECONDS: Final = 1.0


class OutboxLetter(Protocol):
    """One letter of an outbox."""

    @property
    def nokkel(self) -> str:
        """The sender's own key of it."""

    @property
    def kampanje(self) -> str | None:
        """The campaign it belongs to; None for none."""

    @property
    def tilstand(self) -> str:
        """The name of its state in the outbox."""

    @property
    def konversasjons_id(self) -> str:
        """The conversation that it is sent with."""

    @property
    def sendt(self) -> datetime | None:
        """When it was accepted, as the outbox knows it; None if it has not been."""


class FollowedOutbox(Protocol):
    """An outbox whose letters come here. Nothing in it is ever changed from here."""

    def letters(self) -> Sequence[OutboxLetter]:
        """List its letters, oldest first.

        Raises:
            SdpError: it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class OutboxView:
    """An outbox at one moment.

    Attributes:
        letters: its letters, oldest first.
        by_conversation: the same by their konversasjons_id.
        problem: why it could not be read; empty if it could.
    """

    letters: tuple[OutboxLetter, ...] = ()
    by_conversation: Mapping[str, OutboxLetter] = field(default_factory=dict)
    problem: str = ""


class OutboxFollower:
    """Looks at an outbox, at most once a second. Safe to share between threads.

    Args:
        seconds: tells the time that has passed, in seconds.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._outbox: FollowedOutbox | None = None
        self._view = OutboxView()
        self._fresh_until = 0.0
        self._lock = threading.Lock()

    @property
    def is_following(self) -> bool:
        """True where there is an outbox to look at."""
        return self._outbox is not None

    def follow(self, outbox: FollowedOutbox) -> None:
        """Look at this outbox from now on."""
        with self._lock:
            self._outbox = outbox
            self._fresh_until = 0.0

    def view(self, *, newest: bool = False) -> OutboxView:
        """Return the outbox as it was within the last second, or as it is now with `newest`."""
        with self._lock:
            if self._outbox is not None and (newest or self._seconds() >= self._fresh_until):
                self._view = _seen(self._outbox)
                self._fresh_until = self._seconds() + _FRESH_SECONDS
            return self._view


def _seen(outbox: FollowedOutbox) -> OutboxView:
    try:
        letters = tuple(outbox.letters())
    except SdpError as error:
        return OutboxView(problem=str(error))
    return OutboxView(letters, {each.konversasjons_id: each for each in letters})
