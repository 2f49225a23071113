"""Matters that are stuck: found by the outbox, and each told of once.

They are letters without a levering after their deadline, letters that are unsettled, letters that
were not read and could not be printed, receipts that were set aside, and providers that deliver
slower than they usually do.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.outbox.conditions import IS_SENT, is_late
from sdp.outbox.decisions import commands, what_to_do
from sdp.outbox.events import note
from sdp.outbox.slowness import Slowness, slower_than_usual
from sdp.outbox.states import Aarsak, Tilstand
from sdp.outbox.tables import avvik, brev, kampanje, oppfolging, upsert
from sdp.outbox.unread import not_printed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.outbox.slowness import SlowRule

_BATCH: Final = 200
_DATABASE: Final = "DATABASE"


class Slag(StrEnum):
    """Kind of a matter that is stuck."""

    FORFALT = "forfalt"
    """A letter has no levering after its deadline."""
    UAVKLART = "uavklart"
    """It is not known whether a letter arrived, and sending again did not settle it."""
    ULEST = "ulest"
    """A digital letter was not read, and could not be printed in its place."""
    AVVIK = "avvik"
    """A receipt could not be read or trusted, and was set aside."""
    TREG = "treg"
    """A provider delivers slower than it usually does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oppfolging:
    """A matter that is stuck, and what to do about it. Nothing in it is private.

    Attributes:
        slag: its kind.
        hva: what is the matter, in a sentence.
        siden: since when; for a provider, when it was looked at.
        tiltak: what to do, in a sentence.
        kommandoer: the commands that settle it, or tell more.
        nokkel: the key of the letter, if it is one.
        kampanje: the campaign of the letter.
        meldings_id: the message that the other side can be asked about.
        mottaker: the organisation that has it, or is slow.
    """

    slag: Slag
    hva: str
    siden: datetime
    tiltak: str
    kommandoer: tuple[str, ...]
    nokkel: str | None = None
    kampanje: str | None = None
    meldings_id: str | None = None
    mottaker: str | None = None


def stuck(
    connection: Connection, moment: datetime, rule: SlowRule, most: int | None = None
) -> Iterator[Oppfolging]:
    """Yield every matter that is stuck now, the oldest of each kind first.

    Args:
        connection: reads.
        moment: now.
        rule: what is slower than usual.
        most: no more than this of each kind; None is all.
    """
    late = _LETTERS.where(*is_late(moment)).order_by(brev.c.frist)
    for row in connection.execute(late.limit(most)):
        yield _overdue(row)
    unsettled = _LETTERS.where(brev.c.tilstand == Tilstand.UAVKLART.value).order_by(brev.c.id)
    for row in connection.execute(unsettled.limit(most)):
        yield _unsettled(row)
    unread = _LETTERS.where(*not_printed()).order_by(brev.c.id)
    for row in connection.execute(unread.limit(most)):
        yield _unread(row)
    for row in connection.execute(_RECEIPTS.limit(most)):
        yield _set_aside(row)
    for mottaker, found in slow_providers(connection, moment, rule):
        yield _slow(mottaker, found, moment)


def newly_stuck(connection: Connection, moment: datetime, rule: SlowRule) -> list[Oppfolging]:
    """Return matters that nobody has been told of, and note that somebody has been now.

    Nobody gets the same one twice, whatever starts again: it is noted in the transaction of
    `connection`. A letter that is unsettled again after a retry is a new matter, and so is a
    provider that has been as fast as usual in between.
    """
    found = [
        *map(_overdue, _mark_overdue(connection, moment)),
        *(_unsettled(row) for row in _untold_letters(connection, moment)),
        *(_unread(row) for row in _untold_unread(connection, moment)),
        *(_set_aside(row) for row in _untold_receipts(connection, moment)),
    ]
    slow = dict(slow_providers(connection, moment, rule))
    connection.execute(
        sa.delete(oppfolging).where(
            oppfolging.c.slag == Slag.TREG.value, oppfolging.c.gjelder.not_in(list(slow))
        )
    )
    told = _first_told(connection, Slag.TREG, slow, moment)
    return [*found, *(_slow(each, slow[each], moment) for each in slow if each in told)]


