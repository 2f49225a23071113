"""Transitions as they are written: the new state of letters, and a line in their history."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from sdp.outbox.states import FINAL, Aarsak, Tilstand, check
from sdp.outbox.tables import brev, hendelse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

CHUNK: Final = 500
"""The most ids that stand in one statement."""

_SHARED: Final = ("tid", "fra", "til", "aarsak", "detalj")
_NOTE: Final = sa.insert(hendelse).from_select(
    ["brev_id", *_SHARED],
    sa.select(brev.c.id, *(sa.bindparam(name, type_=hendelse.c[name].type) for name in _SHARED))
    .where(brev.c.id.in_(sa.bindparam("letters", expanding=True)))
    .order_by(brev.c.id),
)
"""Writes the same line in the history of many letters."""
_STANDING: Final = (
    *(brev.c.tilstand, brev.c.forsok, brev.c.blokk_id, brev.c.utgave, brev.c.ukjente),
    *(brev.c.utsatt, brev.c.ukjent_siden, brev.c.levert, brev.c.aapnet),
)
_HOLD: Final = (
    sa.select(brev.c.id, *_STANDING)
    .where(brev.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(brev.c.id)
    .with_for_update()
)
_HOLD_CONVERSATIONS: Final = (
    sa.select(brev.c.konversasjons_id, brev.c.id, *_STANDING)
    .where(brev.c.konversasjons_id.in_(sa.bindparam("conversations", expanding=True)))
    .order_by(brev.c.id)
    .with_for_update()
)


class Standing(NamedTuple):
    """A letter as it stands, read under a lock that lasts to the end of the transaction."""

    tilstand: Tilstand
    forsok: int
    blokk_id: int | None
    utgave: int
    ukjente: int
    utsatt: int
    ukjent_siden: datetime | None
    levert: datetime | None
    aapnet: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """One transition of one letter, and the fence behind which it must still be.

    Attributes:
        brev_id: the letter.
        fra: the state that it must be in.
        til: its new state.
        aarsak: why.
        attempt: the attempt that must be its latest; None for any.
        block: the block that it must be in; None for any.
        detalj: more about why; nothing private.
        values: other columns to set. Moves that share one mapping are written together.
    """

    brev_id: int
    fra: Tilstand
    til: Tilstand
    aarsak: Aarsak
    attempt: int | None = None
    block: int | None = None
    detalj: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def holds(self, standing: Standing | None) -> bool:
        """Tell whether the letter still is where it is believed to be."""
        return (
            standing is not None
            and standing.tilstand is self.fra
            and (self.attempt is None or standing.forsok == self.attempt)
            and (self.block is None or standing.blokk_id == self.block)
        )

    def columns(self, moment: datetime) -> dict[str, Any]:
        """Return the columns to set; where the state stays, so does the time that it ended."""
        if self.fra is self.til:
            return dict(self.values)
        ended = moment if self.til in FINAL else None
        return {**self.values, "tilstand": self.til.value, "avsluttet": ended}


def hold(connection: Connection, brev_ids: Iterable[int]) -> dict[int, Standing]:
    """Lock letters and return how they stand, by id. Ids in order, so that no two lock crosswise.

    Everything that a transaction is to move is held at once, before the first of it is moved.
    """
    ids = sorted(set(brev_ids))
    found: dict[int, Standing] = {}
    for begin in range(0, len(ids), CHUNK):
        rows = connection.execute(_HOLD, {"ids": ids[begin : begin + CHUNK]}).all()
        for brev_id, tilstand, *rest in rows:
            found[brev_id] = Standing(Tilstand(tilstand), *rest)
    return found


def hold_conversations(
    connection: Connection, conversations: Iterable[str]
) -> tuple[dict[str, int], dict[int, Standing]]:
    """Lock letters by their konversasjons_id; return their ids by it, and how they stand by id."""
    letters: dict[str, int] = {}
    found: dict[int, Standing] = {}
    wanted = {"conversations": sorted(set(conversations))}
    rows = connection.execute(_HOLD_CONVERSATIONS, wanted).all()
    for conversation, brev_id, tilstand, *rest in rows:
        letters[conversation] = brev_id
        found[brev_id] = Standing(Tilstand(tilstand), *rest)
    return letters, found


def move_each(
    connection: Connection,
    standing: Mapping[int, Standing],
    moves: Sequence[Move],
    moment: datetime,
) -> frozenset[int]:
    """Move letters that still are where they are believed to be; return the ids of those.

    Args:
        connection: a transaction that writes.
        standing: what `hold` has returned of them in this transaction.
        moves: one for each letter.
        moment: when.
    """
    moved = [each for each in moves if each.holds(standing.get(each.brev_id))]
    if not moved:
        return frozenset()
    for each in moved:
        check(each.fra, each.til, each.aarsak)
    _set_columns(connection, standing, moved, moment)
    alike: dict[tuple[Tilstand, Tilstand, Aarsak, str | None], list[int]] = {}
    for each in moved:
        alike.setdefault((each.fra, each.til, each.aarsak, each.detalj), []).append(each.brev_id)
    for (fra, til, aarsak, detalj), brev_ids in alike.items():
        note(connection, brev_ids, fra, til, aarsak, moment, detalj=detalj)
    return frozenset(each.brev_id for each in moved)


def move(connection: Connection, one: Move, moment: datetime) -> bool:
    """Move one letter, if it still is where it is believed to be; tell whether it was."""
    return bool(move_each(connection, hold(connection, [one.brev_id]), [one], moment))


def _set_columns(
    connection: Connection,
    standing: Mapping[int, Standing],
    moved: Sequence[Move],
    moment: datetime,
) -> None:
    """Set the columns of letters; those that have their values in common by one statement."""
    together: dict[tuple[object, ...], list[Move]] = {}
    for each in moved:
        key = id(each.values), each.fra, each.til, standing[each.brev_id].forsok
        together.setdefault(key, []).append(each)
    one_by_one: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for (*_, forsok), some in together.items():
        columns = some[0].columns(moment)
        if not columns:
            continue
        given = {f"new_{name}": value for name, value in columns.items()}
        given |= {"old_forsok": forsok, "old_tilstand": some[0].fra.value}
        names, ids = tuple(columns), [each.brev_id for each in some]
        if len(ids) == 1:
            one_by_one.setdefault(names, []).append({**given, "old_id": ids[0]})
            continue
        for begin in range(0, len(ids), CHUNK):
            connection.execute(
                _update_many(names), {**given, "old_ids": ids[begin : begin + CHUNK]}
            )
    for names, rows in one_by_one.items():
        connection.execute(_update_one(names), rows)


@cache
def _update_one(names: tuple[str, ...]) -> sa.Update:
    """Build a statement once: letters are moved by the hundred thousand."""
    return _update(names).where(brev.c.id == sa.bindparam("old_id"))


@cache
def _update_many(names: tuple[str, ...]) -> sa.Update:
    return _update(names).where(brev.c.id.in_(sa.bindparam("old_ids", expanding=True)))


def _update(names: tuple[str, ...]) -> sa.Update:
    return (
        sa.update(brev)
        .where(
            brev.c.forsok == sa.bindparam("old_forsok"),
            brev.c.tilstand == sa.bindparam("old_tilstand"),
        )
        .values({brev.c[name]: sa.bindparam(f"new_{name}") for name in names})
    )


def move_all(
    connection: Connection,
    where: Sequence[ColumnElement[bool]],
    fra: Tilstand,
    til: Tilstand,
    aarsak: Aarsak,
    moment: datetime,
    *,
    detalj: str | None = None,
    **values: object,
) -> int:
    """Move every letter in a state for which the conditions hold; return how many there were."""
    check(fra, til, aarsak)
    statement = (
        sa.update(brev)
        .where(brev.c.tilstand == fra.value, *where)
        .values(tilstand=til.value, avsluttet=moment if til in FINAL else None, **values)
        .returning(brev.c.id)
    )
    moved = list(connection.scalars(statement))
    note(connection, moved, fra, til, aarsak, moment, detalj=detalj)
    return len(moved)


def note(
    connection: Connection,
    brev_ids: Sequence[int],
    fra: Tilstand | None,
    til: Tilstand | None,
    aarsak: Aarsak,
    moment: datetime,
    *,
    detalj: str | None = None,
) -> None:
    """Write a line in the history of letters."""
    given = {
        "tid": moment,
        "fra": None if fra is None else fra.value,
        "til": None if til is None else til.value,
        "aarsak": aarsak.value,
        "detalj": detalj,
    }
    for begin in range(0, len(brev_ids), CHUNK):
        connection.execute(_NOTE, {"letters": brev_ids[begin : begin + CHUNK], **given})
