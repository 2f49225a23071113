"""The caller's own transaction: a connection that is lent to the outbox for a moment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import StaticPool

from sdp.errors import InvalidInputError, Problem
from sdp.outbox.database import SILENT
from sdp.outbox.database_errors import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from sdp.outbox.database import Database


@contextmanager
def in_callers_transaction(database: Database, lent: object) -> Iterator[Connection]:
    """Use the caller's connection. Nothing is committed, rolled back or closed.

    Raises:
        InvalidInputError: it is no connection of psycopg or SQLAlchemy to PostgreSQL.
        OutboxUnavailableError: the database does not answer.
    """
    if database.is_sqlite:
        raise _refused("must not be given for an outbox in a file")
    try:
        if isinstance(lent, sa.Connection) and lent.dialect.name == "postgresql":
            yield lent
            return
        import psycopg

        if not isinstance(lent, psycopg.Connection):
            raise _refused("must be a connection of psycopg or SQLAlchemy to PostgreSQL")
        # The dialect is the one that our own connections have made ready, so it asks nothing here.
        engine = sa.create_engine(
            database.engine.url,
            creator=lambda: _Lent(lent),
            poolclass=StaticPool,
            pool_reset_on_return=None,
            use_native_hstore=False,
            _initialize=False,
            **SILENT,
        )
        engine.dialect = database.engine.dialect
        with engine.connect() as connection:
            yield connection
    except exc.SQLAlchemyError as error:
        raise translated(error, database.name) from None


class _Lent:
    """A connection whose transaction belongs to somebody else."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """Leave it to the caller."""

    def rollback(self) -> None:
        """Leave it to the caller."""

    def close(self) -> None:
        """Leave it to the caller."""


def _refused(rule: str) -> InvalidInputError:
    return InvalidInputError("The connection", [Problem("connection", rule)])
