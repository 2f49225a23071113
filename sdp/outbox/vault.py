"""The vault of an outbox: which key is in use, and what is private going in and coming out.

An outbox without a key has a vault too, which stores everything as it is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.errors import OutboxKeyError, UnreadableLetterError
from sdp.outbox.encryption import from_text, place_of, to_text
from sdp.outbox.tables import brev, dokument, lager

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sdp.outbox.encryption import Key, KeySource

SEALED: Final = ("person", "innhold", "dokumenter")
"""The columns of a letter that are encrypted."""

_LAGER: Final = sa.select(lager.c.nokkel, lager.c.forrige).where(lager.c.id == 1)
# A rotation waits for those who write under the key before, and they see the new one after it.
_LAGER_HELD: Final = _LAGER.with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class Seal:
    """The key that is written under in one transaction; None in an outbox that is not encrypted."""

    key: Key | None

    def letter(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row of a letter as it is stored."""
        if self.key is None:
            return row
        sealed = {
            column: to_text(self.key.seal(row[column].encode(), letter_place(column, row)))
            for column in SEALED
            if row[column] is not None
        }
        person = row["person"]
        soek = None if person is None else self.key.person_token(person)
        return {**row, **sealed, "nokkel_id": self.key.id, "soek": soek}

    def document_name(self, digest: str) -> str:
        """Return what a document is known by in the tables."""
        return digest if self.key is None else self.key.document_token(digest)

    def document(self, name: str, content: bytes) -> dict[str, Any]:
        """Return a row of a document as it is stored, under its `document_name`."""
        row: dict[str, Any] = {"digest": name, "stoerrelse": len(content), "innhold": content}
        if self.key is None:
            return {**row, "nokkel_id": None}
        sealed = self.key.seal(content, document_place(name))
        return {**row, "innhold": sealed, "nokkel_id": self.key.id}


class Vault:
    """Keys of one outbox. Safe to share between threads.

    Args:
        source: where the keys come from; None for an outbox that is not encrypted.

    Raises:
        ConfigurationError: the source holds no key.
    """

    def __init__(self, source: KeySource | None = None) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._takes_plain = source is None
        self.reload()

    @property
    def has_key(self) -> bool:
        """True if a source of keys was given."""
        return self._source is not None

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys, the one that the source names first in front."""
        return tuple(self._keys.values())

    def reload(self) -> None:
        """Read the source again: a key may have been added while we run."""
        if self._source is None:
            return
        with self._lock:
            self._keys = {key.id: key for key in self._source.read()}

    def check(self, connection: Connection) -> None:
        """Hold the keys against what the outbox is encrypted with, before anything is touched.

        Raises:
            OutboxKeyError: a key is missing, is another one, or was given where none is in use.
        """
        nokkel, forrige = connection.execute(_LAGER).one()
        self._check(nokkel, forrige)

    def encrypt_if_empty(self, connection: Connection) -> None:
        """Take the first key into use in an outbox that holds nothing."""
        in_use = connection.scalar(sa.select(lager.c.nokkel).with_for_update())
        holds = sa.select(sa.exists(sa.select(brev.c.id)), sa.exists(sa.select(dokument.c.digest)))
        if in_use is None and not any(connection.execute(holds).one()):
            connection.execute(sa.update(lager).values(nokkel=self.keys[0].id))

    def seal(self, connection: Connection) -> Seal:
        """Return the seal for what a transaction writes; no rotation begins until it has ended.

        Raises:
            OutboxKeyError: as for `check`.
        """
        nokkel, forrige = connection.execute(_LAGER_HELD).one()
        self._check(nokkel, forrige)
        return Seal(None if nokkel is None else self._key(nokkel))

    def text(self, column: str, row: Any) -> str | None:
        """Return what stands in a column of a letter.

        Args:
            column: one of `SEALED`.
            row: a row with that column, `nokkel`, `konversasjons_id` and `nokkel_id`.

        Raises:
            OutboxKeyError: its key is not at hand.
            UnreadableLetterError: it was changed, or moved here from another letter.
        """
        stored: str | None = getattr(row, column)
        if stored is None:
            return None
        if row.nokkel_id is None:
            return stored if self._plain() else None
        place = place_of("brev", column, row.nokkel, row.konversasjons_id)
        return self._key(row.nokkel_id).open(from_text(stored), place).decode()

    def content(self, row: Any) -> bytes:
        """Return the bytes of a document; `row` has `digest`, `innhold` and `nokkel_id`.

        Errors are those of `text`.
        """
        if row.nokkel_id is None:
            self._plain()
            return bytes(row.innhold)
        return self._key(row.nokkel_id).open(bytes(row.innhold), document_place(row.digest))

    def document_names(self, digest: str) -> list[str]:
        """Return all that a document may be known by in the tables."""
        names = [key.document_token(digest) for key in self.keys]
        return [*names, digest] if self._takes_plain else names

    def is_person(self, connection: Connection, person: str) -> sa.ColumnElement[bool]:
        """Return the condition of letters to a person. Errors are those of `check`."""
        self.check(connection)
        found = brev.c.soek.in_([key.person_token(person) for key in self.keys])
        plain = sa.and_(brev.c.nokkel_id.is_(None), brev.c.person == person)
        return sa.or_(found, plain) if self._takes_plain else found

    def _plain(self) -> bool:
        if not self._takes_plain:
            raise UnreadableLetterError(
                "What is stored of a letter is not encrypted, though this outbox is.",
                remedy="Find out who writes to the database. Put the letter under a new key.",
            )
        return True

    def _key(self, key_id: str) -> Key:
        if key_id not in self._keys:
            self.reload()
        try:
            return self._keys[key_id]
        except KeyError:
            raise OutboxKeyError(
                f"The outbox is encrypted, and the key with id {key_id} is not at hand.",
                remedy="Give --key, or a source that holds that key too.",
            ) from None

    def _check(self, nokkel: str | None, forrige: str | None) -> None:
        if nokkel is None:
            if self._source is not None:
                raise OutboxKeyError(
                    "A key was given, and this outbox is not encrypted.",
                    remedy="Encrypt it with: sdp outbox rotate-key DATABASE --key SOURCE",
                )
            return
        self._key(nokkel)
        if forrige:
            self._key(forrige)
        self._takes_plain = forrige == ""


def letter_place(column: str, row: dict[str, Any]) -> bytes:
    """Name the place of a column of a letter, by what of the letter never changes."""
    return place_of("brev", column, row["nokkel"], row["konversasjons_id"])


def document_place(name: str) -> bytes:
    """Name the place of the content of a document."""
    return place_of("dokument", "innhold", name)
