"""Migrations from every earlier version of the schema, with letters in it, on either database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sdp.domain import Leveringskvittering
from sdp.errors import OutboxSchemaError
from sdp.outbox import Outbox, Tilstand
from sdp.outbox.database import Database
from sdp.outbox.migrating import migrate
from sdp.outbox.tables import HEAD, metadata
from tests.postgres import Server
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World, letter, person, receipt

CONFIG = Config()
CONFIG.set_main_option("script_location", "sdp.outbox:migrations")
EARLIER = [
    script.revision
    for script in ScriptDirectory.from_config(CONFIG).walk_revisions()
    if script.revision != HEAD
]
OWN = {"lager", "arbeider"}
"""Tables that say something of the version itself, or of processes that are gone."""


@pytest.fixture
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Give the address of a database of a kind without any tables."""

    def address(kind: str) -> str:
        if kind == "sqlite":
            return str(tmp_path / "old.db")
        server: Server = request.getfixturevalue("postgres")
        return server.new_database()

    return address


def letters_of_every_kind(rig: Rig) -> None:
    """Leave letters that wait, are delivered, refused, cancelled and unknown."""
    keys = ("delivered", "refused", "unknown")
    rig.outbox.put_many((key, person(at), letter()) for at, key in enumerate(keys))
    rig.world.faults = ["", "refused", "lost"]
    rig.work()
    came = receipt(Leveringskvittering, rig.outbox.post("delivered").konversasjons_id)
    rig.world.waiting = [came]
    rig.poll()
    rig.outbox.put("cancelled", person(3), letter(), kampanje="k")
    rig.outbox.cancel("cancelled")
    rig.outbox.put("waits", person(4), letter(printable=True), kampanje="k")


def make_old(address: str, revision: str, source: Database) -> None:
    """Make a database of an earlier version, with the rows of a new one as far as it has room."""
    target = Database.open(address)
    with target.write() as connection:
        CONFIG.attributes["connection"] = connection
        command.upgrade(CONFIG, revision)
    with source.read() as reading, target.write() as connection:
        there = sa.inspect(connection)
        tables = [each for each in metadata.sorted_tables if there.has_table(each.name)]
        for table in reversed(tables):
            if table.name not in OWN:
                connection.execute(sa.delete(table))
        for table in tables:
            columns = [column["name"] for column in there.get_columns(table.name)]
            rows = [] if table.name in OWN else reading.execute(sa.select(table)).mappings().all()
            if rows:
                kept = [{name: row[name] for name in columns} for row in rows]
                connection.execute(sa.insert(table), kept)
            if not target.is_sqlite and "id" in columns:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
                    f" coalesce((SELECT max(id) FROM {table.name}), 1))"
                )
    target.close()


@pytest.mark.parametrize("revision", EARLIER)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_letters_of_every_earlier_version_are_kept_and_sent_after_the_migration(
    empty_address: Callable[[str], str], tmp_path: Path, kind: str, revision: str
) -> None:
    clock = Clock()
    world = World(clock)
    new = Rig(tmp_path / "new.db", world, clock)
    letters_of_every_kind(new)
    before = new.states()
    address = empty_address(kind)
    make_old(address, revision, new.database)
    new.die()

    if kind == "postgresql":
        with pytest.raises(OutboxSchemaError, match="sdp outbox migrate"):
            Outbox.open(address)
        database = Database.open(address)
        assert migrate(database)
        database.close()
    old = Rig(address, world, clock)

    assert old.database.version() == HEAD
    with old.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        found = [
            each for each in compare_metadata(context, metadata) if "procrastinate" not in str(each)
        ]
    assert found == []
    assert old.states() == before
    assert len(old.outbox.show("delivered").kvitteringer) == 1
    clock.moment = clock.moment.replace(hour=12)
    old.work()
    ends = before | {"waits": Tilstand.SENDT, "unknown": Tilstand.SENDT}
    assert old.states() == ends
    assert len(world.taken) == len(set(world.taken)) == 3
    old.outbox.put("new", person(5), letter())
    old.work()
    assert old.state("new") is Tilstand.SENDT
    old.die()
