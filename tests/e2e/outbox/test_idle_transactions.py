"""A process that stops in the middle of a transaction keeps nobody else waiting for good."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from sdp.errors import OutboxUnavailableError
from sdp.outbox import database as module
from sdp.outbox.database import Database
from sdp.outbox.tables import kampanje


@pytest.fixture
def opened(
    postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Database]]:
    """Open the outbox as a process of its own would; idle transactions end after a second."""
    monkeypatch.setattr(module, "_IDLE_SECONDS", 1)
    made: list[Database] = []

    def open_one() -> Database:
        made.append(Database.open(postgres_address))
        return made[-1]

    yield open_one
    for each in made:
        each.close()


@pytest.mark.parametrize("many", [False, True], ids=["one-row", "many-rows"])
def test_the_locks_of_a_process_that_is_stopped_in_a_transaction_are_taken_from_it(
    opened: Callable[[], Database], many: bool
) -> None:
    stopped, living = opened(), opened()
    rows = sa.select(kampanje).with_for_update()
    change = sa.update(kampanje).where(kampanje.c.id == sa.bindparam("of")).values(prioritet=1)

    def stop_halfway() -> None:
        with stopped.write() as held:
            held.execute(rows).all()
            if many:
                held.execute(change, [{"of": 1}, {"of": 2}])
            with living.write() as connection:  # waits for the lock
                assert connection.execute(rows).all()
            held.execute(rows)

    with pytest.raises(OutboxUnavailableError):
        stop_halfway()

    with stopped.write() as connection:  # on a new connection
        assert connection.execute(rows).all()


@pytest.mark.parametrize("kind", ["read", "write"])
def test_a_transaction_that_streams_may_take_its_time(
    opened: Callable[[], Database], kind: str
) -> None:
    database = opened()
    begin = database.read if kind == "read" else database.write
    with begin(streaming=True) as connection:
        before = connection.execute(sa.select(kampanje)).all()
        time.sleep(1.5)
        assert connection.execute(sa.select(kampanje)).all() == before
