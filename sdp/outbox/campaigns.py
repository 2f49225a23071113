"""Campaigns: when their letters may be sent, how fast, and which come first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sdp.errors import InvalidInputError, OutboxError, Problem
from sdp.outbox.conditions import WAITS
from sdp.outbox.events import move_all
from sdp.outbox.states import Aarsak, Tilstand
from sdp.outbox.tables import WITHOUT_CAMPAIGN, brev, hendelse, kampanje, upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

OSLO: Final = ZoneInfo("Europe/Oslo")
_LONGEST_NAME: Final = 100
_ALL: Final = sa.select(kampanje).order_by(kampanje.c.prioritet.desc(), kampanje.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kampanje:
    """A campaign, and what holds its letters back.

    Attributes:
        navn: 1 to 100 characters; empty for letters that belong to no campaign.
        start: nothing is sent before it; None sends at once.
        per_minutt: the most letters that are sent in a minute; None sets no limit.
        stille: from when to when in Oslo nothing is sent, such as 21:00 to 07:00; None is never.
        prioritet: campaigns with a higher one come first.
        pauset: when it was paused, if it is.
        avbrutt: when it was cancelled, if it was.
        neste: the earliest moment of its next letter, where `per_minutt` is set.
        ulest_dager: after how many days a digital letter that is not opened goes to print; None
            is never.
        ulest_grunn: why its letters ask for an opening receipt.
        id: its row.
    """

    navn: str
    start: datetime | None = None
    per_minutt: int | None = None
    stille: tuple[time, time] | None = None
    prioritet: int = 0
    pauset: datetime | None = None
    avbrutt: datetime | None = None
    neste: datetime | None = None
    ulest_dager: int | None = None
    ulest_grunn: str | None = None
    id: int = 0

    @property
    def interval(self) -> timedelta:
        """The time between two letters; zero where no rate is set."""
        return timedelta(minutes=1) / self.per_minutt if self.per_minutt else timedelta()

    def opens(self, moment: datetime) -> datetime | None:
        """Return when a letter may be sent, `moment` at the earliest; None while it is paused.

        Letters of a cancelled campaign that may have arrived are still settled.
        """
        if self.pauset is not None:
            return None
        earliest = moment if self.start is None else max(moment, self.start)
        return earliest if self.stille is None else after_quiet(earliest, *self.stille)

    def is_open(self, moment: datetime) -> bool:
        """Tell whether letters may be sent now."""
        return self.opens(moment) == moment


def after_quiet(moment: datetime, begins: time, ends: time) -> datetime:
    """Return the moment, or the end of the quiet hours that it falls in, by the clocks in Oslo.

    Quiet hours that begin later in the day than they end go over midnight. What the clocks show
    decides, so on the night when they are turned back, quiet hours are an hour longer.
    """
    local = moment.astimezone(OSLO)
    now = local.time()
    over_midnight = begins > ends
    quiet = (now >= begins or now < ends) if over_midnight else begins <= now < ends
    if not quiet:
        return moment
    day = local.date() + timedelta(days=1 if over_midnight and now >= begins else 0)
    end = datetime.combine(day, ends, OSLO).replace(fold=1).astimezone(UTC)
    return max(end, moment)


def oslo_time(text: str) -> datetime:
    """Read a moment such as `2026-03-29T08:00`, by the clocks in Oslo unless it has an offset.

    Raises:
        InvalidInputError: it is no moment, or the clocks in Oslo never show it.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise _no_moment("must be like 2026-03-29T08:00") from None
    return in_oslo(read)


def in_oslo(moment: datetime) -> datetime:
    """Return a moment in UTC; one without a time zone is by the clocks in Oslo.

    Raises:
        InvalidInputError: the clocks in Oslo never show it, since they are turned forward then.
    """
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    local = moment.replace(tzinfo=OSLO)
    utc = local.astimezone(UTC)
    if utc.astimezone(OSLO).replace(tzinfo=None) != moment:
        raise _no_moment("must be shown by the clocks in Oslo; they are turned forward then")
    return utc


def campaign_id(connection: Connection, navn: str | None, moment: datetime) -> int:
    """Return the row of a campaign, which is made where there is none of the name.

    Raises:
        InvalidInputError: the name breaks a rule.
        OutboxError: the campaign was cancelled.
    """
    if navn is None:
        return WITHOUT_CAMPAIGN
    check_name(navn)
    query = sa.select(kampanje.c.id, kampanje.c.avbrutt).where(kampanje.c.navn == navn)
    row = connection.execute(query).one_or_none()
    if row is None:
        made = upsert(connection.dialect.name, kampanje).values(navn=navn, opprettet=moment)
        connection.execute(made.on_conflict_do_nothing())
        row = connection.execute(query).one()
    if row.avbrutt is not None:
        raise OutboxError(
            "The campaign was cancelled, and takes no letters.", remedy="Use another name."
        )
    return int(row.id)


def check_name(navn: str) -> None:
    """Refuse what cannot be the name of a campaign.

    Raises:
        InvalidInputError: it is empty, too long, or not to be printed.
    """
    if not navn or len(navn) > _LONGEST_NAME or not navn.isprintable():
        rule = "must be 1 to 100 characters that can be printed"
        raise InvalidInputError("The campaign", [Problem("kampanje", rule)])


