"""A worker process as a whole: sending, fetching receipts, and knowing when it is done."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.errors import OutboxUnavailableError, SdpError
from sdp.outbox.overdue import Slag, newly_stuck
from sdp.outbox.states import Tilstand
from sdp.outbox.tables import brev, hendelse, kampanje
from sdp.outbox.unread import print_unread
from sdp.outbox.views import find_post

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from sdp.outbox.database import Database
    from sdp.outbox.engines import Engine
    from sdp.outbox.overdue import Oppfolging
    from sdp.outbox.polling import Poller
    from sdp.outbox.slowness import SlowRule
    from sdp.outbox.views import Post
    from sdp.outbox.worker import Worker

_log = logging.getLogger("sdp.outbox")

_TICK_SECONDS: Final = 0.1
_LONGEST_TICK: Final = 1.0
_TICKS_OF_A_RUN: Final = 20
_LOOKS_WHILE_SENDING: Final = 5
_LONGEST_WHILE_SENDING: Final = 5.0
_FIRST_REST: Final = 0.1
_OUTAGE_SECONDS: Final = 1.0
_STUCK_EVERY: Final = 30.0
_ASKED_EVERY: Final = 5.0
"""How often a run that sends asks whether it is done: it cannot be."""

_LATEST: Final = sa.select(sa.func.max(hendelse.c.id))
_GOING: Final = sa.select(kampanje.c.id).where(kampanje.c.pauset.is_(None))
_ONE: Final = sa.select(brev.c.id).where(brev.c.tilstand == sa.bindparam("tilstand")).limit(1)
_ONE_OF_CAMPAIGN: Final = _ONE.where(brev.c.kampanje_id == sa.bindparam("campaign"))


@dataclass(slots=True)
class Running:
    """The threads of one worker process.

    Attributes:
        rest: the longest time, in seconds, between two looks for receipts.
        slow: what is slower than a provider usually is.
    """

    database: Database
    engine: Engine
    worker: Worker
    poller: Poller
    clock: Callable[[], datetime]
    stop: threading.Event
    rest: float
    slow: SlowRule
    _on_overdue: Callable[[Post], None] | None = None
    _on_stuck: Callable[[Oppfolging], None] | None = None
    _failure: BaseException | None = None

    def run(
        self,
        *,
        until_empty: bool,
        wait: timedelta,
        on_overdue: Callable[[Post], None] | None = None,
        on_stuck: Callable[[Oppfolging], None] | None = None,
    ) -> None:
        """Run until there is nothing left to do, or until `stop` is set.

        What is under way is settled before it returns, also when it is interrupted.

        Raises:
            SdpError: nothing can be sent until somebody corrects the set-up (`until_empty` alone).
            OutboxUnavailableError: the database has not answered for `wait` (likewise).
        """
        self._on_overdue, self._on_stuck = on_overdue, on_stuck
        threads = [
            threading.Thread(target=self._guarded, args=(part,), name=f"sdp-outbox-{name}")
            for name, part in (("send", self._send), ("receipts", self._fetch))
        ]
        started = []
        try:
            for thread in threads:
                thread.start()
                started.append(thread)
            self._supervise(until_empty=until_empty, wait=wait.total_seconds())
        except RuntimeError as error:
            self._failure = self._failure or error
        finally:
            self.stop.set()
            for thread in started:
                thread.join()
        if self._failure is not None:
            raise _told(self._failure)

    def _supervise(self, *, until_empty: bool, wait: float) -> None:
        seen: object = None
        began = moved = looked = asked = time.monotonic()
        tick = _TICK_SECONDS
        while not self.stop.wait(tick):
            now = time.monotonic()
            tick = _pause(now - began)
            try:
                if now - looked >= _STUCK_EVERY:
                    self._look_after()
                    looked = now
                if not until_empty:
                    continue
                if self.worker.is_sending and now - asked < min(_ASKED_EVERY, wait):
                    continue
                asked = now
                with self.database.read() as connection:
                    mark, sending, waiting = self._progress(connection)
            except OutboxUnavailableError:
                if until_empty and now - moved >= wait:
                    raise
                continue
            if mark != seen:
                seen, moved = mark, now
            if not sending and (not waiting or now - moved >= wait):
                return
            if now - moved >= wait:
                return
            if sending and (error := self._set_up_error()) is not None:
                raise error

    def _progress(self, connection: Connection) -> tuple[object, bool, bool]:
        """Tell what changes when anything moves, whether letters are left to send, and to come."""
        mark = connection.scalar(_LATEST)
        return mark, left_to_send(connection), _exists(connection, Tilstand.SENDT)

    def _set_up_error(self) -> SdpError | None:
        return self.worker.set_up_error or self.poller.set_up_error

    def _look_after(self) -> None:
        with self.database.write() as connection:
            print_unread(connection, self.clock(), self.database.vault)
            found = newly_stuck(connection, self.clock(), self.slow)
        for matter in found:
            _log.warning("%s Message %s.", matter.hva, matter.meldings_id or "none")
            if self._on_stuck is not None:
                self._on_stuck(matter)
            if self._on_overdue is not None and matter.slag is Slag.FORFALT and matter.nokkel:
                with self.database.read() as connection:
                    post = find_post(connection, matter.nokkel)
                self._on_overdue(post)

    def _send(self) -> None:
        self.engine.run(self.stop)

    def _fetch(self) -> None:
        began, rest = time.monotonic(), _FIRST_REST
        longest = max(self.rest, _FIRST_REST)
        while not self.stop.is_set():
            try:
                came = self.poller.poll()
            except OutboxUnavailableError as error:
                _log.warning("%s", error.message)
                self.stop.wait(_OUTAGE_SECONDS)
                continue
            now = time.monotonic()
            rest = min(_pause(now - began) if came else rest * 2, longest)
            # While letters are sent there is always one more receipt, and each look has its price.
            ends = now + min((now - began) / _LOOKS_WHILE_SENDING, _LONGEST_WHILE_SENDING)
            while not self.stop.wait(rest) and self.worker.is_sending and time.monotonic() < ends:
                pass

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:
            self._failure = self._failure or error
            self.stop.set()


def _pause(lasted: float) -> float:
    """Return the seconds between two looks in a run that has lasted so many.

    To look ten times a second all day costs as much as letters do. A run that has lasted ends a
    twentieth of its time later at the most, and never more than a second.
    """
    return min(max(_TICK_SECONDS, lasted / _TICKS_OF_A_RUN), _LONGEST_TICK)


def _told(failure: BaseException) -> BaseException:
    """Return the error of ours where a thread could not be started; any other as it is."""
    if isinstance(failure, RuntimeError) and "start new thread" in str(failure):
        return OutboxUnavailableError(
            "The system lets this process start no more threads.",
            remedy="Raise the limit of threads (ulimit -u, TasksMax, pids of the container), then"
            " try again. What was under way is sent again with the same ids.",
        )
    return failure


def left_to_send(connection: Connection) -> bool:
    """Tell whether a letter is left to send; those of paused campaigns are not to be sent now."""
    if _exists(connection, Tilstand.SENDES):
        return True
    return any(
        connection.scalar(_ONE_OF_CAMPAIGN, {"tilstand": tilstand.value, "campaign": campaign})
        for campaign in connection.scalars(_GOING).all()
        for tilstand in (Tilstand.KLAR, Tilstand.UKJENT)
    )


def _exists(connection: Connection, tilstand: Tilstand) -> bool:
    return connection.scalar(_ONE, {"tilstand": tilstand.value}) is not None
