"""Transitions as they are written: the new state of letters, and a line in their history."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.outbox.states import FINAL, Aarsak, Tilstand, check
from sdp.outbox.tables import brev, hendelse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

CHUNK: Final = 500
"""The most ids that stand in one statement."""

_NOTE: Final = sa.insert(hendelse)


def move(
    connection: Connection,
    brev_id: int,
    fra: Tilstand,
    til: Tilstand,
    aarsak: Aarsak,
    moment: datetime,
    *,
    attempt: int | None = None,
    block: int | None = None,
    detalj: str | None = None,
    **values: Any,
) -> bool:
    """Move one letter, if it still is where it is believed to be; tell whether it was.

    Args:
        connection: a transaction that writes.
        brev_id: the letter.
        fra: the state that it must be in.
        til: its new state.
        aarsak: why.
        moment: when.
        attempt: the attempt that must be its latest; None for any.
        block: the block that it must be in; None for any.
        detalj: more about why; nothing private.
        values: other columns to set.
    """
    check(fra, til, aarsak)
    values |= {"tilstand": til.value, "avsluttet": moment if til in FINAL else None}
    fence: dict[str, object] = {"id": brev_id, "tilstand": fra.value}
    if attempt is not None:
        fence["forsok"] = attempt
    if block is not None:
        fence["blokk_id"] = block
    given = {f"new_{name}": value for name, value in values.items()} | {
        f"old_{name}": value for name, value in fence.items()
    }
    if connection.execute(_update(tuple(fence), tuple(values)), given).rowcount != 1:
        return False
    note(connection, [brev_id], fra, til, aarsak, moment, detalj=detalj)
    return True


@cache
def _update(fence: tuple[str, ...], values: tuple[str, ...]) -> sa.Update:
    """Build a statement once: letters are moved by the hundred thousand."""
    return (
        sa.update(brev)
        .where(*(brev.c[name] == sa.bindparam(f"old_{name}") for name in fence))
        .values({brev.c[name]: sa.bindparam(f"new_{name}") for name in values})
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
    line: dict[str, Any] = {
        "tid": moment,
        "fra": None if fra is None else fra.value,
        "til": None if til is None else til.value,
        "aarsak": aarsak.value,
        "detalj": detalj,
    }
    connection.execute(_NOTE, [{"brev_id": each, **line} for each in brev_ids])
