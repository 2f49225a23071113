"""Many letters through faults at every step, with threads, and what a worker costs in memory."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sdp.domain import Brev, Dokument, Dokumentpakke
from sdp.errors import OutboxUnavailableError
from sdp.outbox import Outbox, OutboxSettings, Tilstand, running, worker
from sdp.testmiljo.world.register import synthetic_people
from tests.documents import pdf
from tests.e2e.outbox.processes import until
from tests.unit.outbox.instant import Instant
from tests.unit.outbox.world import World, letter, person

LETTERS = 10_000
FAULTS = LETTERS // 50
FEW, MANY = 1_000, 3_000
SOON = timedelta(milliseconds=20)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.timeout(400)
def test_ten_thousand_letters_through_faults_end_in_the_right_states(tmp_path: Path) -> None:
    chance = random.Random(20)
    world = World(now, levering_at_once=True)
    faults = ["lost", "lost before", "not sent", "503", "429", "defect"]
    some = {number: chance.choice(faults) for number in chance.sample(range(LETTERS), FAULTS)}
    world.faults = [some.get(number, "") for number in range(LETTERS)]
    settings = OutboxSettings(first_wait=SOON, longest_wait=5 * SOON)
    brev, someone = letter(), person(0)
    with Outbox.open(tmp_path / "post.db", sender=world, settings=settings) as outbox:
        outbox.put_many((f"sak-{number}", someone, brev) for number in range(LETTERS))
        status = outbox.run(until_empty=True, wait=60)
        receipts = list(outbox.receipts())

    assert status.antall[Tilstand.LEVERT] == LETTERS, str(status)
    assert len(world.taken) == len(set(world.taken)) == LETTERS
    assert world.waiting == []
    assert sorted(world.confirmed) == sorted(each.meldings_id for each in receipts)
    assert all(each.bekreftet for each in receipts)


class Watched(World):
    """Notes how much memory the process has when letters arrive."""

    def _take_in(self, brev: Brev) -> None:
        super()._take_in(brev)
        self.resident[len(self.taken)] = _resident()

    @property
    def resident(self) -> dict[int, int]:
        found: dict[int, int] = self.__dict__.setdefault("_resident", {})
        return found


@pytest.mark.timeout(200)
def test_the_memory_of_a_worker_does_not_grow_with_its_letters(tmp_path: Path) -> None:
    world = Watched(now, levering_at_once=True)
    with Outbox.open(tmp_path / "post.db", sender=world) as outbox:
        outbox.put_many((f"sak-{number}", person(0), _large()) for number in range(1000))
        outbox.run(until_empty=True, wait=120)

    # What is remembered of documents is full by then; 150 MB of them go through afterwards.
    assert world.resident[1000] - world.resident[375] < 40_000_000


@pytest.mark.timeout(300)
def test_a_worker_remembers_nothing_of_letters_that_have_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is done for the first time only after ten seconds would be taken for growth.
    monkeypatch.setattr(running, "_STUCK_EVERY", 0.5)
    # Receipts are fetched often enough that the worker is soon done with what was put.
    monkeypatch.setattr(running, "_LONGEST_WHILE_SENDING", 0.1)
    # What is kept on purpose, of a few thousand people, is full before the first count.
    monkeypatch.setattr(worker, "_REMEMBERED_PEOPLE", 100)
    settings, numbers, brev = OutboxSettings(block=100), synthetic_people(), letter()
    file = tmp_path / "post.db"
    with Outbox.open(file, sender=Instant(), settings=settings) as outbox, at_work(outbox):

        def blocks_after(total: int) -> int:
            """Let the worker send until it has sent so many, and count what it holds at rest."""
            there = outbox.status().total
            outbox.put_many((f"sak-{n}", next(numbers), brev) for n in range(there, total))
            until(lambda: outbox.status().antall[Tilstand.LEVERT] == total)
            return _least_blocks()

        few, many = blocks_after(FEW), blocks_after(MANY)

    # A single value kept of each letter would be a block of memory more for each.
    assert many - few < (MANY - FEW) / 2


@contextmanager
def at_work(outbox: Outbox) -> Iterator[None]:
    """Let a worker go on for as long as the block lasts, whatever is put meanwhile."""
    working = threading.Thread(target=outbox.run)
    gc.freeze()  # what was there before is not gone through each time that garbage is looked for
    working.start()
    try:
        yield
    finally:
        outbox.stop()
        working.join()
        gc.unfreeze()


def _least_blocks() -> int:
    """Count blocks of memory, at the moment of ten when the worker's looks at rest hold fewest."""
    counts = []
    for _ in range(10):
        time.sleep(0.05)
        gc.collect()
        counts.append(sys.getallocatedblocks())
    return min(counts)


def _large() -> Brev:
    content = pdf() + random.randbytes(240_000)
    document = Dokument.from_bytes(content, filnavn="a.pdf", tittel="A")
    return letter(dokumentpakke=Dokumentpakke(hoveddokument=document))


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield small
    finally:
        subprocess.run(["umount", "-l", small], check=False)


def test_a_full_disk_stores_nothing_and_harms_nothing(small_disk: Path) -> None:
    world = World(now, levering_at_once=True)
    with Outbox.open(small_disk / "post.db", sender=world) as outbox:
        outbox.put("first", person(0), letter())
        with pytest.raises(OutboxUnavailableError, match="no room"):  # noqa: PT012
            for number in range(100):
                content = pdf() + random.randbytes(200_000)
                package = Dokumentpakke(
                    hoveddokument=Dokument.from_bytes(content, filnavn="a.pdf", tittel="A")
                )
                outbox.put(f"sak-{number}", person(1), letter(dokumentpakke=package))
        stored = outbox.status().total
        assert stored < 100
        subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
        assert outbox.run(until_empty=True, wait=60).antall[Tilstand.LEVERT] == stored
        assert len(set(world.taken)) == len(world.taken) == stored


class Filling(World):
    """Fills a disk when it has taken twenty letters, and makes room again two seconds later."""

    filler: Path
    was_full = False

    def _take_in(self, brev: Brev) -> None:
        super()._take_in(brev)
        if len(self.taken) == 20:
            with suppress(OSError), self.filler.open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
            self.was_full = True
            threading.Timer(2.0, self.filler.unlink).start()


def test_a_disk_that_fills_up_under_a_worker_loses_and_doubles_nothing(small_disk: Path) -> None:
    world = Filling(now, levering_at_once=True)
    world.filler = small_disk / "filler"
    with Outbox.open(small_disk / "post.db", sender=world) as outbox:
        outbox.put_many((f"sak-{number}", person(0), letter()) for number in range(200))
        status = outbox.run(until_empty=True, wait=60)

    assert world.was_full
    assert status.antall[Tilstand.LEVERT] == 200, str(status)
    assert len(set(world.taken)) == len(world.taken) == 200
