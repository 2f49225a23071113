"""A worker that sends the letters of one block: look up, mark, send, settle."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from sdp.errors import (
    AlreadyReceivedError,
    OutboxUnavailableError,
    SdpError,
    UnreadableLetterError,
    WireError,
)
from sdp.outbox import brake, window
from sdp.outbox.attempts import Attempts, Marked, Prepared
from sdp.outbox.events import hold, move_each
from sdp.outbox.outcomes import is_about_the_set_up, judge
from sdp.outbox.reading import Reader, with_opening_receipt
from sdp.outbox.telemetry import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.outbox.attempts import Result
    from sdp.outbox.database import Database
    from sdp.outbox.events import Move, Standing
    from sdp.outbox.outcomes import Utfall
    from sdp.outbox.reading import Written
    from sdp.outbox.sender import Sender, Svar
    from sdp.outbox.telemetry import Telemetry
    from sdp.outbox.window import Levetid, Ventende

_log = logging.getLogger("sdp.outbox")

REGISTER: Final = "krr"
"""The brake of the contact register."""

_SETTLE_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 0.5
_SPARE_LEASE: Final = timedelta(seconds=1)
_REMEMBERED_PEOPLE: Final = 2000
"""The most answers that are kept from one block for the next."""


@dataclass(frozen=True, slots=True)
class Manners:
    """Limits and times that a worker keeps to.

    Attributes:
        window: the most letters that are marked at a time.
        lease: how long a block is a worker's without a word from it.
        times: backoff and deadlines.
        threads: how many letters are sent at once.
    """

    window: int
    lease: timedelta
    times: Levetid
    threads: int = 1


class Worker:
    """Sends blocks, one after another. What it learnt of people last is kept while it is fresh.

    Args:
        database: where the letters are.
        sender: sends them.
        worker_id: whose window it is.
        clock: tells the time; aware.
        executor: runs the sends.
        manners: how it goes about it.
        stop: is set when no new letter is to be marked.
        telemetry: is told of blocks, letters and attempts.
    """

    def __init__(
        self,
        database: Database,
        sender: Sender,
        worker_id: int,
        *,
        clock: Callable[[], datetime],
        executor: Executor,
        manners: Manners,
        stop: threading.Event,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.database = database
        self.sender = sender
        self.worker_id = worker_id
        self.clock = clock
        self.executor = executor
        self.manners = manners
        self.stop = stop
        self.telemetry = telemetry or Silent()
        self.reader = Reader(database.vault)
        self.answers: dict[str, Svar] = {}
        self.set_up_error: SdpError | None = None
        self.is_sending = False

    def send_block(self, block: int) -> None:
        """Send what may be sent of a block, and end it. A block that another one has is left alone.

        Raises:
            OutboxUnavailableError: the database did not answer for too long. What was under way
                is sent again with the same ids once the lease of the block is over.
            OutboxKeyError: the outbox is encrypted with a key that is not at hand.
        """
        with self.database.write() as connection:
            moment = self.clock()
            if not window.take(connection, block, self.worker_id, moment, self.manners.lease):
                return
            # The key is asked for before anything is marked: a worker without it stops here.
            self.database.vault.seal(connection)
            numbers = window.people(connection, block, self.database.vault)
        self.is_sending = True
        try:
            with self.telemetry.block(block, self.worker_id, self.sender.wire):
                if self._look_up(numbers):
                    _Block(self, block).run()
        finally:
            self.is_sending = False
        with self.database.write() as connection:
            window.finish(connection, block, self.worker_id, self.clock())

    def _look_up(self, numbers: Sequence[str]) -> bool:
        """Ask the register about everybody in the block whose answer is not fresh any more."""
        moment = self.clock()
        fresh = {number: svar for number, svar in self.answers.items() if svar.is_fresh(moment)}
        too_many = max(0, len(fresh) - _REMEMBERED_PEOPLE)
        self.answers = dict(islice(fresh.items(), too_many, None))
        missing = [number for number in numbers if number not in self.answers]
        try:
            if missing:
                self.answers.update(self.sender.look_up(missing))
        except SdpError as error:
            self.brake_register(error)
            return False
        return True

    def brake_register(self, error: SdpError) -> None:
        """Leave the contact register alone for a while."""
        stops = is_about_the_set_up(error) or not isinstance(error, WireError)
        if stops:
            self.set_up_error = error
        _log.warning("the contact register cannot be asked now: %s", error.message)
        with self.database.write() as connection:
            brake.engage(
                connection,
                REGISTER,
                self.clock(),
                self.manners.times.backoff,
                grunn=error.message,
                retry_after=getattr(error, "retry_after", None),
                stops=stops,
            )


class _Block:
    """The sending of one block, from the first mark to the last settle."""

    def __init__(self, worker: Worker, block: int) -> None:
        self._worker = worker
        self._block = block
        self._prepared: list[Prepared] = []
        self._is_ours = True
        self._lease_ends = worker.clock() + worker.manners.lease
        self._attempts = Attempts(
            worker.sender,
            worker.executor,
            worker.manners.threads,
            worker.telemetry,
            may_send=self._may_send,
        )

    def run(self) -> None:
        """Send until nothing in the block may be sent now."""
        while True:
            results = self._collected()
            marked, candidates, later, braked = self._in_one_transaction(results)
            self._attempts.start(marked)
            self._prepared += self._prepare(candidates)
            if not self._attempts.under_way and not self._prepared:
                if later is None or braked or self._ends():
                    return
                self._worker.stop.wait(self._pause_until(later))

    def _may_send(self) -> bool:
        return self._worker.clock() < self._lease_ends - _SPARE_LEASE

    def _ends(self) -> bool:
        return not self._is_ours or self._worker.stop.is_set()

    def _pause_until(self, later: datetime) -> float:
        seconds = (later - self._worker.clock()).total_seconds()
        return max(0.0, min(seconds, self._worker.manners.lease.total_seconds() / 3))

    def _collected(self) -> list[tuple[Marked, Result]]:
        """Wait for results, five seconds and a quarter of the lease at most, and take what came.

        With letters prepared, until the window has room for them all: one transaction settles half
        a window, marks the next half and chooses the one after. Else until half a window has come.
        """
        manners = self._worker.manners
        waiting = self._attempts.under_way + len(self._prepared)
        enough = waiting - manners.window if self._prepared else _half(manners.window)
        seconds = min(_SETTLE_SECONDS, manners.lease.total_seconds() / 4)
        return self._attempts.results(enough, seconds)

    def _in_one_transaction(
        self, results: list[tuple[Marked, Result]]
    ) -> tuple[list[Marked], list[Ventende], datetime | None, bool]:
        """Settle results, mark what is prepared, and choose what to prepare next.

        While the database does not answer, it is tried again for as long as the lease is ours:
        what is known of letters that were sent must not be lost for a short outage.
        """
        while True:
            try:
                with self._worker.database.write() as connection:
                    return self._settle_and_mark(connection, results)
            except OutboxUnavailableError as error:
                if self._worker.clock() >= self._lease_ends:
                    raise
                _log.warning("%s It is tried again.", error.message)
                threading.Event().wait(_PATIENCE_SECONDS)

    def _settle_and_mark(
        self, connection: Connection, results: list[tuple[Marked, Result]]
    ) -> tuple[list[Marked], list[Ventende], datetime | None, bool]:
        worker, moment = self._worker, self._worker.clock()
        self._is_ours = window.take(
            connection, self._block, worker.worker_id, moment, worker.manners.lease
        )
        standing = hold(
            connection,
            [
                *(marked.prepared.letter.id for marked, _ in results),
                *(each.letter.id for each in self._prepared),
            ],
        )
        self._settle(connection, results, standing, moment)
        braked = self._look_at_brakes(connection, results, moment)
        if self._ends() or braked:
            self._prepared = []
            return [], [], None, braked
        self._lease_ends = moment + worker.manners.lease
        marked_now = self._mark(connection, standing, moment)
        if self._prepared:
            return marked_now, [], None, False
        most = _half(worker.manners.window)
        candidates, later = window.waiting(connection, self._block, moment, most)
        return marked_now, candidates, later, False

    def _look_at_brakes(
        self,
        connection: Connection,
        results: list[tuple[Marked, Result]],
        moment: datetime,
    ) -> bool:
        """Tell whether anything is to be left alone; forget a brake that a letter got past."""
        wire, brakes = self._worker.sender.wire, brake.brakes(connection)
        got_through = any(not isinstance(result, SdpError) for _, result in results)
        if got_through and wire in brakes and brakes[wire] <= moment:
            brake.release(connection, wire, moment)
        return any(brakes.get(name, moment) > moment for name in (wire, REGISTER))

    def _mark(
        self, connection: Connection, standing: dict[int, Standing], moment: datetime
    ) -> list[Marked]:
        # One whose answer is too old stays in the block, and is prepared again.
        fresh = [each for each in self._prepared if each.svar.is_fresh(moment)]
        room = self._worker.manners.window - self._attempts.under_way
        fresh, self._prepared = fresh[:room], fresh[room:]
        wire = self._worker.sender.wire
        marks = [window.mark(self._block, each.letter, each.vei, wire) for each in fresh]
        marked = move_each(connection, standing, marks, moment)
        return [Marked(each, each.letter.forsok + 1) for each in fresh if each.letter.id in marked]

    def _prepare(self, candidates: Sequence[Ventende]) -> list[Prepared]:
        """Read letters and decide their ways; those that can go no way are settled at once."""
        if not candidates:
            return []
        worker = self._worker
        candidates, refused = self._decrypted(candidates)
        with worker.database.read() as connection:
            written = worker.reader.load(connection, (each.innhold for each in candidates))
        stale = [each.person for each in candidates if not self._is_fresh(each.person)]
        if stale and not worker._look_up(stale):  # noqa: SLF001 - the same module
            return []
        prepared = []
        for letter, content in zip(candidates, written, strict=True):
            try:
                prepared.append(self._prepared_letter(letter, content))
            except SdpError as error:
                if isinstance(error, WireError) and worker.answers[letter.person].person:
                    worker.brake_register(error)
                    break
                refused.append((letter, judge(error, may_have_arrived=letter.may_have_arrived)))
        if refused:
            self._settle_refused(refused)
        return prepared

    def _decrypted(
        self, candidates: Sequence[Ventende]
    ) -> tuple[list[Ventende], list[tuple[Ventende, Utfall]]]:
        """Decrypt letters. One that was changed is refused, and the others go on."""
        vault = self._worker.database.vault
        readable: list[Ventende] = []
        refused: list[tuple[Ventende, Utfall]] = []
        for letter in candidates:
            try:
                person, innhold = vault.text("person", letter), vault.text("innhold", letter)
            except UnreadableLetterError as error:
                refused.append((letter, judge(error, may_have_arrived=letter.may_have_arrived)))
            else:
                if letter.nokkel_id is not None or person is None or innhold is None:
                    letter = letter._replace(person=person or "", innhold=innhold or "")  # noqa: PLW2901
                readable.append(letter)
        return readable, refused

    def _is_fresh(self, person: str) -> bool:
        svar = self._worker.answers.get(person)
        return svar is not None and svar.is_fresh(self._worker.clock())

    def _prepared_letter(self, letter: Ventende, written: Written) -> Prepared:
        brev = self._worker.reader.letter(
            written, konversasjons_id=letter.konversasjons_id, meldings_id=letter.meldings_id
        )
        if letter.ulest_grunn is not None:
            brev = with_opening_receipt(brev)
        svar = self._worker.answers[letter.person]
        vei = self._worker.sender.decide(svar, brev, on_paper=letter.is_on_paper)
        return Prepared(letter, brev, svar, vei)

    def _settle_refused(self, refused: Sequence[tuple[Ventende, Utfall]]) -> None:
        worker = self._worker
        with worker.database.write() as connection:
            window.refused_here(
                connection, self._block, refused, worker.clock(), worker.manners.times.backoff
            )

    def _settle(
        self,
        connection: Connection,
        results: list[tuple[Marked, Result]],
        standing: dict[int, Standing],
        moment: datetime,
    ) -> None:
        """Settle attempts, and write down how each of them ended."""
        moves, attempts = [], []
        for marked, result in results:
            move, utfall = self._settled(connection, marked, result, standing, moment)
            moves.append(move)
            outcome = (utfall or move).aarsak.value
            route = marked.prepared.vei.rute
            self._worker.telemetry.attempted(outcome, self._worker.sender.wire, route)
            attempts.append(
                {
                    "brev_id": move.brev_id,
                    "nr": marked.attempt,
                    "meldings_id": marked.prepared.letter.meldings_id,
                    "arbeider_id": self._worker.worker_id,
                    "ferdig": moment,
                    "utfall": outcome,
                    "feil": None if utfall is None else utfall.grunn,
                }
            )
        moved = move_each(connection, standing, moves, moment)
        late = [
            (marked.prepared.letter.id, marked.attempt, result)
            for marked, result in results
            if marked.prepared.letter.id not in moved and not isinstance(result, SdpError)
        ]
        window.add_evidence(connection, late)
        window.note_attempts(connection, attempts, moved)

    def _settled(
        self,
        connection: Connection,
        marked: Marked,
        result: Result,
        standing: dict[int, Standing],
        moment: datetime,
    ) -> tuple[Move, Utfall | None]:
        """Return what a result does to its letter, and what it means if it is an error."""
        letter, times = marked.prepared.letter, self._worker.manners.times
        digital = marked.prepared.vei.rute == "digital"
        frist = moment + (times.digital if digital else times.fysisk)
        if not isinstance(result, SdpError):
            return window.accepted(letter.id, marked.attempt, result, frist), None
        if isinstance(result, AlreadyReceivedError):
            return window.received_before(letter.id, marked.attempt, moment, frist), None
        judged = judge(result, may_have_arrived=letter.may_have_arrived)
        if judged.brakes:
            self._brake(connection, judged, result, moment)
        stands = standing[letter.id]
        move = window.failed(letter.id, marked.attempt, judged, stands, moment, times.backoff)
        return move, judged

    def _brake(
        self, connection: Connection, utfall: Utfall, error: SdpError, moment: datetime
    ) -> None:
        worker = self._worker
        if utfall.stops:
            worker.set_up_error = error
        brake.engage(
            connection,
            worker.sender.wire,
            moment,
            worker.manners.times.backoff,
            grunn=utfall.grunn,
            retry_after=utfall.retry_after,
            stops=utfall.stops,
        )


def _half(window: int) -> int:
    return max(1, window // 2)
