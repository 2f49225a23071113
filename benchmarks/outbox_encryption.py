"""An outbox that is encrypted beside one that is not: letters put, and letters sent.

Run it with `.venv/bin/python -m benchmarks.outbox_encryption`. Each letter has a document of its
own, and the sender does nothing: all of the processor time, which is compared, is the outbox's.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sdp.domain import Brev, Dokument, Dokumentpakke
from sdp.outbox import Outbox, OutboxSettings
from tests.unit.outbox.world import World, letter, person

if TYPE_CHECKING:
    from collections.abc import Callable

_LETTERS: Final = 500
_DOCUMENT_BYTES: Final = 40_000

Seconds = dict[str, float]
"""Seconds of processor time of putting the letters and of sending them."""


def _now() -> datetime:
    return datetime.now(UTC)


def ratios(rounds: int, letters: int = _LETTERS) -> dict[str, list[float]]:
    """Measure each twice a round, A B B A, and compare their processor time.

    Returns:
        Encrypted over plain, one ratio a round, for `put` and for `send`.
    """
    found: dict[str, list[float]] = {"put": [], "send": []}
    with tempfile.TemporaryDirectory(prefix="sdp-bench-") as name:
        folder = Path(name)
        (folder / "key").write_text(os.urandom(32).hex())
        source = f"file:{folder / 'key'}"
        for number in range(rounds + 1):
            brev = [_letter(os.urandom(_DOCUMENT_BYTES)) for _ in range(letters)]
            a, b = (None, source) if number % 2 else (source, None)
            took = [(key, _seconds(folder, key, brev)) for key in (a, b, b, a)]
            for what, each in found.items() if number else ():  # the first is a warm-up
                encrypted = sum(seconds[what] for key, seconds in took if key)
                each.append(encrypted / sum(seconds[what] for key, seconds in took if not key))
    return found


def _letter(content: bytes) -> Brev:
    dokument = Dokument.from_bytes(b"%PDF-1.4\n" + content, filnavn="a.pdf", tittel="Vedtak")
    return letter(dokumentpakke=Dokumentpakke(hoveddokument=dokument))


def _seconds(folder: Path, key: str | None, letters: list[Brev]) -> Seconds:
    world = World(_now, levering_at_once=True)
    # What is gone in the end leaves no page to be written while the next one is timed.
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        Outbox.open(
            Path(own) / "outbox.db", sender=world, settings=OutboxSettings(key=key)
        ) as outbox,
    ):
        put = _cpu(
            lambda: outbox.put_many((f"sak-{n}", person(0), each) for n, each in enumerate(letters))
        )
        return {"put": put, "send": _cpu(lambda: outbox.run(until_empty=True))}


def _cpu(work: Callable[[], object]) -> float:
    gc.collect()  # each begins with no garbage of the one before
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> int:
    """Measure, and print one line of JSON."""
    found = ratios(11)
    shown = {what: sorted(round(ratio, 3) for ratio in each) for what, each in found.items()}
    print(json.dumps(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
