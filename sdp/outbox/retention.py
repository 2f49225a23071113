"""Retention: what is private goes some time after a letter got to its final state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.outbox.events import note
from sdp.outbox.states import FINAL, Aarsak
from sdp.outbox.tables import brev, brev_dokument, dokument, kampanje
from sdp.outbox.unread import is_held_for_print

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.outbox.database import Database

KEPT_FOR: Final = timedelta(days=30)
"""Time that person and documents are kept after the final state, unless told otherwise."""

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Slettet:
    """Counts of what has been purged.

    Attributes:
        brev: letters whose person and content are gone. Their ids, history and receipts stay.
        dokumenter: documents that no letter needs any more.
    """

    brev: int
    dokumenter: int


def purge(database: Database, moment: datetime, older_than: timedelta) -> Slettet:
    """Delete person, content and documents of letters that ended before then.

    On SQLite the bytes are overwritten in the file, and the write-ahead log is emptied. On
    PostgreSQL the dead rows are vacuumed.
    """
    letters = 0
    while count := _purge_batch(database, moment, moment - older_than):
        letters += count
    with database.write() as connection:
        unused = dokument.c.digest.not_in(sa.select(brev_dokument.c.digest))
        documents = connection.execute(sa.delete(dokument).where(unused)).rowcount
    if letters or documents:
        scrub(database)
    return Slettet(letters, documents)


def _purge_batch(database: Database, moment: datetime, before: datetime) -> int:
    with database.write() as connection:
        ended = (
            sa.select(brev.c.id)
            .join_from(brev, kampanje)
            .where(
                brev.c.innhold.is_not(None),
                brev.c.avsluttet < before,
                brev.c.tilstand.in_([tilstand.value for tilstand in FINAL]),
                # One that may still go to print, since it is unread, is needed until then.
                ~sa.and_(is_held_for_print(kampanje.c.ulest_dager), kampanje.c.avbrutt.is_(None)),
            )
            .limit(_BATCH)
        )
        ids = list(connection.scalars(ended.with_for_update(skip_locked=True, of=brev)))
        if ids:
            connection.execute(
                sa.update(brev)
                .where(brev.c.id.in_(ids))
                .values(person=None, innhold=None, soek=None)
            )
            connection.execute(sa.delete(brev_dokument).where(brev_dokument.c.brev_id.in_(ids)))
            note(connection, ids, None, None, Aarsak.SLETTET, moment)
        return len(ids)


def scrub(database: Database) -> None:
    """Leave nothing behind of what was deleted or overwritten, as far as the database can."""
    statements = (
        ["PRAGMA wal_checkpoint(TRUNCATE)"]
        if database.is_sqlite
        else [f"VACUUM {table.name}" for table in (brev, dokument, brev_dokument)]
    )
    with database.outside_transaction() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
