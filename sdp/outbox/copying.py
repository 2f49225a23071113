"""Moving an outbox to another database: `sdp outbox copy`.

1. The target holds nothing.
2. No worker is at work on the source.
3. The source is closed, so that nothing is written to it from now on.
4. Every row is copied as it is, in one transaction of the target. What is encrypted stays so, and
   no key is needed. Workers of the source are dead in the target, which takes back what they had.
5. Rows are counted and digested on either side before that transaction is committed.
6. The source is noted as moved.

A process that dies leaves the source closed and the target empty or complete. The same command
then does what is left.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.errors import ConfigurationError, OutboxError
from sdp.outbox import closing
from sdp.outbox.database import Database
from sdp.outbox.locks import AdvisoryLock, hold_alone
from sdp.outbox.migrating import migrate
from sdp.outbox.presence import is_alive
from sdp.outbox.tables import (
    HEAD,
    WITHOUT_CAMPAIGN,
    arbeider,
    brev,
    dokument,
    kampanje,
    kvittering,
    lager,
    metadata,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Table

_ROWS: Final = 500
_MODULUS: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Kopiert:
    """Counts of what an outbox held when it was copied.

    Attributes:
        brev: letters.
        kvitteringer: receipts.
        dokumenter: documents.
        var_ferdig: whether an earlier copy was complete already, so that nothing was copied now.
    """

    brev: int
    kvitteringer: int
    dokumenter: int
    var_ferdig: bool = False


@dataclass(slots=True)
class _Tally:
    """Count and digest of rows, in whatever order they come."""

    count: int = 0
    digest: int = 0

    def add(self, row: tuple[Any, ...]) -> None:
        found = hashlib.sha256(repr(row).encode()).digest()
        self.count += 1
        self.digest = (self.digest + int.from_bytes(found)) % _MODULUS


def copy_outbox(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Kopiert:
    """Move an outbox to another database; from then on the source is closed.

    Stop its workers first. All of it is copied, or nothing. After a crash or an error, do it again:
    a copy that was complete is recognised.

    Args:
        source: the address of the outbox, as for `Outbox.open`.
        target: the address of a database without an outbox, or with one that holds nothing.
        progress: is told of each batch how many rows it had.

    Raises:
        OutboxError: the target holds something; a worker is at work on the source; the source was
            moved somewhere else before; or the rows of the target are not those of the source, and
            none is kept.
        OutboxSchemaError: one of them is of another version of this library.
        OutboxUnavailableError: one of the databases does not answer or has no room.
    """
    old, new = _opened(source, target)
    try:
        return _Move(old, new, progress).run()
    finally:
        old.close()
        new.close()


def undo_copy(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Open an outbox again whose copy was begun and is not complete.

    Raises:
        OutboxError: the target holds something, or the source is not closed, or was moved.
    """
    old, new = _opened(source, target)
    try:
        if old.version() != closing.MOVING:
            raise OutboxError("The source is not in the middle of a move; nothing was changed.")
        with new.write() as connection:
            hold_alone(connection, AdvisoryLock.COPY)
            if _holds_anything(connection):
                raise _not_empty()
            with old.write() as reopened:
                closing.reopen(reopened)
    finally:
        old.close()
        new.close()


