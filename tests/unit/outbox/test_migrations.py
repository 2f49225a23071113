from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sdp.errors import ConfigurationError
from sdp.outbox import Outbox
from sdp.outbox.database import Database
from sdp.outbox.migrating import migrate
from sdp.outbox.tables import HEAD, metadata


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "post.db")
    assert migrate(database)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, metadata)
    database.close()

    assert differences == []


def test_the_newest_migration_is_the_version_that_the_code_names() -> None:
    folder = Path(__file__).parents[3] / "sdp" / "outbox" / "migrations"

    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "post.db")
    migrate(database)

    assert not migrate(database)
    assert database.version() == HEAD
    database.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX has such files")
def test_what_is_no_file_is_refused_and_keeps_its_rights(tmp_path: Path) -> None:
    device = tmp_path / "device"
    os.mkfifo(device, 0o644)
    before = device.stat().st_mode

    with pytest.raises(ConfigurationError, match="is no file"):
        Database.open(device)
    assert device.stat().st_mode == before


def test_alembic_is_imported_for_a_database_that_is_migrated_alone(tmp_path: Path) -> None:
    address = str(tmp_path / "post.db")
    Outbox.open(address).close()
    check = (
        "import sys; from sdp.outbox import Outbox; "
        f"Outbox.open({address!r}).close(); print('alembic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["alembic", "sqlalchemy"])
def test_without_its_extra_the_outbox_says_how_to_install_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [each for each in sys.modules if each.startswith("sdp.outbox")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(ModuleNotFoundError, match=f"needs {name}. Run: pip install") as told:
        import_module("sdp.outbox")

    assert told.value.name == name
