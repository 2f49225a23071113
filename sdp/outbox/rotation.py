"""Rotation of the key that an outbox is encrypted with, while its workers go on.

The new key is named in the table first, so that everything new is written under it; then what is
left is encrypted anew, a batch in each transaction. What a crash interrupts goes on where it was.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.errors import OutboxError, UnreadableLetterError
from sdp.outbox.database import Database
from sdp.outbox.encryption import KeySource
from sdp.outbox.migrating import migrate
from sdp.outbox.presence import refuse_older_workers
from sdp.outbox.retention import scrub
from sdp.outbox.tables import ENCRYPTS_SINCE, brev, brev_dokument, dokument, lager, upsert
from sdp.outbox.vault import SEALED, Seal, Vault

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from sqlalchemy import Connection

    from sdp.outbox.encryption import Key

_LETTERS: Final = 200
_DOCUMENTS: Final = 8
_PAUSE_SECONDS: Final = 0.05
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Rotert:
    """Counts of what a rotation has encrypted anew.

    Attributes:
        nokkel_id: the id of the key that everything is encrypted with now.
        brev: letters.
        dokumenter: documents.
    """

    nokkel_id: str
    brev: int
    dokumenter: int


def rotate_key(
    address: str | os.PathLike[str],
    key: str,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Rotert:
    """Encrypt everything in an outbox under the first key of a source, while its workers go on.

    The source holds the new key first and then the one in use until now. Workers that read a file
    or run a command find the new key there by themselves; those with a variable are started again
    with both keys before. An outbox that is not encrypted is encrypted by this. After a crash or an
    error, do it again: what is left is done. When this returns, nothing is left under the old key.

    Args:
        address: of the outbox, as for `Outbox.open`.
        key: the source of the keys, as `OutboxSettings.key`.
        progress: is told of each batch how many letters and documents it had.

    Raises:
        OutboxKeyError: a key that something is encrypted with is not in the source.
        OutboxError: an earlier rotation to another key is not finished; workers of an older version
            of the library are at work in an outbox that is not encrypted yet; or something does
            not decrypt, which is named, and left as it is.
        ConfigurationError: there is no key in the source.
    """
    database = Database.open(address)
    try:
        if database.is_sqlite:
            migrate(database)
        database.require_head()
        database.vault = Vault(KeySource(key))
        return _Rotation(database, progress).run()
    finally:
        database.close()


class _Rotation:
    """One rotation, from naming the new key to forgetting the old one."""

    def __init__(self, database: Database, progress: Callable[[int], None]) -> None:
        self._database = database
        self._vault = database.vault
        self._progress = progress
        self._new: Key = database.vault.keys[0]
        self._letters = self._documents = 0
        self._unreadable: dict[str, None] = {}

    def run(self) -> Rotert:
        if self._begin():
            while self._pass():
                time.sleep(_PAUSE_SECONDS)  # somebody held what is left
            if self._unreadable:
                raise self._left_behind()
            scrub(self._database)
            self._end()
        return Rotert(self._new.id, self._letters, self._documents)

    def _begin(self) -> bool:
        """Name the new key; tell whether something may be left under the old one."""
        with self._database.write() as connection:
            columns = sa.select(lager.c.nokkel, lager.c.forrige).with_for_update()
            nokkel, forrige = connection.execute(columns).one()
            if nokkel == self._new.id:
                self._vault.check(connection)
                return forrige is not None
            if nokkel is None:
                refuse_older_workers(self._database, connection, ENCRYPTS_SINCE, "encryption")
            elif forrige is not None:
                raise OutboxError(
                    f"The rotation to the key with id {nokkel} is not finished.",
                    remedy="Finish it first: run this with that key first in the source.",
                )
            else:
                self._vault.check(connection)
            connection.execute(sa.update(lager).values(nokkel=self._new.id, forrige=nokkel or ""))
            self._vault.check(connection)
            return True

    def _pass(self) -> bool:
        """Encrypt anew what is there; tell whether anything is left that somebody else held."""
        last: int | None = 0
        while last is not None:
            with self._database.write() as connection:
                last, count = self._letter_batch(connection, last)
            self._letters += count
            self._progress(count)
        name: str | None = ""
        while name is not None:
            with self._database.write() as connection:
                name, count = self._document_batch(connection, name)
            self._documents += count
            self._progress(count)
        with self._database.read() as connection:
            left = sum(
                connection.scalar(sa.select(sa.func.count()).where(self._is_old(table))) or 0
                for table in (brev, dokument)
            )
        return left > len(self._unreadable)

    def _letter_batch(self, connection: Connection, after: int) -> tuple[int | None, int]:
        columns = [brev.c[name] for name in ("id", "nokkel", "konversasjons_id", "nokkel_id")]
        rows = connection.execute(
            sa.select(*columns, *(brev.c[name] for name in SEALED))
            .where(brev.c.id > after, self._is_old(brev))
            .order_by(brev.c.id)
            .limit(_LETTERS)
            .with_for_update(skip_locked=True)
        ).all()
        sealed = [each for row in rows if (each := self._letter(row)) is not None]
        if sealed:
            connection.execute(_SEALED_ANEW, sealed)
        return (rows[-1].id if rows else None), len(sealed)

    def _letter(self, row: Any) -> dict[str, Any] | None:
        try:
            plain = {name: self._vault.text(name, row) for name in SEALED}
        except UnreadableLetterError:
            self._unreadable[f"letter {row.nokkel}"] = None
            return None
        ids = {"nokkel": row.nokkel, "konversasjons_id": row.konversasjons_id}
        stored = Seal(self._new).letter({**ids, **plain})
        changed = {f"new_{name}": stored[name] for name in (*SEALED, "nokkel_id", "soek")}
        return {"b_id": row.id, **changed}

    def _document_batch(self, connection: Connection, after: str) -> tuple[str | None, int]:
        columns = (dokument.c.digest, dokument.c.innhold, dokument.c.nokkel_id)
        rows = connection.execute(
            sa.select(*columns)
            .where(dokument.c.digest > after, self._is_old(dokument))
            .order_by(dokument.c.digest)
            .limit(_DOCUMENTS)
            .with_for_update(skip_locked=True)
        ).all()
        count = sum(self._document(connection, row) for row in rows)
        return (rows[-1].digest if rows else None), count

    def _document(self, connection: Connection, row: Any) -> bool:
        """Store a document under its new name, link its letters to that, and drop the old one."""
        try:
            content = self._vault.content(row)
        except UnreadableLetterError:
            self._unreadable[f"document {row.digest[:16]}"] = None
            return False
        seal = Seal(self._new)
        stored = seal.document(seal.document_name(hashlib.sha256(content).hexdigest()), content)
        insert = upsert(connection.dialect.name, dokument).on_conflict_do_nothing()
        connection.execute(insert, stored)
        linked = brev_dokument.c.digest == row.digest
        connection.execute(sa.update(brev_dokument).where(linked).values(digest=stored["digest"]))
        connection.execute(sa.delete(dokument).where(dokument.c.digest == row.digest))
        return True

    def _is_old(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.nokkel_id.is_distinct_from(self._new.id)

    def _end(self) -> None:
        with self._database.write() as connection:
            ours = lager.c.nokkel == self._new.id
            connection.execute(sa.update(lager).where(ours).values(forrige=None))

    def _left_behind(self) -> OutboxError:
        named = ", ".join(list(self._unreadable)[:_NAMED])
        return OutboxError(
            f"{len(self._unreadable)} values do not decrypt under any key of the source, and are"
            f" left as they are: {named}.",
            remedy="Restore them from a backup. Keep the old key until then.",
        )


_SEALED_ANEW: Final = (
    sa.update(brev)
    .where(brev.c.id == sa.bindparam("b_id"))
    .values({brev.c[name]: sa.bindparam(f"new_{name}") for name in (*SEALED, "nokkel_id", "soek")})
)