class _Move:
    """One move of an outbox from a database to another."""

    def __init__(self, old: Database, new: Database, progress: Callable[[int], None]) -> None:
        self._old = old
        self._new = new
        self._progress = progress

    def run(self) -> Kopiert:
        state = self._old.version()
        if state not in {closing.MOVING, closing.MOVED}:
            self._close_source()
        with self._new.write(streaming=True) as into, self._old.read(streaming=True) as source:
            hold_alone(into, AdvisoryLock.COPY)
            was_complete = _holds_anything(into)
            if was_complete:
                self._recognise(source, into)
            elif state == closing.MOVED:
                raise closing.moved_error("The source")
            else:
                self._copy(source, into)
            found = Kopiert(
                _count(source, brev),
                _count(source, kvittering),
                _count(source, dokument),
                var_ferdig=was_complete,
            )
        with self._old.write() as connection:
            closing.complete(connection)
        return found

    def _close_source(self) -> None:
        if self._old.is_sqlite and self._old.version() is not None:
            migrate(self._old)
        self._old.require_head()
        if self._old.version() != HEAD:
            raise OutboxError(
                "The source was migrated by a newer version of this library, which knows more of"
                " it than this one.",
                remedy="Copy it with that version.",
            )
        # 1. The target holds nothing: before the source is closed, and again as it is written to.
        with self._new.read() as into:
            if _holds_anything(into) or not self._may_take_key(into):
                raise _not_empty()
        with self._old.write() as connection:
            if not self._old.is_sqlite:
                # Whoever writes has ended before, or is refused after.
                names = ", ".join(metadata.tables)
                connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
            # 2. No worker is at work.
            workers = connection.scalars(sa.select(arbeider.c.id)).all()
            if any(is_alive(self._old, each) for each in workers):
                raise OutboxError(
                    "A worker is at work on the source.",
                    remedy="Stop every worker, and see that none is started; then do this again.",
                )
            # 3. Nothing is written to the source from now on.
            closing.close(connection)

    def _may_take_key(self, into: Connection) -> bool:
        """Tell whether the target was made for no key, or for that of the source."""
        with self._old.read() as source:
            theirs = source.scalar(sa.select(lager.c.nokkel))
        return into.scalar(sa.select(lager.c.nokkel)) in {None, theirs}

    def _copy(self, source: Connection, into: Connection) -> None:
        # 4. Every row, those that others refer to first. The target's own first rows make room.
        into.execute(sa.delete(kampanje))
        into.execute(sa.delete(lager))
        for table in metadata.sorted_tables:
            read = _Tally()
            for rows in _batches(source, table):
                for row in rows:
                    read.add(tuple(row))
                into.execute(sa.insert(table), [row._asdict() for row in rows])
                self._progress(len(rows))
            _continue_numbers(into, table)
            # 5. What was written is what was read.
            if _tally(into, sa.select(table)) != read:
                raise OutboxError(
                    f"The table {table.name} of the target is not that of the source; nothing was"
                    " copied.",
                    remedy="Do it again. If this comes back, do not use the target: report it.",
                )

    def _recognise(self, source: Connection, into: Connection) -> None:
        """Hold the letters of the target against those of the source, by what never changes."""
        last = source.scalar(sa.select(sa.func.max(brev.c.id))) or 0
        lasting = sa.select(brev.c.id, brev.c.nokkel, brev.c.opprettet).where(brev.c.id <= last)
        if _tally(source, lasting) != _tally(into, lasting):
            raise _not_empty()


def _opened(
    source: str | os.PathLike[str], target: str | os.PathLike[str]
) -> tuple[Database, Database]:
    """Open both databases, and make the tables of the target."""
    if "://" not in str(source) and not Path(source).exists():
        raise ConfigurationError("There is no file at the address of the source.")
    old, new = Database.open(source), Database.open(target)
    try:
        migrate(new)
        new.require_head()
    except BaseException:
        old.close()
        new.close()
        raise
    return old, new


def _holds_anything(connection: Connection) -> bool:
    """Tell whether an outbox holds more than the rows that it is made with."""
    for table in metadata.tables.values():
        query = sa.select(sa.literal(1)).select_from(table)
        if table is kampanje:
            query = query.where(kampanje.c.id != WITHOUT_CAMPAIGN)
        if table is not lager and connection.scalar(query.limit(1)) is not None:
            return True
    return False


def _not_empty() -> OutboxError:
    return OutboxError(
        "The target holds an outbox already, or was made for another key; nothing was copied.",
        remedy="Give a database that holds none.",
    )


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[sa.Row[Any]]]:
    # One document can be as large as thousands of letters.
    size = 1 if table is dokument else _ROWS
    query = sa.select(table).order_by(*table.primary_key.columns)
    return connection.execution_options(yield_per=size).execute(query).partitions()


def _tally(connection: Connection, query: sa.Select[Any]) -> _Tally:
    tally = _Tally()
    for row in connection.execute(query, execution_options={"yield_per": 1}):
        tally.add(tuple(row))
    return tally


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let new rows be numbered after those that were copied. SQLite does so by itself."""
    column = table.autoincrement_column
    if connection.dialect.name == "sqlite" or column is None:
        return
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    if connection.scalar(sa.select(sequence)) is None:
        return
    last = connection.scalar(sa.select(sa.func.max(column)))
    if last is not None:
        connection.execute(sa.select(sa.func.setval(sequence, last)))
