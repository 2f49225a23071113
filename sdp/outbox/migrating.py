"""Bringing the database of an outbox to the newest version of the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.outbox.database import Database
from sdp.outbox.encryption import KeySource
from sdp.outbox.locks import AdvisoryLock, hold_alone
from sdp.outbox.tables import HEAD
from sdp.outbox.vault import Vault

if TYPE_CHECKING:
    import os


def migrate(database: Database) -> bool:
    """Migrate from any earlier version, or make the tables; tell whether anything was changed.

    All of it is one transaction. On PostgreSQL the tables of procrastinate are made too.

    Raises:
        OutboxUnavailableError: the database does not answer or has no room.
        OutboxSchemaError: it was migrated by a newer version of this library.
    """
    version = database.version()
    if version is not None and version > HEAD:
        database.require_head()
        return False
    changed = version != HEAD
    if changed:
        _upgrade(database)
    if not database.is_sqlite:
        from sdp.outbox.procrastinating import make_tables

        changed |= make_tables(database)
    return changed


def ready(address: str | os.PathLike[str], key: str | None = None) -> Database:
    """Open an outbox that may be worked on: its tables are there, and its key is the right one.

    A file is made where it is not there, and migrated. An outbox that holds nothing takes the key.

    Args:
        address: as for `Database.open`.
        key: the source of its key, as `OutboxSettings.key`.

    Raises:
        ConfigurationError: the address is no such, or the source holds no key.
        OutboxUnavailableError: the database does not answer.
        OutboxSchemaError: PostgreSQL has no outbox or another version, or a file a newer one.
        OutboxKeyError: the key is missing or another one, or not in use.
    """
    database = Database.open(address)
    try:
        if database.is_sqlite:
            migrate(database)
        database.require_head()
        if key is not None:
            database.vault = Vault(KeySource(key))
            with database.write() as connection:
                database.vault.encrypt_if_empty(connection)
        with database.read() as connection:
            database.vault.check(connection)
    except BaseException:
        database.close()
        raise
    return database


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "sdp.outbox:migrations")
    with database.write() as connection:
        hold_alone(connection, AdvisoryLock.MIGRATE)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
