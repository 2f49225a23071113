"""The outbox: letters put in a second, its own CPU beside packing, status, two workers, and growth.

Run it alone with `.venv/bin/python -m benchmarks.outbox`. What is compared is measured in turn in
one run, and every worker is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa

from benchmarks.measured import Measured
from benchmarks.outbox_worker import letters
from sdp.outbox import Outbox
from sdp.outbox.database import Database
from sdp.outbox.migrating import migrate
from sdp.outbox.tables import brev
from sdp.testmiljo.world.register import synthetic_people
from tests.postgres import postgres_or_skip
from tests.unit.outbox.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT: Final = Path(__file__).parents[1]
_PUT: Final = 20_000
_COUNTED: Final = 1_000_000
_BY_ITSELF: Final = 2_000
_OVER_A_WIRE: Final = 1_500
_BY_TWO: Final = 2_000
_GROWTH: Final = (1_000, 10_000, 100_000)
_MIB: Final = 2**20
_OF_THEIR_OWN: Final = {"id", "nokkel", "meldings_id", "konversasjons_id"}

Spread = tuple[float, float, float]


def outbox(pairs: int, scale: int = 1) -> Iterator[Measured]:
    """Measure everything about the outbox; `scale` divides the numbers of letters."""
    yield from _put(pairs, _PUT // scale)
    yield from _beside_packing(pairs, _BY_ITSELF // min(scale, 10))
    yield from _over_the_wires(pairs, _OVER_A_WIRE // min(scale, 10))
    yield Measured("outbox: status of a million letters, s", *_status(pairs), 1.0, 0.5)
    yield from _two_workers(pairs, _BY_TWO)
    yield from _growth([max(count // scale, 500) for count in _GROWTH])


def _put(pairs: int, count: int) -> Iterator[Measured]:
    (letter,) = letters(1, own=False)
    given = [(f"sak-{n}", who, letter) for n, who in enumerate(islice(synthetic_people(), count))]
    wall, cpu = [], []
    for _ in range(pairs):
        with (
            tempfile.TemporaryDirectory() as name,
            Outbox.open(f"{name}/put.db", sender=Instant()) as box,
        ):
            began, spent = time.perf_counter(), time.process_time()
            box.put_many(given)
            wall.append(count / (time.perf_counter() - began))
            cpu.append(count / (time.process_time() - spent))
    yield Measured(
        "outbox: put on SQLite, letters/s", *_spread(wall), 10_000, 12_000, at_least=True
    )
    yield Measured("the same, letters/CPU s", *_spread(cpu), 10_000, 12_000, at_least=True)


def _beside_packing(pairs: int, count: int) -> Iterator[Measured]:
    """CPU of a worker whose sending and receipts cost nothing, over that of packing its letters."""
    for documents in ("shared", "own"):
        ratios = []
        for _ in range(pairs):
            found = _worker("itself", count, documents)
            ratios.append(found["own"] / found["packing"])
        what = f"outbox: own cpu / packing, {documents} documents"
        yield Measured(what, *_spread(ratios), 1.0, 0.8)


def _over_the_wires(pairs: int, count: int) -> Iterator[Measured]:
    """CPU of a worker less that of its client, over that of packing its letters in the same run.

    Beside it, without a verdict: the same over that of packing alone, one letter after another.
    """
    with tempfile.TemporaryDirectory() as name, _receiving_side(Path(name)):
        for wire, config in (("DPI", "sdp-dpi.toml"), ("ebMS", "sdp.toml")):
            for documents in ("shared", "own"):
                own, to_alone = [], []
                for _ in range(pairs):
                    found = _worker("wire", f"{name}/{config}", count, documents)
                    own.append(found["own"] / found["packed"])
                    to_alone.append(found["own"] / found["packing"])
                what = f"outbox over {wire}: own cpu / packing, {documents} documents"
                yield Measured(what, *_spread(own), 1.0, 0.8)
                what = f"own cpu / packing alone, {wire}, {documents} documents"
                yield Measured(what, *_spread(to_alone))


def _status(pairs: int) -> Spread:
    with (
        tempfile.TemporaryDirectory() as name,
        Outbox.open(f"{name}/status.db", sender=Instant()) as box,
    ):
        (letter,) = letters(1, own=False)
        box.put("first", next(synthetic_people()), letter)
        _multiply(box)
        seconds = []
        for _ in range(pairs):
            began = time.perf_counter()
            if box.status().total != _COUNTED:
                raise RuntimeError("a million letters were not counted")
            seconds.append(time.perf_counter() - began)
    return _spread(seconds)


def _multiply(box: Outbox) -> None:
    """Write the one letter a million times over: to put so many takes long."""
    same = ", ".join(column.name for column in brev.c if column.name not in _OF_THEIR_OWN)
    with box._database.write() as connection:  # noqa: SLF001
        connection.execute(
            sa.text(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                f"{_COUNTED - 1}) INSERT INTO brev (nokkel, meldings_id, konversasjons_id, {same}) "
                f"SELECT 'n' || i, 'm' || i, 'k' || i, {same} FROM brev, n"
            )
        )


def _two_workers(pairs: int, count: int) -> Iterator[Measured]:
    """Letters a second of two workers over those of one; each letter is packed, and answered.

    The answers come after 40 ms, as from another machine, and take no processor here.
    """
    ratios = []
    try:
        server = postgres_or_skip()
    except pytest.skip.Exception as reason:
        print(f"two workers are left out: {reason}", file=sys.stderr)
        return
    with closing(server):
        for _ in range(pairs):
            one, two = (_rate(server.new_database(), workers, count) for workers in (1, 2))
            ratios.append(two / one)
    yield Measured(
        "outbox: two workers / one, PostgreSQL", *_spread(ratios), 1.6, 1.8, at_least=True
    )


def _rate(address: str, workers: int, count: int) -> float:
    with closing(Database.open(address)) as database:
        migrate(database)
    with Outbox.open(address, sender=Instant()) as box:
        (letter,) = letters(1, own=False)
        people = islice(synthetic_people(), count)
        box.put_many((f"sak-{n}", who, letter) for n, who in enumerate(people))
    started = [_start("paced", address) for _ in range(workers)]
    try:
        for process in started:
            process.stdout.readline()
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        found = [json.loads(process.stdout.readline()) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    if sum(each["count"] for each in found) != count:
        raise RuntimeError("not every letter was sent once")
    ended, began = max(each["ended"] for each in found), min(each["began"] for each in found)
    return float(count / (ended - began))


def _growth(counts: list[int]) -> Iterator[Measured]:
    found = [_worker("growth", count) for count in counts]
    for count, each in zip(counts, found, strict=True):
        cpu, memory = each["cpu"] * 1e3, each["resident"] / _MIB
        yield Measured(f"outbox: {count} letters, cpu of each, ms", cpu, cpu, cpu)
        yield Measured(
            f"outbox: {count} letters, memory of the worker, MiB", memory, memory, memory
        )
    grown = (found[-1]["resident"] - found[0]["resident"]) / _MIB
    what = f"outbox: memory, {counts[-1]} letters - {counts[0]}, MiB"
    yield Measured(what, grown, grown, grown, 32, 24)


@contextmanager
def _receiving_side(folder: Path) -> Iterator[None]:
    """Serve a test environment that knows everybody, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.register", str(folder)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        try:
            if served.stdout is None or served.stdout.readline().strip() != "ready":
                raise RuntimeError("the test environment did not start")
            yield
        finally:
            served.terminate()


def _worker(*arguments: object) -> dict[str, float]:
    process = _start(*arguments)
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"a worker ended with {process.returncode}")
    found: dict[str, float] = json.loads(said)
    return found


def _start(*arguments: object) -> Any:
    command = [sys.executable, "-m", "benchmarks.outbox_worker", *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=_ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)


def _spread(found: list[float]) -> Spread:
    return min(found), statistics.median(found), max(found)


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outbox")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pairs", type=int, default=3)
    chosen = parser.parse_args()
    for one in outbox(1 if chosen.quick else chosen.pairs, 20 if chosen.quick else 1):
        targets = "" if one.must is None else f"must {one.must:g}, aim {one.aim:g}: {one.verdict}"
        print(f"{one.what}: {one.low:.2f} {one.median:.2f} {one.high:.2f} {targets}", flush=True)


if __name__ == "__main__":
    main()
