"""Closing of an outbox that is moved to another database: nothing is written to it again.

Triggers refuse every write, also that of a program that had the outbox open, and the version of
the schema is replaced by a word that no version of this library works on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.errors import OutboxError
from sdp.outbox.tables import HEAD, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

MOVING: Final = "moving"
"""In place of the version of the schema, from when a copy begins."""
MOVED: Final = "moved"
"""In place of the version of the schema, when the copy is complete."""
REFUSAL: Final = "sdp outbox moved"
"""What the database says when it refuses a write."""

_FUNCTION: Final = "sdp_outbox_moved"
_SQLITE_WRITES: Final = ("INSERT", "UPDATE", "DELETE")


def moved_error(database: str, *, complete: bool = True) -> OutboxError:
    """Return the error of whoever opens or writes to an outbox that is closed.

    Args:
        database: its name in a sentence.
        complete: whether all of it has been copied.
    """
    if complete:
        return OutboxError(
            f"{database} was moved to another database, and is closed.",
            remedy="Give the address of that one.",
        )
    return OutboxError(
        f"{database} is being moved to another database, and is closed.",
        remedy="Finish it: run the same sdp outbox copy again, or with --undo to open it again.",
    )


def close(connection: Connection) -> None:
    """Close an outbox, in one transaction with whatever else is done."""
    for statement in _closing(connection.dialect.name):
        connection.exec_driver_sql(statement)
    _write_version(connection, MOVING)


def complete(connection: Connection) -> None:
    """Note that everything has been copied."""
    _write_version(connection, MOVED)


def reopen(connection: Connection) -> None:
    """Open an outbox again that was closed."""
    for statement in _opening(connection.dialect.name):
        connection.exec_driver_sql(statement)
    _write_version(connection, HEAD)


def _write_version(connection: Connection, version: str) -> None:
    statement = sa.text("UPDATE alembic_version SET version_num = :version")
    connection.execute(statement, {"version": version})


def _closing(dialect: str) -> Iterator[str]:
    if dialect == "sqlite":
        for table in metadata.tables:
            for write in _SQLITE_WRITES:
                yield (
                    f"CREATE TRIGGER {_FUNCTION}_{table}_{write} BEFORE {write} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )
        return
    yield (
        f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for table in metadata.tables:
        yield (
            f"CREATE TRIGGER {_FUNCTION} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        )


def _opening(dialect: str) -> Iterator[str]:
    if dialect != "sqlite":
        yield f"DROP FUNCTION {_FUNCTION} CASCADE"
        return
    for table in metadata.tables:
        for write in _SQLITE_WRITES:
            yield f"DROP TRIGGER {_FUNCTION}_{table}_{write}"
