"""Handing letters out in blocks. Pause, start, rate, quiet hours and priority are decided here.

One dispatch runs at a time: on SQLite because transactions that write do, on PostgreSQL by an
advisory lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.outbox.campaigns import all_campaigns, cancel_ready
from sdp.outbox.conditions import WAITS
from sdp.outbox.events import CHUNK
from sdp.outbox.locks import AdvisoryLock, hold_alone
from sdp.outbox.tables import blokk, brev, kampanje, ko
from sdp.outbox.window import release, release_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from sdp.outbox.campaigns import Kampanje

_HORIZON: Final = timedelta(minutes=5)
"""Time ahead for which letters of a campaign with a rate are handed out together."""

# Literals, so that the index of such letters alone is used.
_ONE_WAITS: Final = (
    sa.select(sa.literal(1))
    .select_from(brev)
    .where(brev.c.blokk_id.is_(None), sa.text("tilstand IN ('klar', 'ukjent')"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on what is handed out at a time.

    Attributes:
        block: the most letters in a block.
        ahead: how many blocks may wait for a worker.
        untaken: how long a block may wait, until it is handed out anew.
    """

    block: int
    ahead: int
    untaken: timedelta


def anything_waits(connection: Connection) -> bool:
    """Tell whether there is a letter to hand out or cancel, now or later: looking is cheap."""
    return connection.scalar(_ONE_WAITS) is not None


def dispatch(
    connection: Connection,
    moment: datetime,
    limits: Limits,
    enqueue: Callable[[Connection, int], None],
) -> list[int]:
    """Hand out letters that may be sent now, and return the new blocks.

    Args:
        connection: a transaction that writes.
        moment: when.
        limits: how much.
        enqueue: tells the workers of a block, in the same transaction.
    """
    hold_alone(connection, AdvisoryLock.DISPATCH)
    waiting = sa.select(sa.func.count()).select_from(blokk).where(blokk.c.arbeider_id.is_(None))
    room = limits.ahead - (connection.scalar(waiting) or 0)
    campaigns = all_campaigns(connection)
    for campaign in campaigns:
        if campaign.avbrutt is not None:
            cancel_ready(connection, campaign, moment)
    made: list[int] = []
    while len(made) < room:
        block = _block(connection, campaigns, moment, limits.block)
        if block is None:
            break
        enqueue(connection, block)
        made.append(block)
    return made


def release_lost(
    connection: Connection,
    moment: datetime,
    untaken: timedelta,
    is_alive: Callable[[int], bool],
) -> int:
    """Take blocks back from workers that are gone, and those that nobody takes.

    What was in the window of such a worker may have been sent: it is sent again with the same ids.

    Returns:
        How many blocks, and letters without one, were taken back.
    """
    open_blocks = connection.execute(sa.select(blokk).with_for_update(skip_locked=True)).all()
    lost = [
        row.id
        for row in open_blocks
        if (
            row.tildelt + untaken < moment
            if row.arbeider_id is None
            else row.leie_til < moment or not is_alive(row.arbeider_id)
        )
    ]
    for block in lost:
        release(connection, block, moment)
    _free_queues(connection, is_alive)
    return len(lost) + release_orphans(connection, moment)


def _free_queues(connection: Connection, is_alive: Callable[[int], bool]) -> None:
    holders = sa.select(ko.c.arbeider_id).where(ko.c.arbeider_id.is_not(None)).distinct()
    for holder in connection.scalars(holders).all():
        if not is_alive(holder):
            connection.execute(
                sa.update(ko)
                .where(ko.c.arbeider_id == holder)
                .values(arbeider_id=None, leie_til=None)
            )


def due(campaign: Kampanje, moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of letters that wait to be handed out."""
    return (
        brev.c.kampanje_id == campaign.id,
        brev.c.blokk_id.is_(None),
        WAITS,
        brev.c.klar_fra <= moment,
    )


def _block(
    connection: Connection, campaigns: Sequence[Kampanje], moment: datetime, size: int
) -> int | None:
    chosen: list[tuple[int, datetime | None]] = []
    for campaign in campaigns:
        if len(chosen) == size:
            break
        chosen += _chosen(connection, campaign, moment, size - len(chosen))
    if not chosen:
        return None
    made = sa.insert(blokk).values(tildelt=moment).returning(blokk.c.id)
    block: int = connection.execute(made).scalar_one()
    ids = [brev_id for brev_id, _ in chosen]
    for begin in range(0, len(ids), CHUNK):
        some = ids[begin : begin + CHUNK]
        connection.execute(sa.update(brev).where(brev.c.id.in_(some)).values(blokk_id=block))
    timed = [{"b_id": brev_id, "b_fra": slot} for brev_id, slot in chosen if slot is not None]
    if timed:
        connection.execute(
            sa.update(brev)
            .where(brev.c.id == sa.bindparam("b_id"))
            .values(klar_fra=sa.bindparam("b_fra")),
            timed,
        )
    return block


def _chosen(
    connection: Connection, campaign: Kampanje, moment: datetime, room: int
) -> list[tuple[int, datetime | None]]:
    """Choose letters of one campaign, each with its moment where the campaign has a rate."""
    if not campaign.is_open(moment):
        return []
    query = (
        sa.select(brev.c.id)
        .where(*due(campaign, moment))
        .order_by(brev.c.rang, brev.c.klar_fra, brev.c.id)
    )
    if not campaign.per_minutt:
        return [(brev_id, None) for brev_id in connection.scalars(query.limit(room))]
    slots = _slots(connection, campaign, moment, room)
    chosen = list(zip(connection.scalars(query.limit(len(slots))), slots, strict=False))
    if chosen:
        neste = chosen[-1][1] + campaign.interval
        connection.execute(
            sa.update(kampanje).where(kampanje.c.id == campaign.id).values(neste=neste)
        )
    return list(chosen)


def _slots(
    connection: Connection, campaign: Kampanje, moment: datetime, room: int
) -> list[datetime]:
    neste = connection.scalar(sa.select(kampanje.c.neste).where(kampanje.c.id == campaign.id))
    slot = moment if neste is None else max(neste, moment)
    slots: list[datetime] = []
    while len(slots) < room and slot <= moment + _HORIZON and campaign.is_open(slot):
        slots.append(slot)
        slot += campaign.interval
    return slots


def holders_of(connection: Connection) -> frozenset[int]:
    """Return the workers that have a block or a queue."""
    return frozenset(
        holder
        for column in (blokk.c.arbeider_id, ko.c.arbeider_id)
        for holder in connection.scalars(sa.select(column).where(column.is_not(None)).distinct())
    )
