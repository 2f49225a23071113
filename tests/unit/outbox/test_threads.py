"""A worker has the threads of its settings and two, however many letters wait, and leaves none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sdp.outbox import Outbox, OutboxSettings, Tilstand
from tests.threads import Started
from tests.unit.outbox.world import World, letter, person

LETTERS = 200


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 3])
def test_a_worker_has_its_own_threads_and_one_for_sending_and_one_for_receipts(
    tmp_path: Path, started: Started, threads: int
) -> None:
    world = World(lambda: datetime.now(UTC), levering_at_once=True)
    settings = OutboxSettings(threads=threads)
    with Outbox.open(tmp_path / "post.db", sender=world, settings=settings) as outbox:
        outbox.put_many((f"sak-{number}", person(number), letter()) for number in range(LETTERS))
        status = outbox.run(until_empty=True, wait=120)

    assert status.antall[Tilstand.LEVERT] == LETTERS
    assert 3 <= started.ever <= threads + 2
    assert started.alive() == []
