"""Transitions as they are written: the new state of letters, and a line in their history."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.outbox.states import FINAL, Aarsak, Tilstand, check
from sdp.outbox.tables import brev, hendelse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

CHUNK: Final = 500
"""The most ids that stand in one statement."""

_NOTE: Final = sa.insert(hendelse)
_HOLD: Final = (
    sa.select(
        *(brev.c.id, brev.c.tilstand, brev.c.forsok, brev.c.blokk_id),
        *(brev.c.utgave, brev.c.ukjente, brev.c.utsatt, brev.c.ukjent_siden, brev.c.levert),
        brev.c.aapnet,
    )
    .where(brev.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(brev.c.id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Standing:
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
        values: other columns to set.
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
        rows = connection.execute(_HOLD, {"ids": ids[begin : begin + CHUNK]})
        for brev_id, tilstand, *rest in rows:
            found[brev_id] = Standing(Tilstand(tilstand), *rest)
    return found


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
    rows: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for each in moved:
        check(each.fra, each.til, each.aarsak)
        values = each.columns(moment)
        given = {f"new_{name}": value for name, value in values.items()}
        given |= {
            "old_id": each.brev_id,
            "old_forsok": standing[each.brev_id].forsok,
            "old_tilstand": each.fra.value,
        }
        rows.setdefault(tuple(values), []).append(given)
    for names, some in rows.items():
        if names:
            connection.execute(_update(names), some)
    connection.execute(
        _NOTE,
        [
            _line(each.brev_id, each.fra, each.til, each.aarsak, moment, each.detalj)
            for each in moved
        ],
    )
    return frozenset(each.brev_id for each in moved)


def move(connection: Connection, one: Move, moment: datetime) -> bool:
    """Move one letter, if it still is where it is believed to be; tell whether it was."""
    return bool(move_each(connection, hold(connection, [one.brev_id]), [one], moment))


@cache
def _update(names: tuple[str, ...]) -> sa.Update:
    """Build a statement once: letters are moved by the hundred thousand."""
    return (
        sa.update(brev)
        .where(
            brev.c.id == sa.bindparam("old_id"),
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
    if not brev_ids:
        return
    lines = [_line(each, fra, til, aarsak, moment, detalj) for each in brev_ids]
    connection.execute(_NOTE, lines)


def _line(
    brev_id: int,
    fra: Tilstand | None,
    til: Tilstand | None,
    aarsak: Aarsak,
    moment: datetime,
    detalj: str | None,
) -> dict[str, Any]:
    return {
        "brev_id": brev_id,
        "tid": moment,
        "fra": None if fra is None else fra.value,
        "til": None if til is None else til.value,
        "aarsak": aarsak.value,
        "detalj": detalj,
    }
