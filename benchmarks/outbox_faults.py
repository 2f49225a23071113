"""Letters through faults at every step, to real workers that are killed, stopped and resumed.

Run it with `make soak`, or `.venv/bin/python -m benchmarks.outbox_faults --letters 10000`. Letters
go over HTTPS to a test environment that gets answers of every kind wrong, on both wires and both
databases. What it received is held against the outbox, letter by letter, and each confirmation of
a receipt against the database at the moment when it comes. The exit code is 1 if anything is lost,
doubled, unconfirmed, confirmed too early or in a wrong state.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import sqlalchemy as sa

from sdp.outbox import Outbox, OutboxSettings, Tilstand
from sdp.outbox.database import Database, patiently
from sdp.outbox.migrating import migrate
from sdp.outbox.tables import kvittering
from sdp.testmiljo import (
    AcceptWithStatus,
    AnswerTwice,
    CutRequest,
    Delay,
    Ebms,
    ExpireToken,
    FailRestLookup,
    Fault,
    Kind,
    LoseAnswer,
    MoveDownloads,
    RefuseLookup,
    RefuseWithEbms,
    RefuseWithProblem,
    RefuseWithStatus,
    ReplayReceipt,
    RestDefect,
    SignWithStranger,
    Testmiljo,
    Traffic,
    TruncateAnswer,
)
from tests.e2e.commands import Started, work_by
from tests.postgres import Server, postgres_or_skip
from tests.unit.outbox.world import letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Wire = Literal["ebms", "dpi"]
Fate = Literal["digital", "print", "none"]

CASES: Final[tuple[tuple[str, Wire], ...]] = (
    ("sqlite", "ebms"),
    ("sqlite", "dpi"),
    ("postgresql", "ebms"),
    ("postgresql", "dpi"),
)
_PEOPLE: Final = 200
_WORKERS: Final = 2
_LEASE: Final = timedelta(seconds=3)
_HIDDEN_FOR: Final = timedelta(seconds=5)
_STOPPED_SECONDS: Final = _LEASE.total_seconds() + 1
_LOOK_SECONDS: Final = 0.1
_STILL_SECONDS: Final = 180.0

_UNSETTLED: Final = (Tilstand.KLAR, Tilstand.SENDES, Tilstand.UKJENT, Tilstand.SENDT)
_SETTINGS: Final = OutboxSettings(
    block=100,
    window=16,
    lease=_LEASE,
    untaken=_LEASE,
    first_wait=timedelta(milliseconds=200),
    longest_wait=timedelta(seconds=1),
)

_CONNECTION: Final[tuple[Fault, ...]] = (
    LoseAnswer(accepted=True),
    LoseAnswer(accepted=False),
    TruncateAnswer(60),
    RefuseWithStatus(503),
    Delay(0.5),
)
_REFUSALS: Final[dict[Wire, Fault]] = {
    "ebms": RefuseWithEbms(Ebms.VALUE_INCONSISTENT),
    "dpi": RefuseWithProblem(400),
}
"""Refusals of a letter for good: an error of its own, not of the wire."""

_FAULTS: Final[dict[Wire, dict[Traffic, tuple[Fault, ...]]]] = {
    "ebms": {
        Traffic.LETTER: (
            *_CONNECTION,
            CutRequest(2000),
            RefuseWithStatus(429),
            RefuseWithStatus(500),
            SignWithStranger(),
            AnswerTwice(),
            _REFUSALS["ebms"],
        ),
        Traffic.SIGNAL: (*_CONNECTION, SignWithStranger(), AnswerTwice()),
    },
    "dpi": {
        Traffic.LETTER: (
            *_CONNECTION,
            CutRequest(2000),
            RefuseWithStatus(429),
            RefuseWithStatus(500),
            ExpireToken(),
            AcceptWithStatus(200),
            _REFUSALS["dpi"],
        ),
        Traffic.RECEIPTS: (
            *_CONNECTION,
            SignWithStranger(),
            MoveDownloads(),
            ReplayReceipt(),
            AnswerTwice(),
            ExpireToken(),
        ),
        Traffic.READ: (*_CONNECTION, AcceptWithStatus(202), ExpireToken()),
    },
}
_BEFORE_SENDING: Final[dict[Traffic, tuple[Fault, ...]]] = {
    Traffic.TOKEN: _CONNECTION,
    Traffic.LOOKUP: (
        *_CONNECTION,
        RefuseLookup(503),
        RefuseLookup(429, retry_after=1),
        *map(FailRestLookup, RestDefect),
    ),
}


@dataclass
class Verdict:
    """Outcome of one case: what must be zero, and how much it went through."""

    database: str
    wire: Wire
    letters: int
    delivered: int = 0
    refused: int = 0
    no_way: int = 0
    receipts: int = 0
    attempts: int = 0
    faults: int = 0
    kills: int = 0
    stops: int = 0
    outages: int = 0
    seconds: float = 0.0
    lost: int = 0
    doubled: int = 0
    unconfirmed: int = 0
    confirmed_before_stored: int = 0
    wrong_state: int = 0

    @property
    def holds(self) -> bool:
        """True where nothing is lost, doubled, unconfirmed, confirmed too early or wrong."""
        return not any(
            (
                self.lost,
                self.doubled,
                self.unconfirmed,
                self.confirmed_before_stored,
                self.wrong_state,
            )
        )


class Confirmations:
    """Watch over the receipts that a test environment is told are stored.

    Args:
        miljo: the environment, whose queues are watched from now on.
        database: where each receipt must be at the moment of its confirmation.
    """

    def __init__(self, miljo: Testmiljo, database: Database) -> None:
        self.count = self.too_early = 0
        self._database = database
        self._confirmed: Counter[str] = Counter()
        queues: Any = miljo._world.queues  # noqa: SLF001 - nothing public tells of a confirmation
        innboks: Any = miljo.aksesspunkt._innboks  # noqa: SLF001 - the same
        queues.confirm = self._watching(queues.confirm)
        innboks.mark_read = self._watching(innboks.mark_read)

    def _watching(self, confirm: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def watched(receipt: Any) -> Any:
            self._look(receipt.konversasjons_id)
            return confirm(receipt)

        return watched

    def _look(self, konversasjons_id: str) -> None:
        self.count += 1
        self._confirmed[konversasjons_id] += 1
        stored = patiently(lambda: self._stored(konversasjons_id))
        self.too_early += stored < self._confirmed[konversasjons_id]

    def _stored(self, konversasjons_id: str) -> int:
        count = sa.select(sa.func.count()).where(kvittering.c.konversasjons_id == konversasjons_id)
        with self._database.read() as connection:
            return connection.scalar(count) or 0


@dataclass
class Workers:
    """Worker processes on one outbox, and what is done to them."""

    address: str
    config: Path
    log: Path
    running: list[Started] = field(default_factory=list)
    stopped: dict[Started, float] = field(default_factory=dict)

    def keep_running(self) -> None:
        """Start as many as there should be, and resume those that have been stopped for long."""
        for process, until in list(self.stopped.items()):
            if time.monotonic() >= until:
                process.signal(signal.SIGCONT)
                del self.stopped[process]
        self.running = [each for each in self.running if each.is_running]
        while len(self.running) < _WORKERS:
            self.running.append(work_by(_SETTINGS, self.address, self.config, log=self.log))

    def kill(self, chance: random.Random) -> None:
        """Kill one of them, without a word."""
        process = chance.choice(self.running)
        self.stopped.pop(process, None)
        process.kill()
        self.running.remove(process)

    def stop(self, chance: random.Random) -> bool:
        """Stop one of them past its lease; tell whether one was there to be stopped."""
        awake = [each for each in self.running if each not in self.stopped]
        if not awake:
            return False
        process = chance.choice(awake)
        process.signal(signal.SIGSTOP)
        self.stopped[process] = time.monotonic() + _STOPPED_SECONDS
        return True

    def close(self) -> None:
        """Kill what still runs."""
        for process in self.running:
            process.kill()
        self.running.clear()
        self.stopped.clear()


@dataclass(frozen=True)
class Pace:
    """Pace of what goes wrong, in letters that arrive and receipts that are confirmed.

    Attributes:
        fault: one fault to so many.
        strike: one kill, stop, outage or loss of all jobs to so many.
    """

    fault: int = 12
    strike: int = 100


@dataclass
class Soak:
    """One case: so many letters on one database over one wire."""

    miljo: Testmiljo
    address: str
    workers: Workers
    verdict: Verdict
    chance: random.Random
    pace: Pace = Pace()
    server: Server | None = None
    fates: dict[str, Fate] = field(default_factory=dict)
    refusals: int = 0

    def run(self) -> Verdict:
        """Put the letters, let them through, and judge."""
        began = time.monotonic()
        database = Database.open(self.address)
        migrate(database)
        confirmations = Confirmations(self.miljo, database)
        with Outbox.open(self.address) as outbox:
            self._put(outbox)
            self._disturb(outbox, confirmations)
            self.workers.close()
            self._judge(outbox)
        self.verdict.confirmed_before_stored = confirmations.too_early
        database.close()
        self.verdict.seconds = round(time.monotonic() - began, 1)
        return self.verdict

    def _put(self, outbox: Outbox) -> None:
        """Put every letter twice: the second time, each is known."""
        letters = list(self._letters())
        first, again = outbox.put_many(letters), outbox.put_many(letters)
        assert (first.nye, again.nye) == (len(letters), 0)

    def _letters(self) -> Iterator[tuple[str, str, Any]]:
        """Make letters of which 1 in 20 goes to print, and 1 in 40 can go no way."""
        reachable = [self.miljo.innbygger().personidentifikator for _ in range(_PEOPLE)]
        reserved = self.miljo.innbygger(kind=Kind.RESERVED).personidentifikator
        digital, printable = letter(), letter(printable=True)
        for number in range(self.verdict.letters):
            key = f"sak-{number}"
            match number % 40:
                case 7 | 27:
                    self.fates[key] = "print"
                    yield key, reserved, printable
                case 17:
                    self.fates[key] = "none"
                    yield key, reserved, digital
                case _:
                    self.fates[key] = "digital"
                    yield key, reachable[number % _PEOPLE], digital

    def _disturb(self, outbox: Outbox, confirmations: Confirmations) -> None:
        """Add faults and strike at workers as letters go through, until all are settled."""
        faulted = struck = done = 0
        moved = time.monotonic()
        while not self._is_settled(outbox):
            self.workers.keep_running()
            time.sleep(_LOOK_SECONDS)
            before, done = done, len(self.miljo.letters) + confirmations.count
            now = time.monotonic()
            moved = now if done > before else moved
            assert now - moved < _STILL_SECONDS, self.workers.log.read_text()[-2000:]
            while faulted <= done:
                self._add_fault()
                faulted += self.pace.fault
            if done >= struck + self.pace.strike:
                self._strike()
                struck = done

    def _is_settled(self, outbox: Outbox) -> bool:
        """Tell whether no letter waits to be sent or delivered, and no receipt to be confirmed."""
        if self.miljo.waiting_receipts or self.miljo.aksesspunkt.waiting_receipts:
            return False
        counted = patiently(outbox.status).antall
        return not any(counted[each] for each in _UNSETTLED)

    def _add_fault(self) -> None:
        kinds = _FAULTS[self.verdict.wire] | _BEFORE_SENDING
        on = self.chance.choice(tuple(kinds))
        if sum(traffic is on for _, traffic in self.miljo.faults.waiting) >= 5:
            return  # such requests are rare, and enough of them go wrong
        fault = self.chance.choice(kinds[on])
        self.refusals += fault is _REFUSALS[self.verdict.wire]
        self.miljo.faults.add(fault, on=on)
        self.verdict.faults += 1

    def _strike(self) -> None:
        """Kill a worker, or stop it past its lease; on PostgreSQL, now and then the database."""
        match self.chance.randrange(10):
            case 0 if self.server is not None:
                self.server.stop_hard()
                self.server.start()
                self.verdict.outages += 1
            case 1 if self.server is not None:
                self._delete_jobs()
            case 2 | 3:
                self.verdict.stops += self.workers.stop(self.chance)
            case _:
                self.workers.kill(self.chance)
                self.verdict.kills += 1

    def _delete_jobs(self) -> None:
        database = Database.open(self.address)
        with database.write() as connection:
            connection.execute(sa.text("TRUNCATE procrastinate_jobs CASCADE"))
        database.close()

    def _judge(self, outbox: Outbox) -> None:
        verdict = self.verdict
        arrived = Counter(each.konversasjons_id for each in self.miljo.letters)
        printed = {each.konversasjons_id for each in self.miljo.letters if each.is_print}
        verdict.doubled = sum(count - 1 for count in arrived.values())
        verdict.receipts = sum(1 for _ in outbox.receipts())
        verdict.unconfirmed = len(self.miljo.waiting_receipts)
        verdict.unconfirmed += len(self.miljo.aksesspunkt.waiting_receipts)
        for post in outbox.letters():
            fate, has_arrived = self.fates.pop(post.nokkel), post.konversasjons_id in arrived
            verdict.attempts += post.forsok
            match has_arrived, post.tilstand:
                case True, Tilstand.LEVERT:
                    verdict.delivered += 1
                    is_print = post.konversasjons_id in printed
                    verdict.wrong_state += is_print is not (fate == "print")
                case False, Tilstand.AVVIST if fate == "none":
                    verdict.no_way += 1
                case False, Tilstand.AVVIST | Tilstand.UAVKLART if fate != "none":
                    verdict.refused += 1
                case True, _:
                    verdict.wrong_state += 1
                case _:
                    verdict.lost += 1
        verdict.lost += len(self.fates) + max(0, verdict.refused - self.refusals)


def soak(
    kind: str,
    wire: Wire,
    letters: int,
    *,
    server: Server | None = None,
    pace: Pace = Pace(),
    seed: int = 16,
) -> Verdict:
    """Let letters through faults on a database, `sqlite` or `postgresql`, over a wire.

    Args:
        kind: which database.
        wire: over which wire.
        letters: how many.
        server: the PostgreSQL that is stopped hard now and then.
        pace: how often something goes wrong.
        seed: of what happens when.
    """
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="sdp-soak-")))
        miljo = undo.enter_context(Testmiljo.start(hidden_for=_HIDDEN_FOR))
        config = miljo.write_config(folder / "config", wire=wire)
        address = str(folder / "post.db") if server is None else server.new_database()
        workers = Workers(address, config, folder / "workers.log")
        undo.callback(workers.close)
        verdict = Verdict(kind, wire, letters)
        chance = random.Random(seed)
        return Soak(miljo, address, workers, verdict, chance, pace, server).run()


def main() -> int:
    """Run every case, and print a line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000, help="in all four cases together")
    parser.add_argument("--seed", type=int, default=16)
    given = parser.parse_args()
    held = True
    with ExitStack() as undo:
        server = postgres_or_skip()
        undo.callback(server.close)
        for kind, wire in CASES:
            verdict = soak(
                kind,
                wire,
                given.letters // len(CASES),
                server=server if kind == "postgresql" else None,
                seed=given.seed,
            )
            held = held and verdict.holds
            print(json.dumps(asdict(verdict)), flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
