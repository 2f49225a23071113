"""Letters on their way into the outbox: checked, written down, and durable when `put` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects.postgresql import ARRAY

from sdp.domain import Brev, Prioritet
from sdp.domain.aktorer import check_personidentifikator
from sdp.errors import InvalidInputError, OutboxError, Problem
from sdp.outbox.brevform import Encoder, fingerprints
from sdp.outbox.campaigns import campaign_id
from sdp.outbox.documents import Incoming
from sdp.outbox.states import Tilstand
from sdp.outbox.tables import brev, brev_dokument, dokument, ko, upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.outbox.database import Database
    from sdp.outbox.vault import Seal, Vault

BATCH: Final = 1000
"""The most letters that are stored in one transaction."""

_BATCH_BYTES: Final = 32 * 1024 * 1024
_LONGEST_KEY: Final = 255
_TIMES_TRIED: Final = 3

Innlegg = tuple[str, str, Brev]
"""A letter to put: the caller's key, the person's number, and the letter."""


@dataclass(frozen=True, slots=True)
class Lagt:
    """Counts of letters that were put.

    Attributes:
        nye: letters that are new.
        kjente: letters whose key was there already; nothing was changed.
    """

    nye: int = 0
    kjente: int = 0

    def __add__(self, other: Lagt) -> Lagt:
        return Lagt(self.nye + other.nye, self.kjente + other.kjente)


@dataclass(frozen=True, slots=True)
class Ferdig:
    """Letters that have been checked and written, ready to be stored together.

    Attributes:
        asked: how many letters were given; a key that came twice is one row.
    """

    asked: int
    rows: Sequence[dict[str, Any]]
    digests: Sequence[frozenset[str]]
    contents: dict[str, bytes]
    queues: frozenset[tuple[str, str, str]]


class _Batch:
    """Letters on their way to be stored in one transaction."""

    def __init__(self, *, outside: bool) -> None:
        self._incoming = Incoming(outside=outside)
        self._encoder = Encoder(self._incoming.kept)
        self._rows: dict[str, dict[str, Any]] = {}
        self._digests: dict[str, frozenset[str]] = {}
        self._queues = set[tuple[str, str, str]]()
        self.count = 0

    @property
    def is_full(self) -> bool:
        """True when it has as many letters, or as many bytes of documents, as go together."""
        return self.count >= BATCH or self._incoming.size >= _BATCH_BYTES

    def add(self, index: int, nokkel: str, person: str, letter: Brev) -> None:
        """Check a letter and write it down."""
        _check(index, nokkel, person, letter)
        self.count += 1
        if nokkel in self._rows:
            return  # the same key twice is one letter, here as in the table
        self._rows[nokkel] = _row(nokkel, person, letter, self._encoder)
        kept = [self._incoming.kept(each.kilde) for each in letter.dokumentpakke.dokumenter]
        self._rows[nokkel]["dokumenter"] = fingerprints(kept)
        self._digests[nokkel] = frozenset(each.digest for each in kept if each.path is None)
        self._queues.add(_queue(letter))

    def ready(self) -> Ferdig:
        """Return what is to be stored."""
        return Ferdig(
            self.count,
            tuple(self._rows.values()),
            tuple(self._digests.values()),
            self._incoming.contents,
            frozenset(self._queues),
        )


def prepared(letters: Iterable[Innlegg], *, outside: bool) -> Iterator[Ferdig]:
    """Check letters and write them down, a batch at a time, without any transaction.

    Raises:
        InvalidInputError: a key, a number or a letter breaks a rule; the field is named with the
            place of the letter.
        DocumentError: a document cannot be read.
    """
    batch = _Batch(outside=outside)
    for index, (nokkel, person, letter) in enumerate(letters):
        batch.add(index, nokkel, person, letter)
        if batch.is_full:
            yield batch.ready()
            batch = _Batch(outside=outside)
    if batch.count:
        yield batch.ready()


def store(
    connection: Connection,
    ferdig: Ferdig,
    kampanje: str | None,
    moment: datetime,
    vault: Vault,
) -> Lagt:
    """Store prepared letters; those whose key is known are left as they are.

    Args:
        connection: a transaction that writes, ours or the caller's own.
        ferdig: what to store.
        kampanje: the campaign they belong to; it is made where there is none of the name.
        moment: when.
        vault: encrypts what is private, if the outbox is encrypted.

    Raises:
        OutboxKeyError: the key that the outbox is encrypted with is not at hand.
    """
    known = _known(connection, brev.c.nokkel, [row["nokkel"] for row in ferdig.rows])
    new = [
        (row, digests)
        for row, digests in zip(ferdig.rows, ferdig.digests, strict=True)
        if row["nokkel"] not in known
    ]
    if not new:
        return Lagt(0, ferdig.asked)
    rows = [dict(row) for row, _ in new]
    _give_free_ids(connection, rows)
    seal = vault.seal(connection)
    common = {
        "kampanje_id": campaign_id(connection, kampanje, moment),
        "tilstand": Tilstand.KLAR.value,
        "opprettet": moment,
        "klar_fra": moment,
    }
    needed = frozenset[str]().union(*(digests for _, digests in new))
    names = {digest: seal.document_name(digest) for digest in needed}
    _store_documents(connection, ferdig.contents, names, seal)
    _store_queues(connection, ferdig.queues)
    stored = _inserted(connection, [seal.letter(row) for row in rows], common)
    links = [
        {"brev_id": stored[row["nokkel"]], "digest": names[digest]}
        for row, digests in new
        if row["nokkel"] in stored
        for digest in digests
    ]
    if links:
        connection.execute(sa.insert(brev_dokument), links)
    return Lagt(len(stored), ferdig.asked - len(stored))


def store_at_last(
    database: Database, ferdig: Ferdig, kampanje: str | None, clock: Callable[[], datetime]
) -> Lagt:
    """Store prepared letters in a transaction of their own. Errors are those of `store`."""
    tried = 0
    while True:
        tried += 1
        try:
            with database.write() as connection:
                return store(connection, ferdig, kampanje, clock(), database.vault)
        except OutboxError as error:
            # Somebody put a letter with the same ids at the same moment: it is known now.
            if tried == _TIMES_TRIED or not isinstance(error.__context__, exc.IntegrityError):
                raise


def _check(index: int, nokkel: object, person: object, letter: object) -> None:
    problems = []
    if (
        not isinstance(nokkel, str)
        or not 1 <= len(nokkel) <= _LONGEST_KEY
        or (not nokkel.isprintable())
    ):
        problems.append(Problem("nokkel", "must be 1 to 255 characters that can be printed"))
    try:
        check_personidentifikator(person if isinstance(person, str) else "")
    except ValueError as error:
        problems.append(Problem("personidentifikator", str(error)))
    if not isinstance(letter, Brev):
        problems.append(Problem("brev", "must be a Brev"))
    elif callable(letter.fysisk_post):
        rule = "must be a FysiskPost or None here: a function cannot be stored"
        problems.append(Problem("fysisk_post", rule))
    if problems:
        raise InvalidInputError(f"Letter {index + 1}", problems)


def _row(nokkel: str, person: str, letter: Brev, encoder: Encoder) -> dict[str, Any]:
    return {
        "nokkel": nokkel,
        "person": person,
        "meldings_id": letter.meldings_id,
        "konversasjons_id": letter.konversasjons_id,
        "innhold": encoder.encode(letter),
        "rang": 0 if letter.prioritet is Prioritet.PRIORITERT else 1,
    }


def _queue(letter: Brev) -> tuple[str, str, str]:
    unit = letter.avsender.avsenderidentifikator
    return letter.prioritet.value, letter.mpc_id or "", unit or ""


def _known(connection: Connection, column: Any, values: Sequence[str]) -> frozenset[str]:
    return frozenset(connection.scalars(sa.select(column).where(column.in_(values))))


def _give_free_ids(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Give new ids to letters whose ids another letter has: one Brev may be put for many people.

    Two letters with the same ids would be one letter to the broker, and their receipts be mixed up.
    """
    for name in ("meldings_id", "konversasjons_id"):
        taken = set(_known(connection, brev.c[name], [row[name] for row in rows]))
        for row in rows:
            if row[name] in taken:
                row["meldings_id"], row["konversasjons_id"] = str(uuid4()), str(uuid4())
            taken.add(row[name])


