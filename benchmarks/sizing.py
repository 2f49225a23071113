"""Needs of a letter that goes through an outbox over a wire: processor time, and database.

`python -m benchmarks.sizing` measures these alone, and writes them into the results and the page.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.outbox_worker import letters as letters_of_50_kb
from benchmarks.register import serving
from sdp import ClientConfig
from sdp.outbox import Outbox, Tilstand
from sdp.testmiljo.world.register import synthetic_people

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIRES = {"DPI": "sdp-dpi.toml", "ebMS": "sdp.toml"}
_PATIENCE = 300.0  # seconds without any letter moving

Needs = dict[str, float]


def measure(folder: Path, rounds: int, letters: int) -> dict[str, Needs]:
    """Send letters of 50 KB through an outbox on SQLite, over both wires in turn.

    Args:
        folder: for keys, configurations and databases.
        rounds: how often; each has a database of its own.
        letters: how many in a round.

    Returns:
        For each wire the medians for a letter: milliseconds of processor time, putting, the
        client and receipts included; bytes in the database when all are delivered; and bytes that
        stay when person and documents have been purged.
    """
    found: dict[str, list[Needs]] = {wire: [] for wire in _WIRES}
    with serving(folder):
        for number in range(rounds):
            for wire, config in _WIRES.items():
                database = folder / f"{wire}-{number}.db"
                found[wire].append(_through_an_outbox(folder / config, database, letters))
    return {wire: _medians(each) for wire, each in found.items()}


def _through_an_outbox(config: Path, database: Path, count: int) -> Needs:
    people = list(islice(synthetic_people(), count))
    written = letters_of_50_kb(count, own=True)
    with Outbox.open(database, ClientConfig.from_toml(config, environ={})) as outbox:
        empty, began = _used_bytes(database), time.process_time()
        outbox.put_many(zip(map(str, range(count)), people, written, strict=True))
        status = outbox.run(until_empty=True, wait=_PATIENCE)
        spent = time.process_time() - began
        if status.antall[Tilstand.LEVERT] != count:
            raise RuntimeError("not every letter was delivered")
        delivered = _used_bytes(database)
        outbox.purge(timedelta(0))
        purged = _used_bytes(database)
    return {
        "cpu_ms": spent / count * 1e3,
        "delivered_bytes": (delivered - empty) / count,
        "purged_bytes": (purged - empty) / count,
    }


def _used_bytes(database: Path) -> int:
    """Count the bytes of the pages that hold something; a purge leaves the others to be reused."""
    with closing(sqlite3.connect(database)) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def _medians(rounds: Iterable[Needs]) -> Needs:
    each = list(rounds)
    return {name: statistics.median(one[name] for one in each) for name in each[0]}


def main() -> None:
    """Measure, and write the page anew."""
    from benchmarks import page

    results = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="sdp-bench-") as name:
        results["sizing"] = measure(Path(name), results["rounds"], 200)
    page.RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    page.write(results)


if __name__ == "__main__":
    main()
