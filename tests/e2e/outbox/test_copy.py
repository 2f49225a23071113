"""Outboxes that are moved between SQLite and PostgreSQL, by copies that die on the way too."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sdp.domain import Dokument, Dokumentpakke
from sdp.errors import ConfigurationError, OutboxError
from sdp.outbox import Outbox, OutboxSettings, Tilstand, copy_outbox, undo_copy
from sdp.outbox.closing import MOVED, MOVING
from sdp.outbox.database import Database
from sdp.outbox.migrating import migrate
from sdp.outbox.tables import metadata
from tests.documents import pdf
from tests.e2e.commands import command
from tests.e2e.outbox.processes import until
from tests.postgres import Server
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World, letter, person

KEY = "44" * 32
COUNT = 9

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def key(tmp_path: Path) -> str:
    (tmp_path / "key").write_text(KEY)
    return f"file:{tmp_path / 'key'}"


@pytest.fixture
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], str]:
    """Give the address of a database without an outbox."""

    def address(kind: str, name: str) -> str:
        if kind == "sqlite":
            return str(tmp_path / name)
        server: Server = request.getfixturevalue("postgres")
        return server.new_database()

    return address


@pytest.fixture
def world() -> World:
    return World(Clock())


def rig_of(address: str, world: World, key: str | None = None) -> Rig:
    if "://" in address:
        database = Database.open(address)
        migrate(database)
        database.close()
    return Rig(address, world, clock_of(world), key=key)


def clock_of(world: World) -> Clock:
    assert isinstance(world.clock, Clock)
    return world.clock


def put(outbox: Outbox, begin: int, end: int) -> None:
    for number in range(begin, end):
        pakke = Dokumentpakke(
            hoveddokument=Dokument.from_bytes(
                pdf() + f"% brev {number % 4}".encode(), filnavn="a.pdf", tittel="Vedtak"
            )
        )
        outbox.put(
            f"sak-{number}", person(number), letter(dokumentpakke=pakke), kampanje="skolestart"
        )


def half_sent(address: str, world: World, key: str | None = None) -> None:
    """Fill an outbox whose worker died when it had sent some of the letters."""
    rig = rig_of(address, world, key)
    put(rig.outbox, 0, 4)
    rig.work()
    rig.poll()
    put(rig.outbox, 4, COUNT)
    rig.dispatcher.step()  # a block that nobody sends
    rig.die()


def rows(address: str) -> Rows:
    """Everything in the tables, as it is stored."""
    database = Database.open(address)
    with database.read() as connection:
        found = {
            name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for name, table in metadata.tables.items()
        }
    database.close()
    return found


def version(address: str) -> str | None:
    database = Database.open(address)
    try:
        return database.version()
    finally:
        database.close()


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize(
    ("here", "there"), [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")]
)
def test_a_copy_holds_every_row_and_goes_on_where_the_source_was(
    new: Callable[[str, str], str],
    world: World,
    key: str,
    here: str,
    there: str,
    *,
    encrypted: bool,
) -> None:
    source, target = new(here, "post.db"), new(there, "moved.db")
    used = key if encrypted else None
    half_sent(source, world, used)
    before = rows(source)

    copied = copy_outbox(source, target)

    assert (copied.brev, copied.dokumenter) == (COUNT, 4)
    assert rows(target) == before
    assert encrypted is (person(5) not in repr(before))
    if encrypted:
        with pytest.raises(OutboxError, match="key"):
            Outbox.open(target)

    clock_of(world).forward(timedelta(minutes=5))
    rig = rig_of(target, world, used)
    put(rig.outbox, 0, COUNT + 2)  # those that are there already are known
    rig.work()
    rig.poll()
    states = set(rig.states().values())
    assert states <= {Tilstand.SENDT, Tilstand.LEVERT}
    assert len(rig.states()) == COUNT + 2
    assert len(world.taken) == len(set(world.taken)) == COUNT + 2
    rig.die()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_source_is_closed_for_whoever_has_it_open_too(
    new: Callable[[str, str], str], world: World, kind: str
) -> None:
    source, target = new(kind, "post.db"), new("sqlite", "moved.db")
    half_sent(source, world)
    with Outbox.open(source) as outbox:
        copy_outbox(source, target)
        for write in (
            lambda: put(outbox, 20, 21),
            lambda: outbox.cancel("sak-8"),
            lambda: outbox.campaign("en annen"),
            lambda: outbox.pause("skolestart"),
        ):
            with pytest.raises(OutboxError, match="moved to another database"):
                write()
    with pytest.raises(OutboxError, match="moved to another database"):
        Outbox.open(source)
    assert copy_outbox(source, target).var_ferdig
    with pytest.raises(OutboxError, match="moved to another database"):
        copy_outbox(source, new("sqlite", "elsewhere.db"))
    with pytest.raises(OutboxError, match="not in the middle"):
        undo_copy(source, target)


def test_a_target_that_holds_something_is_refused_and_nothing_is_touched(
    new: Callable[[str, str], str], world: World, key: str
) -> None:
    source, target = new("sqlite", "post.db"), new("sqlite", "moved.db")
    half_sent(source, world)
    half_sent(target, world, key)
    before, theirs = rows(source), rows(target)
    with pytest.raises(OutboxError, match="holds an outbox already"):
        copy_outbox(source, target)
    assert (rows(source), rows(target)) == (before, theirs)

    made_for_a_key = new("sqlite", "sealed.db")
    Outbox.open(made_for_a_key, settings=OutboxSettings(key=key)).close()
    with pytest.raises(OutboxError, match="another key"):
        copy_outbox(source, made_for_a_key)
    with Outbox.open(source) as outbox:
        put(outbox, 30, 31)


def test_a_source_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file"):
        copy_outbox(tmp_path / "post.db", tmp_path / "moved.db")
    assert not (tmp_path / "post.db").exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_worker_at_work_keeps_its_outbox_from_being_moved(
    new: Callable[[str, str], str], world: World, kind: str
) -> None:
    source, target = new(kind, "post.db"), new("sqlite", "moved.db")
    rig = rig_of(source, world)
    put(rig.outbox, 0, 2)
    with pytest.raises(OutboxError, match="worker is at work"):
        copy_outbox(source, target)
    rig.work()
    assert set(rig.states().values()) == {Tilstand.SENDT}
    rig.die()
    assert copy_outbox(source, target).brev == 2


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
def test_a_target_that_changes_a_row_is_found_and_keeps_nothing(
    new: Callable[[str, str], str], world: World, there: str
) -> None:
    source, target = new("sqlite", "post.db"), new(there, "moved.db")
    half_sent(source, world)
    before = rows(source)
    _change_rows_of(target)

    with pytest.raises(OutboxError, match="table brev of the target is not that of the source"):
        copy_outbox(source, target)

    assert rows(target)["brev"] == []
    assert version(source) == MOVING
    with pytest.raises(OutboxError, match="being moved"):
        Outbox.open(source)
    undo_copy(source, target)
    assert rows(source) == before
    with Outbox.open(source) as outbox:
        put(outbox, 40, 41)


def _change_rows_of(address: str) -> None:
    database = Database.open(address)
    migrate(database)
    with database.write() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql(
                "CREATE TRIGGER worse AFTER INSERT ON brev BEGIN"
                " UPDATE brev SET rang = rang + 1 WHERE id = NEW.id; END"
            )
        else:
            connection.exec_driver_sql(
                "CREATE FUNCTION worse() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN NEW.rang := NEW.rang + 1; RETURN NEW; END $$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER worse BEFORE INSERT ON brev FOR EACH ROW EXECUTE FUNCTION worse()"
            )
    database.close()


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("here", "there"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_copy_that_is_killed_anywhere_is_completed_by_the_same_command(
    new: Callable[[str, str], str],
    world: World,
    tmp_path: Path,
    here: str,
    there: str,
) -> None:
    source, target = new(here, "post.db"), new(there, "moved.db")
    half_sent(source, world)
    with Outbox.open(source) as outbox:
        outbox.put_many((f"mange-{number}", person(1), letter()) for number in range(2000))
    before = rows(source)
    chance, log = random.Random(20), tmp_path / "log"
    for _ in range(4):
        with command("outbox", "copy", source, target, log=log) as copying:
            until(lambda: version(source) == MOVING or not copying.is_running)
            time.sleep(chance.random())
        there_now = rows(target)["brev"] if version(target) else []
        assert there_now in ([], before["brev"]), "a part of it"
    with command("outbox", "copy", source, target, log=log) as copying:
        assert copying.wait() == 0, log.read_text()

    assert version(source) == MOVED
    assert rows(target) == before
    assert len(before["brev"]) == COUNT + 2000
    with Outbox.open(target) as outbox:
        assert outbox.put("ny", person(2), letter()).nokkel == "ny"