def _store_documents(
    connection: Connection, contents: dict[str, bytes], names: dict[str, str], seal: Seal
) -> None:
    if not names:
        return
    # The lock keeps a purge from taking a document that is there now, until we have linked to it.
    found = sa.select(dokument.c.digest).where(dokument.c.digest.in_(names.values()))
    there = set(connection.scalars(found.with_for_update(read=True, key_share=True)))
    missing = sorted((name, digest) for digest, name in names.items() if name not in there)
    rows = [seal.document(name, contents[digest]) for name, digest in missing]
    if rows:
        connection.execute(upsert(connection.dialect.name, dokument).on_conflict_do_nothing(), rows)


def _store_queues(connection: Connection, queues: frozenset[tuple[str, str, str]]) -> None:
    named = [
        {"prioritet": prioritet, "mpc_id": mpc_id, "avsender": avsender}
        for prioritet, mpc_id, avsender in sorted(queues)
    ]
    connection.execute(upsert(connection.dialect.name, ko).on_conflict_do_nothing(), named)


def _inserted(
    connection: Connection, rows: Sequence[dict[str, Any]], common: dict[str, Any]
) -> dict[str, int]:
    """Insert rows that share some values; return the ids of those whose keys are new."""
    statement = upsert(connection.dialect.name, brev)
    new = {"index_elements": ["nokkel"]}
    if connection.dialect.name != "postgresql":
        statement = statement.on_conflict_do_nothing(**new).returning(brev.c.nokkel, brev.c.id)
        return dict(connection.execute(statement, [{**row, **common} for row in rows]).all())
    # One parameter for a column: of a thousand rows with one for each value, the reading of the
    # statement alone takes as long as all else.
    names = tuple(rows[0])
    arrays = [
        sa.bindparam(f"all_{name}", [row[name] for row in rows], ARRAY(_plain_type(brev.c[name])))
        for name in names
    ]
    given = sa.func.unnest(*arrays).table_valued(*names).render_derived("given")
    shared = [sa.literal(value, brev.c[name].type) for name, value in common.items()]
    chosen = sa.select(*(given.c[name] for name in names), *shared)
    statement = statement.from_select([*names, *common], chosen).on_conflict_do_nothing(**new)
    return dict(connection.execute(statement.returning(brev.c.nokkel, brev.c.id)).all())


def _plain_type(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    return sa.Integer() if isinstance(column.type, sa.Integer) else sa.Text()
