"""Statuses of the letters on the DPI wire, which tell the used ids as well."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sdp.testmiljo.world.state import Nowhere

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.testmiljo.world.state import Records

_MAX_LETTERS = 100_000


class Code(StrEnum):
    """Step that a letter has come to."""

    OPPRETTET = "OPPRETTET"
    SENDT = "SENDT"
    FEILET = "FEILET"


@dataclass(frozen=True, slots=True)
class Status:
    """One step of a letter."""

    status: Code
    timestamp: datetime
    beskrivelse: str


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one letter, oldest first, and who has sent it."""

    databehandler: str
    taken: tuple[Status, ...]


class Statuses:
    """The steps of the latest hundred thousand letters. Safe to share between threads."""

    def __init__(
        self, clock: Callable[[], datetime], records: Records[Steps] | None = None
    ) -> None:
        self._clock = clock
        self._records = records or Nowhere()
        self._letters = OrderedDict(self._records.all())
        self._lock = self._records.lock

    def open(self, meldings_id: str, databehandler: str) -> bool:
        """Note that a letter has come in; False where its id has been used before."""
        first = Status(Code.OPPRETTET, self._clock(), "The access point has the letter.")
        with self._lock:
            if meldings_id in self._letters:
                return False
            self._keep(meldings_id, Steps(databehandler, (first,)))
            while len(self._letters) > _MAX_LETTERS:
                oldest, _ = self._letters.popitem(last=False)
                self._records.drop(oldest)
        return True

    def add(self, meldings_id: str, code: Code, beskrivelse: str) -> None:
        """Note the next step of a letter."""
        status = Status(code, self._clock(), beskrivelse)
        with self._lock:
            steps = self._letters.get(meldings_id)
            if steps is not None:
                self._keep(meldings_id, Steps(steps.databehandler, (*steps.taken, status)))

    def forget(self, meldings_id: str) -> None:
        """Let the id be used again, since the letter was not taken after all."""
        with self._lock:
            self._records.drop(meldings_id)
            self._letters.pop(meldings_id, None)

    def of(self, meldings_id: str, databehandler: str) -> tuple[Status, ...]:
        """List the steps of a letter, oldest first; none for who has not sent it."""
        with self._lock:
            steps = self._letters.get(meldings_id)
        return steps.taken if steps is not None and steps.databehandler == databehandler else ()

    def _keep(self, meldings_id: str, steps: Steps) -> None:
        self._records.put(meldings_id, steps)
        self._letters[meldings_id] = steps