def slow_providers(
    connection: Connection, moment: datetime, rule: SlowRule
) -> Iterator[tuple[str, Slowness]]:
    """Yield the organisations that deliver slower than they usually do."""
    for mottaker in _providers(connection):
        found = slower_than_usual(
            _times(connection, mottaker, rule.latest + rule.usual),
            _ages(connection, mottaker, moment, rule.latest),
            rule,
        )
        if found is not None:
            yield mottaker, found


_LETTERS: Final[sa.Select[Any]] = sa.select(
    *(brev.c.id, brev.c.nokkel, brev.c.forsok, brev.c.meldings_id, brev.c.mottaker, brev.c.rute),
    *(brev.c.frist, brev.c.ukjent_siden, brev.c.opprettet, brev.c.grunn, brev.c.ulest_avgjort),
    kampanje.c.navn.label("kampanje"),
).join_from(brev, kampanje)
_RECEIPTS: Final[sa.Select[Any]] = sa.select(avvik).order_by(avvik.c.id)


def _mark_overdue(connection: Connection, moment: datetime) -> Sequence[sa.Row[Any]]:
    query = (
        _LETTERS.where(*is_late(moment), brev.c.forfalt.is_(None))
        .order_by(brev.c.frist)
        .limit(_BATCH)
        .with_for_update(skip_locked=True, of=brev)
    )
    rows = connection.execute(query).all()
    if rows:
        ids = [row.id for row in rows]
        connection.execute(sa.update(brev).where(brev.c.id.in_(ids)).values(forfalt=moment))
        note(connection, ids, Tilstand.SENDT, Tilstand.SENDT, Aarsak.FORFALT, moment)
    return rows


def _untold_letters(connection: Connection, moment: datetime) -> list[sa.Row[Any]]:
    # The attempt is part of what it is about: one that is unsettled again is told of again.
    about = sa.cast(brev.c.id, sa.String) + ":" + sa.cast(brev.c.forsok, sa.String)
    untold = about.not_in(_told(Slag.UAVKLART))
    query = _LETTERS.where(brev.c.tilstand == Tilstand.UAVKLART.value, untold)
    rows = {
        f"{row.id}:{row.forsok}": row
        for row in connection.execute(query.order_by(brev.c.id).limit(_BATCH))
    }
    told = _first_told(connection, Slag.UAVKLART, rows, moment)
    return [row for about_row, row in rows.items() if about_row in told]


def _untold_unread(connection: Connection, moment: datetime) -> list[sa.Row[Any]]:
    untold = sa.cast(brev.c.id, sa.String).not_in(_told(Slag.ULEST))
    query = _LETTERS.where(*not_printed(), untold).order_by(brev.c.id).limit(_BATCH)
    rows = {str(row.id): row for row in connection.execute(query)}
    told = _first_told(connection, Slag.ULEST, rows, moment)
    return [row for about, row in rows.items() if about in told]


def _untold_receipts(connection: Connection, moment: datetime) -> list[sa.Row[Any]]:
    untold = sa.cast(avvik.c.id, sa.String).not_in(_told(Slag.AVVIK))
    query = _RECEIPTS.where(untold).limit(_BATCH)
    rows = {str(row.id): row for row in connection.execute(query)}
    told = _first_told(connection, Slag.AVVIK, rows, moment)
    return [row for about, row in rows.items() if about in told]


def _told(slag: Slag) -> sa.Select[tuple[str]]:
    return sa.select(oppfolging.c.gjelder).where(oppfolging.c.slag == slag.value)


def _first_told(
    connection: Connection, slag: Slag, about: Iterable[str], moment: datetime
) -> frozenset[str]:
    """Note what somebody is told of, and return those that nobody else has noted before."""
    lines = [{"slag": slag.value, "gjelder": each, "tid": moment} for each in about]
    if not lines:
        return frozenset()
    insert = upsert(connection.dialect.name, oppfolging).on_conflict_do_nothing()
    return frozenset(connection.scalars(insert.returning(oppfolging.c.gjelder), lines))


