"""The outbox: letters put in a second, its own CPU for each letter beside packing, and status.

Run it with `.venv/bin/python -m benchmarks.outbox`. What is compared is measured in the same run.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from sdp.outbox import Outbox
from sdp.outbox.tables import brev
from tests.unit.outbox.world import World, letter, person

_PUT = 20_000
_SENT = 2_000
_COUNTED = 1_000_000


def _now() -> datetime:
    return datetime.now(UTC)


def _put(folder: Path) -> float:
    letters = [(f"sak-{number}", person(0), letter()) for number in range(_PUT)]
    with Outbox.open(folder / "put.db", sender=World(_now)) as outbox:
        began = time.perf_counter()
        outbox.put_many(letters)
        return _PUT / (time.perf_counter() - began)


def _cpu_of_the_outbox(folder: Path) -> float:
    """Milliseconds of CPU for each letter with a sender that does nothing."""
    world = World(_now, levering_at_once=True)
    brev_ = letter()
    with Outbox.open(folder / "send.db", sender=world) as outbox:
        outbox.put_many((f"sak-{number}", person(0), brev_) for number in range(_SENT))
        began = time.process_time()
        outbox.run(until_empty=True)
        return (time.process_time() - began) / _SENT * 1e3


def _status(folder: Path) -> float:
    """Seconds for the status of a million letters."""
    with Outbox.open(folder / "status.db", sender=World(_now)) as outbox:
        outbox.put("first", person(0), letter())
        with outbox._database.write() as connection:  # noqa: SLF001 - a million puts take long
            columns = [column for column in brev.c if column.name not in _OWN]
            numbers = sa.text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                f"{_COUNTED - 1}) INSERT INTO brev (nokkel, meldings_id, konversasjons_id, "
                f"{', '.join(column.name for column in columns)}) SELECT 'n' || i, 'm' || i, "
                f"'k' || i, {', '.join(column.name for column in columns)} FROM brev, n"
            )
            connection.execute(numbers)
        began = time.perf_counter()
        assert outbox.status().total == _COUNTED
        return time.perf_counter() - began


_OWN = {"id", "nokkel", "meldings_id", "konversasjons_id"}


def main() -> int:
    """Measure, and print one line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = {
            "put_per_second": round(_put(folder)),
            "cpu_ms_per_letter": round(_cpu_of_the_outbox(folder), 2),
            "status_of_a_million_seconds": round(_status(folder), 3),
        }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
