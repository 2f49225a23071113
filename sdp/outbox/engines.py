"""Engines, which hand blocks to workers: the embedded one, for one process and its own database.

An engine only carries the numbers of blocks. What is true of letters stands in our own tables,
and blocks that an engine loses are handed out anew.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from sdp.errors import OutboxUnavailableError
from sdp.outbox import brake
from sdp.outbox.dispatch import anything_waits, dispatch, holders_of, release_lost
from sdp.outbox.worker import REGISTER

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.outbox.database import Database
    from sdp.outbox.dispatch import Limits
    from sdp.outbox.presence import Presence
    from sdp.outbox.worker import Worker

_log = logging.getLogger("sdp.outbox")

_IDLE_SECONDS: Final = 0.2
_LONGEST_IDLE: Final = 0.8
_OUTAGE_SECONDS: Final = 1.0
SWEEP_EVERY: Final = timedelta(seconds=5)


class Engine(Protocol):
    """Runs a worker until it is told to stop."""

    def run(self, stop: threading.Event) -> None:
        """Hand out blocks and send them."""


class Idle:
    """Waits between looks for letters: each twice as long as the one before, up to a limit."""

    def __init__(self) -> None:
        self._next = _IDLE_SECONDS

    def after(self, *, found: bool) -> float:
        """Return the seconds to wait after a look; none after one that found letters."""
        if found:
            self._next = _IDLE_SECONDS
            return 0.0
        seconds, self._next = self._next, min(2 * self._next, _LONGEST_IDLE)
        return seconds


@dataclass(slots=True)
class Dispatcher:
    """Hands letters out and takes back what is lost, one pass at a time.

    Attributes:
        wire: whose brake holds letters back.
        enqueue: tells the workers of a block.
    """

    database: Database
    presence: Presence
    clock: Callable[[], datetime]
    limits: Limits
    wire: str
    enqueue: Callable[[Connection, int], None]
    _swept: datetime | None = None

    def step(self) -> list[int]:
        """Make one pass, and return the blocks that were handed out."""
        moment = self.clock()
        if self._swept is None or moment - self._swept >= SWEEP_EVERY:
            self.sweep()
        with self.database.read() as connection:
            brakes = brake.brakes(connection)
            waits = anything_waits(connection)
        if not waits or any(brakes.get(name, moment) > moment for name in (self.wire, REGISTER)):
            return []
        with self.database.write() as connection:
            return dispatch(connection, moment, self.limits, self.enqueue)

    def sweep(self) -> int:
        """Take back what workers that are gone had; return how much that was."""
        moment = self.clock()
        self.presence.renew()
        # Whether a worker is alive is asked first: on PostgreSQL that is a transaction of its own.
        with self.database.read() as connection:
            holders = holders_of(connection)
        alive = {holder for holder in holders if self.presence.is_alive(holder)}
        with self.database.write() as connection:
            count = release_lost(
                connection,
                self.clock(),
                self.limits.untaken,
                lambda holder: holder in alive or holder not in holders,
            )
        self._swept = moment
        return count


@dataclass(slots=True)
class Embedded:
    """Dispatches and sends in one loop."""

    dispatcher: Dispatcher
    worker: Worker

    def run(self, stop: threading.Event) -> None:
        """Hand out blocks and send them, and wait out a database that does not answer."""
        idle = Idle()
        while not stop.is_set():
            try:
                blocks = self.dispatcher.step()
                for block in blocks:
                    self.worker.send_block(block)
            except OutboxUnavailableError as error:
                _log.warning("%s", error.message)
                stop.wait(_OUTAGE_SECONDS)
                continue
            stop.wait(idle.after(found=bool(blocks)))


def nothing_to_tell(_connection: Connection, _block: int) -> None:
    """Tell nobody of a block: the one that hands it out sends it."""
