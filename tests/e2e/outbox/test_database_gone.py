"""A database that is gone or full while letters are on their way: told by name, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from sdp.domain import Dokument, Dokumentpakke
from sdp.errors import Fault, OutboxUnavailableError, Retry
from sdp.outbox import Outbox
from sdp.testmiljo import Testmiljo
from tests.documents import pdf
from tests.e2e.outbox.processes import claim_nothing_lost_or_doubled, people, until
from tests.e2e.outbox.test_many import small_disk  # noqa: F401 - a fixture
from tests.postgres import Server
from tests.unit.outbox.world import letter

Wire = Literal["ebms", "dpi"]

LETTERS = 30
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def testmiljo() -> Iterator[Testmiljo]:
    """A test environment that gives a receipt again soon after it could not be stored."""
    with Testmiljo.start(hidden_for=timedelta(seconds=2)) as miljo:
        yield miljo


@contextmanager
def at_work(miljo: Testmiljo, address: str, wire: Wire) -> Iterator[Outbox]:
    """An outbox that sends while the block runs, and has sent everything when it is over."""
    numbers = people(miljo, LETTERS)
    with Outbox.open(address, miljo.client_config(wire=wire)) as outbox:
        outbox.put_many((f"sak-{count}", number, letter()) for count, number in enumerate(numbers))
        statuses: list[object] = []
        worker = threading.Thread(
            target=lambda: statuses.append(outbox.run(until_empty=True, wait=120))
        )
        worker.start()
        try:
            until(lambda: len(miljo.letters) > 2)
            yield outbox
        except BaseException:
            outbox.stop()
            raise
        finally:
            worker.join()
        assert statuses, "the worker ended with an error"


def large() -> Dokumentpakke:
    content = pdf() + bytes(1_000_000)
    return Dokumentpakke(hoveddokument=Dokument.from_bytes(content, filnavn="a.pdf", tittel="A"))


def claim_told(error: OutboxUnavailableError, name: str) -> None:
    assert name in error.message
    assert "nothing was stored" in error.message.lower() or "does not answer" in error.message
    assert error.remedy
    assert (error.fault, error.retry) == (Fault.UNKNOWN, Retry.LATER)


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_a_server_that_stops_under_a_worker_is_named_and_loses_nothing(
    testmiljo: Testmiljo, postgres: Server, postgres_address: str, wire: Wire
) -> None:
    with at_work(testmiljo, postgres_address, wire) as outbox:
        postgres.stop_hard()
        try:
            with pytest.raises(OutboxUnavailableError) as told:
                outbox.put("one more", people(testmiljo, 1)[0], letter())
        finally:
            postgres.start()
        claim_told(told.value, outbox.database.name)

    database, _, host = postgres_address.removeprefix("postgresql://sdp@/").partition("?host=")
    assert told.value.message.startswith(f"The outbox {database} at {host} ")
    claim_nothing_lost_or_doubled(testmiljo, postgres_address, LETTERS)


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_a_disk_that_fills_up_under_a_worker_is_named_and_loses_nothing(
    testmiljo: Testmiljo,
    small_disk: Path,  # noqa: F811
    wire: Wire,
) -> None:
    address = str(small_disk / "post.db")
    filler = small_disk / "filler"
    with at_work(testmiljo, address, wire) as outbox:
        try:
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
            with pytest.raises(OutboxUnavailableError) as told:
                outbox.put("one more", people(testmiljo, 1)[0], letter(dokumentpakke=large()))
        finally:
            filler.unlink()
        claim_told(told.value, address)

    claim_nothing_lost_or_doubled(testmiljo, address, LETTERS)


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_a_file_that_is_taken_away_under_a_worker_is_told_and_the_letters_come_back_with_it(
    testmiljo: Testmiljo, tmp_path: Path, wire: Wire
) -> None:
    file, elsewhere = tmp_path / "post.db", tmp_path / "elsewhere.db"
    with at_work(testmiljo, str(file), wire) as outbox:
        file.rename(elsewhere)
        try:
            with pytest.raises(OutboxUnavailableError) as told:
                outbox.put("one more", people(testmiljo, 1)[0], letter())
        finally:
            elsewhere.rename(file)
        claim_told(told.value, str(file))

    claim_nothing_lost_or_doubled(testmiljo, str(file), LETTERS)