def _providers(connection: Connection) -> Iterator[str]:
    """Yield who has delivered anything: one step down the index for each."""
    latest = ""
    while True:
        query = sa.select(sa.func.min(brev.c.mottaker)).where(
            brev.c.levert.is_not(None), brev.c.mottaker > latest
        )
        found: str | None = connection.scalar(query)
        if found is None:
            return
        yield found
        latest = found


def _times(connection: Connection, mottaker: str, most: int) -> list[timedelta]:
    """Return the latest times from acceptance to levering, the latest first."""
    query = (
        sa.select(brev.c.sendt, brev.c.levert)
        .where(brev.c.mottaker == mottaker, brev.c.levert.is_not(None), brev.c.sendt.is_not(None))
        .order_by(brev.c.levert.desc())
        .limit(most)
    )
    # The clock of the other side may be behind ours.
    return [max(levert - sendt, timedelta()) for sendt, levert in connection.execute(query)]


def _ages(connection: Connection, mottaker: str, moment: datetime, most: int) -> list[timedelta]:
    query = (
        sa.select(brev.c.sendt)
        .where(IS_SENT, brev.c.mottaker == mottaker)
        .order_by(brev.c.frist)
        .limit(most)
    )
    return [moment - sendt for sendt in connection.scalars(query) if sendt is not None]


def _overdue(row: sa.Row[Any]) -> Oppfolging:
    return Oppfolging(
        slag=Slag.FORFALT,
        hva=f"The {row.rute or ''} letter has no levering after its deadline.".replace("  ", " "),
        siden=row.frist,
        tiltak="Ask the receiver about the message id; its receipt still counts when it comes.",
        kommandoer=(f"sdp outbox show {_DATABASE} {shlex.quote(row.nokkel)}",),
        **_of_letter(row),
    )


def _unsettled(row: sa.Row[Any]) -> Oppfolging:
    return Oppfolging(
        slag=Slag.UAVKLART,
        hva="It is not known whether the letter arrived, and sending again did not settle it.",
        siden=row.ukjent_siden or row.opprettet,
        tiltak="Ask the receiver about the message id. " + what_to_do(Tilstand.UAVKLART),
        kommandoer=commands(Tilstand.UAVKLART, row.nokkel),
        **_of_letter(row),
    )


def _unread(row: sa.Row[Any]) -> Oppfolging:
    key = shlex.quote(row.nokkel)
    return Oppfolging(
        slag=Slag.ULEST,
        hva="The digital letter was not read, and could not be printed in its place.",
        siden=row.ulest_avgjort,
        tiltak="Its history says why. Reach the person otherwise, and then say that it is seen to.",
        kommandoer=(
            f"sdp outbox show {_DATABASE} {key}",
            f"sdp outbox seen-to {_DATABASE} {key}",
        ),
        **_of_letter(row),
    )


def _of_letter(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "nokkel": row.nokkel,
        "kampanje": row.kampanje or None,
        "meldings_id": row.meldings_id,
        "mottaker": row.mottaker,
    }


def _set_aside(row: sa.Row[Any]) -> Oppfolging:
    return Oppfolging(
        slag=Slag.AVVIK,
        hva=f"A receipt was set aside: {row.grunn}",
        siden=row.tid,
        tiltak="Correct what the reason names; it comes again until it can be trusted.",
        kommandoer=(f"sdp outbox receipts {_DATABASE}",),
    )


def _slow(mottaker: str, found: Slowness, moment: datetime) -> Oppfolging:
    return Oppfolging(
        slag=Slag.TREG,
        hva=f"{mottaker} takes {_in_words(found.now)} to deliver, and usually"
        f" {_in_words(found.usual)}.",
        siden=moment,
        tiltak="Look for a notice of trouble at the provider; pause the campaigns if it goes on.",
        kommandoer=(f"sdp outbox status {_DATABASE}", f"sdp outbox pause {_DATABASE} CAMPAIGN"),
        mottaker=mottaker,
    )


def _in_words(time: timedelta) -> str:
    return str(timedelta(seconds=round(time.total_seconds())))
