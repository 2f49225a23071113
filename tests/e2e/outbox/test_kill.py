"""Processes that die, stop and come back, at moments that nobody chose."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from sdp.outbox import Outbox, OutboxSettings, Tilstand
from sdp.testmiljo import Testmiljo
from tests.documents import pdf
from tests.e2e.commands import Started, command, work, work_by
from tests.e2e.outbox.processes import (
    Workers,
    claim_nothing_lost_or_doubled,
    people,
    until,
)
from tests.postgres import Server
from tests.unit.outbox.world import letter

LETTERS = 120
KILLS = 10
LETTERS_PUT = 1500


@pytest.fixture
def testmiljo() -> Iterator[Testmiljo]:
    """A test environment that gives a receipt again soon after its reader has died."""
    with Testmiljo.start(hidden_for=timedelta(seconds=2)) as miljo:
        yield miljo


def put(testmiljo: Testmiljo, address: str, count: int = LETTERS) -> None:
    with Outbox.open(address) as outbox:
        outbox.put_many(
            (f"sak-{number}", person, letter())
            for number, person in enumerate(people(testmiljo, count))
        )


@pytest.fixture
def ended() -> Iterator[list[Started]]:
    """A list of processes, each of which is killed in the end if it still runs."""
    started: list[Started] = []
    yield started
    for each in started:
        each.kill()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("wire", ["ebms", "dpi"])
@pytest.mark.parametrize(("kind", "at_once"), [("sqlite", 1), ("postgresql", 2)])
def test_workers_killed_ten_times_lose_and_double_nothing(
    testmiljo: Testmiljo,
    new_address: Callable[[str], str],
    tmp_path: Path,
    ended: list[Started],
    kind: str,
    wire: Literal["ebms", "dpi"],
    at_once: int,
) -> None:
    address, log = new_address(kind), tmp_path / "workers.log"
    config = testmiljo.write_config(tmp_path / "config", wire=wire)
    put(testmiljo, address)
    chance = random.Random(16)
    for _ in range(KILLS):
        before = len(testmiljo.letters)
        running = [each for each in ended if each.is_running]
        ended += [work(address, config, log=log) for _ in range(at_once - len(running))]
        until(lambda: len(testmiljo.letters) > before or before == LETTERS)  # noqa: B023
        time.sleep(chance.random() / 10)
        chance.choice(ended[-at_once:]).kill()
    for each in ended:
        each.kill()

    ended.append(work(address, config, log=log))
    assert ended[-1].wait() == 0, log.read_text()
    claim_nothing_lost_or_doubled(testmiljo, address, LETTERS)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "wire"), [("sqlite", "dpi"), ("postgresql", "ebms")])
def test_the_letters_of_a_worker_that_died_for_good_are_sent_by_a_living_one(
    testmiljo: Testmiljo,
    new_address: Callable[[str], str],
    tmp_path: Path,
    ended: list[Started],
    kind: str,
    wire: Literal["ebms", "dpi"],
) -> None:
    address, log = new_address(kind), tmp_path / "workers.log"
    config = testmiljo.write_config(tmp_path / "config", wire=wire)
    put(testmiljo, address, 60)
    dead = work(address, config, log=log)
    ended.append(dead)
    until(lambda: len(testmiljo.letters) > 3)
    living = work(address, config, log=log)
    ended.append(living)
    dead.kill()

    assert living.wait() == 0, log.read_text()
    claim_nothing_lost_or_doubled(testmiljo, address, 60)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_put_killed_ten_times_stores_each_letter_once(
    testmiljo: Testmiljo,
    new_address: Callable[[str], str],
    tmp_path: Path,
    ended: list[Started],
    kind: str,
) -> None:
    address, log = new_address(kind), tmp_path / "put.log"
    config = testmiljo.write_config(tmp_path / "config")
    person = people(testmiljo, 1)[0]
    (tmp_path / "a.pdf").write_bytes(pdf())
    rows = [f"{person};sak-{number};a.pdf" for number in range(LETTERS_PUT)]
    (tmp_path / "letters.csv").write_text("\n".join(["fnr;key;file", *rows]))
    arguments = [
        *("outbox", "put", address, str(tmp_path / "letters.csv"), "--config", str(config)),
        *("--document", "file", "--folder", str(tmp_path), "--title", "Brev"),
    ]

    # Two are killed as soon as a batch is stored, and the others at moments that nobody chose.
    chance = random.Random(16)
    with Outbox.open(address) as outbox:
        for enough in (*[0] * (KILLS - 2), 1, 1001):
            ended.append(command(*arguments, log=log))
            until(lambda: outbox.status().total >= enough)  # noqa: B023
            time.sleep(0 if enough else chance.random())
            ended[-1].kill()
    ended.append(command(*arguments, log=log))
    assert ended[-1].wait() == 0, log.read_text()

    with Outbox.open(address) as outbox:
        posts = list(outbox.letters())
    assert {post.nokkel for post in posts} == {f"sak-{number}" for number in range(LETTERS_PUT)}
    assert len({post.meldings_id for post in posts}) == len(posts) == LETTERS_PUT


@pytest.mark.timeout(400)
def test_a_worker_stopped_past_its_lease_and_resumed_doubles_nothing(
    testmiljo: Testmiljo, postgres_address: str, tmp_path: Path
) -> None:
    put(testmiljo, postgres_address)
    config, log = testmiljo.write_config(tmp_path / "config", wire="dpi"), tmp_path / "log"
    lease = timedelta(seconds=3)
    settings = OutboxSettings(lease=lease, untaken=lease, block=40)

    def started() -> Started:
        return work_by(settings, postgres_address, config, log=log, wait=60)

    with started() as first:
        until(lambda: len(testmiljo.letters) > 5)
        first.signal(signal.SIGSTOP)
        with started() as second:
            until(lambda: len(testmiljo.letters) > LETTERS - 5)
            first.signal(signal.SIGCONT)
            assert second.wait(within=150) == 0, log.read_text()
            assert first.wait(within=150) == 0, log.read_text()
    claim_nothing_lost_or_doubled(testmiljo, postgres_address, LETTERS)


@pytest.mark.timeout(400)
def test_jobs_that_are_all_deleted_and_a_database_stopped_hard_lose_nothing(
    testmiljo: Testmiljo,
    postgres: Server,
    postgres_address: str,
    workers: Callable[[str, str], Workers],
) -> None:
    import psycopg

    put(testmiljo, postgres_address)
    work = workers(postgres_address, "dpi")
    work.start(wait=60)
    work.start(wait=60)
    until(lambda: len(testmiljo.letters) > 10)
    with psycopg.connect(postgres_address) as connection:
        jobs = connection.execute("SELECT args::text FROM procrastinate_jobs").fetchall()
        assert all(set(job[0]) <= set('{"block": 0123456789}') for job in jobs), jobs
        connection.execute("TRUNCATE procrastinate_jobs CASCADE")
    postgres.stop_hard()
    time.sleep(1)
    postgres.start()
    for process in list(work.running):
        assert process.wait(within=150) == 0, work.log.read_text()

    claim_nothing_lost_or_doubled(testmiljo, postgres_address, LETTERS)
    with Outbox.open(postgres_address) as outbox:
        assert outbox.status().antall[Tilstand.LEVERT] == LETTERS
