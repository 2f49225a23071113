"""Bringing the database of an outbox to the newest version of the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.outbox.tables import HEAD

if TYPE_CHECKING:
    from sdp.outbox.database import Database

_LOCK: Final = 0x5D9_0001
"""The advisory lock of migrations: one at a time."""


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
    changed = version != HEAD
    if changed:
        _upgrade(database)
    if not database.is_sqlite:
        from sdp.outbox.procrastinating import make_tables

        changed |= make_tables(database)
    return changed


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "sdp.outbox:migrations")
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