def all_campaigns(connection: Connection) -> list[Kampanje]:
    """Return every campaign, the most important first; the letters without one are among them."""
    return [_read(row) for row in connection.execute(_ALL)]


def find(connection: Connection, navn: str) -> Kampanje:
    """Return a campaign by its name.

    Raises:
        OutboxError: there is none.
    """
    row = connection.execute(sa.select(kampanje).where(kampanje.c.navn == navn)).one_or_none()
    if row is None or not navn:
        raise OutboxError(
            "There is no campaign of that name.", remedy="See: sdp outbox campaigns DATABASE"
        )
    return _read(row)


def settle_on(
    connection: Connection,
    navn: str,
    moment: datetime,
    *,
    start: datetime | None,
    per_minutt: int | None,
    stille: tuple[time, time] | None,
    prioritet: int,
) -> Kampanje:
    """Make a campaign, or set what holds its letters back.

    Raises:
        InvalidInputError: a value breaks a rule.
    """
    if per_minutt is not None and per_minutt < 1:
        rule = "must be 1 or more"
        raise InvalidInputError("The campaign", [Problem("per_minutt", rule)])
    if stille is not None and stille[0] == stille[1]:
        rule = "must begin and end at different times"
        raise InvalidInputError("The campaign", [Problem("stille", rule)])
    row_id = campaign_id(connection, navn, moment)
    connection.execute(
        sa.update(kampanje)
        .where(kampanje.c.id == row_id)
        .values(
            start=None if start is None else in_oslo(start),
            per_minutt=per_minutt,
            stille_fra=None if stille is None else stille[0].isoformat("minutes"),
            stille_til=None if stille is None else stille[1].isoformat("minutes"),
            prioritet=prioritet,
            neste=None,
        )
    )
    _take_back(connection, row_id)
    return find(connection, navn)


def pause(connection: Connection, navn: str, moment: datetime, *, hvem: str | None = None) -> None:
    """Hold the letters of a campaign back; those on their way at this moment are not stopped."""
    found = find(connection, navn)
    connection.execute(sa.update(kampanje).where(kampanje.c.id == found.id).values(pauset=moment))
    _take_back(connection, found.id)
    note_campaign(connection, found.id, "pauset", moment, hvem)


def resume(connection: Connection, navn: str, moment: datetime, *, hvem: str | None = None) -> None:
    """Let the letters of a paused campaign go on.

    Raises:
        OutboxError: it was cancelled, or there is none of the name.
    """
    found = find(connection, navn)
    if found.avbrutt is not None:
        raise OutboxError("The campaign was cancelled, and cannot go on.")
    connection.execute(sa.update(kampanje).where(kampanje.c.id == found.id).values(pauset=None))
    note_campaign(connection, found.id, "fortsatt", moment, hvem)


def cancel(connection: Connection, navn: str, moment: datetime, *, hvem: str | None = None) -> int:
    """Cancel every letter of a campaign that has not been tried yet, and take no new ones.

    Letters that may have arrived are still settled, since they cannot be called back.

    Returns:
        How many letters were cancelled.
    """
    found = find(connection, navn)
    connection.execute(
        sa.update(kampanje).where(kampanje.c.id == found.id).values(avbrutt=moment, pauset=None)
    )
    note_campaign(connection, found.id, "avbrutt", moment, hvem)
    return cancel_ready(connection, found, moment, hvem=hvem)


def cancel_ready(
    connection: Connection, found: Kampanje, moment: datetime, *, hvem: str | None = None
) -> int:
    """Cancel the letters of a cancelled campaign that are certain not to have been sent."""
    return move_all(
        connection,
        [brev.c.kampanje_id == found.id],
        Tilstand.KLAR,
        Tilstand.AVBRUTT,
        Aarsak.AVBRUTT,
        moment,
        detalj=hvem,
        blokk_id=None,
    )


def _take_back(connection: Connection, row_id: int) -> None:
    """Take letters that wait in a block out of it: they are handed out anew when they may go."""
    connection.execute(
        sa.update(brev)
        .where(brev.c.kampanje_id == row_id, brev.c.blokk_id.is_not(None), WAITS)
        .values(blokk_id=None)
    )


def note_campaign(
    connection: Connection, row_id: int, what: str, moment: datetime, hvem: str | None
) -> None:
    """Note in the history of a campaign what was decided about it, and by whom."""
    line = {"kampanje_id": row_id, "tid": moment, "aarsak": what, "detalj": hvem}
    connection.execute(sa.insert(hendelse), line)


def _read(row: Row[tuple[object, ...]]) -> Kampanje:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    begins, ends = values["stille_fra"], values["stille_til"]
    quiet = None if begins is None else (time.fromisoformat(begins), time.fromisoformat(ends))
    return Kampanje(
        navn=values["navn"],
        start=values["start"],
        per_minutt=values["per_minutt"],
        stille=quiet,
        prioritet=values["prioritet"],
        pauset=values["pauset"],
        avbrutt=values["avbrutt"],
        neste=values["neste"],
        ulest_dager=values["ulest_dager"],
        ulest_grunn=values["ulest_grunn"],
        id=values["id"],
    )


def _no_moment(rule: str) -> InvalidInputError:
    return InvalidInputError("The moment", [Problem("start", rule)])
