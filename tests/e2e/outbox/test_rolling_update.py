"""A rolling update in the middle of a campaign: two processes, two versions of the schema."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from sdp.cli import main
from sdp.cli.app import run as run_command
from sdp.outbox import Outbox
from sdp.outbox.database import Database
from sdp.outbox.procrastinating import make_tables
from sdp.outbox.tables import HEAD, arbeider, forsok
from sdp.testmiljo import Testmiljo
from tests.e2e.commands import Started, write_to
from tests.e2e.outbox.processes import Workers, claim_nothing_lost_or_doubled, people, until
from tests.postgres import Server
from tests.unit.outbox.world import letter

# There is an index between this version and the newest, so that code of ours is code of either.
OLDER = "0004"


def migrate_to(address: str, version: str) -> None:
    database = Database.open(address)
    config = Config()
    config.set_main_option("script_location", "sdp.outbox:migrations")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    database.close()


def of_version(version: str, *arguments: object, log: Path) -> Started:
    """Start a command with code of a version of the schema, as a process of its own."""
    return Started(_of_version, version, [*map(str, arguments)], log)


def _of_version(version: str, arguments: list[str], log: Path) -> None:
    write_to(log)
    of_this_process = pytest.MonkeyPatch()
    for module in ("database", "migrating", "presence"):
        of_this_process.setattr(f"sdp.outbox.{module}.HEAD", version)
    sys.exit(main(arguments))


@pytest.fixture
def older(postgres: Server) -> str:
    """An outbox in PostgreSQL as the version before left it."""
    address = postgres.new_database()
    migrate_to(address, OLDER)
    database = Database.open(address)
    make_tables(database)
    database.close()
    return address


def put(address: str, numbers: range, miljo: Testmiljo) -> None:
    with Outbox.open(address) as outbox:
        outbox.put_many(
            (f"sak-{number}", someone, letter())
            for number, someone in zip(numbers, people(miljo, len(numbers)), strict=True)
        )


@pytest.mark.timeout(400)
def test_a_campaign_goes_on_while_the_workers_are_replaced(
    older: str, testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = testmiljo.write_config(tmp_path, wire="dpi")
    with monkeypatch.context() as before:
        before.setattr("sdp.outbox.database.HEAD", OLDER)
        put(older, range(20), testmiljo)
    log = tmp_path / "log"
    with of_version(OLDER, "outbox", "work", older, "--config", config, log=log) as old:
        until(lambda: len(testmiljo.letters) >= 5)
        assert run_command(["outbox", "migrate", older]) == 0
        put(older, range(20, 30), testmiljo)
        until(lambda: len(testmiljo.letters) == 30)  # the older code, on the newer schema

        workers = Workers(older, config, log)
        try:
            workers.start(wait=120.0)
            until(lambda: len(schemas(older, "arbeider")) == 2)
            old.signal(signal.SIGTERM)
            old.wait(within=120)
            put(older, range(30, 40), testmiljo)
            assert workers.finish(wait=120.0) == 0
        finally:
            workers.close()

    assert schemas(older, "forsok") == {OLDER, HEAD}, "both have sent letters"
    claim_nothing_lost_or_doubled(testmiljo, older, 40)


def schemas(address: str, seen_in: str) -> set[str]:
    """The versions of the workers that there have been, or that have tried letters."""
    query = sa.select(arbeider.c.skjema)
    if seen_in == "forsok":
        query = query.join_from(arbeider, forsok, forsok.c.arbeider_id == arbeider.c.id)
    database = Database.open(address)
    with database.read() as connection:
        found = set(connection.scalars(query))
    database.close()
    return found


def test_newer_code_refuses_an_older_schema_and_touches_nothing(
    older: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["outbox", "status", older, "--json"]) == 1

    told = json.loads(capsys.readouterr().out)["error"]
    assert (told["kind"], told["remedy"]) == (
        "OutboxSchemaError",
        "Run: sdp outbox migrate DATABASE",
    )
    database = Database.open(older)
    assert database.version() == OLDER
    database.close()


def test_older_code_is_refused_once_it_would_get_something_wrong(
    older: str, testmiljo: Testmiljo, tmp_path: Path
) -> None:
    config, log = testmiljo.write_config(tmp_path, wire="dpi"), tmp_path / "log"
    assert run_command(["outbox", "migrate", older]) == 0
    with of_version(OLDER, "outbox", "status", older, log=log) as reader:
        assert reader.wait(within=120) == 0, log.read_text()
    with Outbox.open(older) as outbox:
        outbox.print_unread("klage", 14, reason="Vedtaket har en klagefrist")

    with of_version(OLDER, "outbox", "work", older, "--config", config, log=log) as worker:
        assert worker.wait(within=120) == 1, log.read_text()
    assert "this library knows 0004" in log.read_text()
