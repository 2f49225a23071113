"""A worker has the threads of its settings and two, however many letters wait, and leaves none."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sdp.errors import OutboxUnavailableError
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


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_where_no_thread_can_be_started_it_is_told_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    world = World(lambda: datetime.now(UTC), levering_at_once=True)
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def limited(thread: threading.Thread) -> None:
        if len(started) == allowed:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    with Outbox.open(tmp_path / "post.db", sender=world) as outbox:
        outbox.put("sak-1", person(0), letter())
        with monkeypatch.context() as limits:
            limits.setattr(threading.Thread, "start", limited)
            with pytest.raises(OutboxUnavailableError, match="no more threads") as told:
                outbox.run(until_empty=True, wait=120)
        assert "try again" in told.value.remedy
        assert outbox.run(until_empty=True, wait=120).antall[Tilstand.LEVERT] == 1
    assert len(world.taken) == 1
