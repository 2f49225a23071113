from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from sdp.outbox.database import Database
from sdp.outbox.migrating import migrate
from sdp.testmiljo import Testmiljo
from tests.e2e.outbox.processes import Workers
from tests.postgres import Server, postgres_or_skip


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Iterator[Server]:
    server = postgres_or_skip(is_frugal=True, template=run_folder / "postgres")
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def migrated(postgres: Server) -> str:
    """The name of a database with an empty outbox, to be copied."""
    address = postgres.new_database()
    database = Database.open(address)
    migrate(database)
    database.close()
    name = make_url(address).database
    assert name is not None
    return name


@pytest.fixture
def postgres_address(postgres: Server, migrated: str) -> str:
    """An empty outbox in PostgreSQL."""
    return postgres.new_database(copy_of=migrated)


@pytest.fixture
def new_address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Give the address of an empty outbox of a kind: sqlite or postgresql."""

    def address(kind: str) -> str:
        if kind == "sqlite":
            return str(tmp_path / "post.db")
        found: str = request.getfixturevalue("postgres_address")
        return found

    return address


@pytest.fixture
def workers(testmiljo: Testmiljo, tmp_path: Path) -> Iterator[Callable[[str, str], Workers]]:
    """Make the workers of an outbox on a wire; all processes of theirs are gone afterwards."""
    made: list[Workers] = []
    folder = testmiljo.write_config(tmp_path / "config").parent

    def make(address: str, wire: str) -> Workers:
        name = "sdp.toml" if wire == "ebms" else "sdp-dpi.toml"
        made.append(Workers(address, folder / name, tmp_path / "workers.log"))
        return made[-1]

    yield make
    for each in made:
        each.close()
