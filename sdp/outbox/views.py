"""Views of letters: by state, one by one with their history, and as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.errors import OutboxError
from sdp.outbox.campaigns import all_campaigns, find
from sdp.outbox.conditions import is_late
from sdp.outbox.states import FINAL, UNDER_WAY, Aarsak, Tilstand
from sdp.outbox.tables import avvik, brems, brev, forsok, hendelse, kampanje, kvittering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.outbox.campaigns import Kampanje
    from sdp.outbox.database import Database

_PAGE: Final = 500
_RATE_WINDOW: Final = timedelta(minutes=1)

_SHOWN: Final = (
    *(brev.c.nokkel, brev.c.tilstand, brev.c.meldings_id, brev.c.konversasjons_id, brev.c.grunn),
    *(brev.c.forsok, brev.c.opprettet, brev.c.klar_fra, brev.c.rute, brev.c.rutegrunn),
    *(brev.c.regel, brev.c.oppslag, brev.c.mottaker, brev.c.varsler, brev.c.transport_id),
    *(brev.c.fingeravtrykk, brev.c.betalbare_bytes, brev.c.sendt, brev.c.levert, brev.c.frist),
    *(brev.c.avsluttet, brev.c.aapnet, brev.c.id),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A letter in the outbox, without anything private.

    Attributes:
        nokkel: the caller's key.
        kampanje: the campaign it belongs to; None for none.
        tilstand: how far it has come.
        meldings_id, konversasjons_id: its ids, fixed when it was put.
        grunn: why it was refused, has failed or waits: field, rule and remedy.
        forsok: how many attempts there were.
        opprettet: when it was put.
        klar_fra: when it may be tried, or tried again.
        rute: `digital` or `print`, once it was decided.
        rutegrunn: why it goes that way.
        regel: the rule that says so.
        oppslag: when the contact register gave the answer that it went by.
        mottaker: the organisation it was sent to.
        varsler: which notices were ordered with it.
        transport_id: the transport's id of the message that was accepted.
        fingeravtrykk: the SHA-256 of its encrypted package, in hexadecimal.
        betalbare_bytes: what it is billed by.
        sendt: when it was accepted.
        levert: when it was in the mailbox, or handed to the post.
        frist: by when its levering must have come.
        avsluttet: when it got to a final state.
        aapnet: when the citizen opened it, if that was asked for and has happened.
        i_stedet_for: the key of the digital letter that was not read, if it is printed for that.
        erstattet_av: the key of the letter that is printed in its place, if there is one.
    """

    nokkel: str
    kampanje: str | None
    tilstand: Tilstand
    meldings_id: str
    konversasjons_id: str
    grunn: str | None
    forsok: int
    opprettet: datetime
    klar_fra: datetime
    rute: str | None
    rutegrunn: str | None
    regel: str | None
    oppslag: datetime | None
    mottaker: str | None
    varsler: str | None
    transport_id: str | None
    fingeravtrykk: str | None
    betalbare_bytes: int | None
    sendt: datetime | None
    levert: datetime | None
    frist: datetime | None
    avsluttet: datetime | None
    aapnet: datetime | None = None
    i_stedet_for: str | None = None
    erstattet_av: str | None = None


@dataclass(frozen=True, slots=True)
class Hendelse:
    """A line in the history of a letter.

    Attributes:
        tid: when.
        fra, til: the states before and after; `fra` is None for the first.
        aarsak: the cause.
        detalj: more about the cause, or None.
    """

    tid: datetime
    fra: Tilstand | None
    til: Tilstand | None
    aarsak: str
    detalj: str | None = None


@dataclass(frozen=True, slots=True)
class Mottatt:
    """A receipt in the outbox.

    Attributes:
        meldings_id: its own id.
        nokkel: the key of the letter; None if no letter here has its conversation.
        konversasjons_id: the conversation that it names.
        slag: `mottak`, `levering`, `aapning`, `varslingfeilet`, `returpost` or `feil`.
        tidspunkt: when it happened.
        avsender: who signed it.
        mottatt: when it was stored here.
        bekreftet: when the other side was told so; None if it has not been yet.
        raw: the signed bytes.
    """

    meldings_id: str
    nokkel: str | None
    konversasjons_id: str
    slag: str
    tidspunkt: datetime
    avsender: str
    mottatt: datetime
    bekreftet: datetime | None
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Avvik:
    """Answer that could not be read or trusted as a receipt.

    Attributes:
        id: its number.
        tid, sist: when it came first and last.
        ganger: how many times it came.
        message_id: the transport's id, where it can be trusted.
        slag: the kind of error.
        grunn: why, in words.
        raw: the bytes as they came; they may hold personal data.
    """

    id: int
    tid: datetime
    sist: datetime
    ganger: int
    message_id: str | None
    slag: str
    grunn: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Historikk:
    """All that the outbox knows of one letter."""

    post: Post
    hendelser: tuple[Hendelse, ...]
    forsok: tuple[Mapping[str, object], ...]
    kvitteringer: tuple[Mottatt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Progress of the letters of a campaign, or of the whole outbox.

    Attributes:
        kampanje: the campaign; None for all.
        antall: letters in each state; every state is there.
        forfalt: letters without a levering after their deadline.
        avvik: receipts that were set aside.
        ukjente_kvitteringer: receipts that no letter here belongs to.
        per_minutt: letters accepted in the last minute.
        gjenstaar: how long the rest will take at that rate; None if that cannot be told.
        pauset: whether the campaign is paused.
        bremser: for each wire that is left alone, until when and why.
    """

    kampanje: str | None
    antall: Mapping[Tilstand, int]
    forfalt: int
    avvik: int
    ukjente_kvitteringer: int
    per_minutt: int
    pauset: bool
    bremser: Mapping[str, tuple[datetime, str]]

    @property
    def total(self) -> int:
        """The number of letters."""
        return sum(self.antall.values())

    @property
    def igjen(self) -> int:
        """Letters that are left to send."""
        return sum(self.antall[tilstand] for tilstand in UNDER_WAY)

    @property
    def gjenstaar(self) -> timedelta | None:
        """Time the rest will take at the rate of the last minute; None if nothing was sent."""
        if not self.igjen:
            return timedelta()
        return timedelta(minutes=self.igjen / self.per_minutt) if self.per_minutt else None

    @property
    def er_ferdig(self) -> bool:
        """True when every letter is in a final state."""
        return all(not count for tilstand, count in self.antall.items() if tilstand not in FINAL)

    def __str__(self) -> str:
        name = "all letters" if self.kampanje is None else self.kampanje
        counts = ", ".join(f"{count} {state}" for state, count in self.antall.items() if count)
        parts = [f"{name}: {self.total} letters" + (f" ({counts})" if counts else "")]
        if self.igjen:
            parts.append(f"{self.igjen} left to send, {self.per_minutt} a minute")
            if (rest := self.gjenstaar) is not None:
                parts.append(f"about {timedelta(seconds=round(rest.total_seconds()))} left")
        if self.pauset:
            parts.append("paused")
        if self.forfalt:
            parts.append(f"{self.forfalt} without levering after the deadline")
        if self.avvik:
            parts.append(f"{self.avvik} receipts set aside")
        parts += [f"{wire} is left alone: {why}" for wire, (_, why) in self.bremser.items()]
        return "; ".join(parts)


def status(connection: Connection, navn: str | None, moment: datetime) -> Status:
    """Count the letters of a campaign, or all.

    Raises:
        OutboxError: there is no campaign of that name.
    """
    campaign = None if navn is None else find(connection, navn)
    of_campaign = [] if campaign is None else [brev.c.kampanje_id == campaign.id]
    counted = sa.select(brev.c.tilstand, sa.func.count()).where(*of_campaign)
    found: dict[str, int] = dict(iter(connection.execute(counted.group_by(brev.c.tilstand))))

    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0

    braked = connection.execute(sa.select(brems).where(brems.c.til > moment))
    return Status(
        kampanje=navn,
        antall={tilstand: found.get(tilstand.value, 0) for tilstand in Tilstand},
        forfalt=count(brev, *is_late(moment), *of_campaign),
        avvik=count(avvik),
        ukjente_kvitteringer=count(kvittering, kvittering.c.brev_id.is_(None)),
        per_minutt=count(brev, brev.c.sendt > moment - _RATE_WINDOW, *of_campaign),
        pauset=campaign is not None and campaign.pauset is not None,
        bremser={row.wire: (row.til, row.grunn) for row in braked},
    )


def statuses(connection: Connection, moment: datetime) -> list[tuple[Kampanje, Status]]:
    """Count the letters of every campaign at once, the most important first.

    Letters that belong to none are counted under the campaign without a name.
    """
    counted = sa.select(brev.c.kampanje_id, brev.c.tilstand, sa.func.count())
    found = {
        (campaign, tilstand): count
        for campaign, tilstand, count in connection.execute(
            counted.group_by(brev.c.kampanje_id, brev.c.tilstand)
        )
    }

    def by_campaign(*where: sa.ColumnElement[bool]) -> dict[int, int]:
        query = sa.select(brev.c.kampanje_id, sa.func.count()).where(*where)
        return dict(iter(connection.execute(query.group_by(brev.c.kampanje_id))))

    overdue = by_campaign(*is_late(moment))
    rate = by_campaign(brev.c.sendt > moment - _RATE_WINDOW)
    return [
        (
            campaign,
            Status(
                kampanje=campaign.navn,
                antall={each: found.get((campaign.id, each.value), 0) for each in Tilstand},
                forfalt=overdue.get(campaign.id, 0),
                avvik=0,
                ukjente_kvitteringer=0,
                per_minutt=rate.get(campaign.id, 0),
                pauset=campaign.pauset is not None,
                bremser={},
            ),
        )
        for campaign in all_campaigns(connection)
    ]


def letters(
    database: Database,
    *,
    tilstand: Tilstand | None = None,
    navn: str | None = None,
    overdue_at: datetime | None = None,
    personidentifikator: str | None = None,
) -> Iterator[Post]:
    """Yield letters in the order they were put, a page in each transaction.

    Args:
        database: the outbox.
        tilstand: only those in this state.
        navn: only those of this campaign.
        overdue_at: only those without a levering after their deadline at this moment.
        personidentifikator: only those to this person.

    Raises:
        OutboxError: there is no campaign of that name.
    """
    after: int | None = 0
    while after is not None:
        with database.read() as connection:
            where: list[sa.ColumnElement[bool]] = [brev.c.id > after]
            if tilstand is not None:
                where.append(brev.c.tilstand == tilstand.value)
            if navn is not None:
                where.append(brev.c.kampanje_id == find(connection, navn).id)
            if personidentifikator is not None:
                where.append(database.vault.is_person(connection, personidentifikator))
            if overdue_at is not None:
                where += is_late(overdue_at)
            rows = connection.execute(posts().where(*where).order_by(brev.c.id).limit(_PAGE)).all()
        yield from map(post_of, rows)
        after = rows[-1].id if len(rows) == _PAGE else None


def find_post(connection: Connection, nokkel: str) -> Post:
    """Return one letter by its key.

    Raises:
        OutboxError: there is none.
    """
    row = connection.execute(posts().where(brev.c.nokkel == nokkel)).one_or_none()
    if row is None:
        raise OutboxError(
            "There is no letter with that key.", remedy="See: sdp outbox letters DATABASE"
        )
    return post_of(row)


def history(connection: Connection, nokkel: str) -> Historikk:
    """Return all that is known of one letter.

    Raises:
        OutboxError: there is none with that key.
    """
    post = find_post(connection, nokkel)
    brev_id = connection.scalar(sa.select(brev.c.id).where(brev.c.nokkel == nokkel))
    lines = connection.execute(
        sa.select(hendelse).where(hendelse.c.brev_id == brev_id).order_by(hendelse.c.id)
    )
    attempts = connection.execute(
        sa.select(
            forsok.c.nr, forsok.c.meldings_id, forsok.c.ferdig, forsok.c.utfall, forsok.c.feil
        )
        .where(forsok.c.brev_id == brev_id)
        .order_by(forsok.c.id)
    ).mappings()
    first = Hendelse(post.opprettet, None, Tilstand.KLAR, Aarsak.LAGT_INN.value)
    return Historikk(
        post,
        (
            first,
            *(
                Hendelse(line.tid, _state(line.fra), _state(line.til), line.aarsak, line.detalj)
                for line in lines
            ),
        ),
        tuple(dict(attempt) for attempt in attempts),
        tuple(receipts(connection, nokkel=nokkel)),
    )


def receipts(connection: Connection, *, nokkel: str | None = None) -> Iterator[Mottatt]:
    """Yield the receipts of one letter, or all, in the order they were stored."""
    query = (
        sa.select(kvittering, brev.c.nokkel)
        .outerjoin_from(kvittering, brev, kvittering.c.brev_id == brev.c.id)
        .order_by(kvittering.c.mottatt, kvittering.c.meldings_id)
    )
    if nokkel is not None:
        query = query.where(brev.c.nokkel == nokkel)
    for row in connection.execute(query.execution_options(yield_per=_PAGE)):
        yield Mottatt(
            *(row.meldings_id, row.nokkel, row.konversasjons_id, row.slag, row.tidspunkt),
            *(row.avsender, row.mottatt, row.bekreftet, bytes(row.raa)),
        )


def kept_aside(connection: Connection) -> list[Avvik]:
    """Return what was set aside, the oldest first."""
    rows = connection.execute(sa.select(avvik).order_by(avvik.c.id))
    return [
        Avvik(
            *(row.id, row.tid, row.sist, row.ganger, row.message_id, row.slag, row.grunn),
            bytes(row.raa),
        )
        for row in rows
    ]


_other: Final = brev.alias()
_IN_PLACE_OF: Final = (
    sa.select(_other.c.nokkel).where(_other.c.id == brev.c.erstatter_id).scalar_subquery()
)
_REPLACED_BY: Final = (
    sa.select(_other.c.nokkel).where(_other.c.erstatter_id == brev.c.id).scalar_subquery()
)


def posts() -> sa.Select[Any]:
    """Select letters as `post_of` reads them."""
    return sa.select(
        *_SHOWN,
        kampanje.c.navn.label("kampanje"),
        _IN_PLACE_OF.label("i_stedet_for"),
        _REPLACED_BY.label("erstattet_av"),
    ).join_from(brev, kampanje)


def post_of(row: sa.Row[Any]) -> Post:
    """Read a row of `posts`."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    del values["id"]
    values["tilstand"] = Tilstand(values["tilstand"])
    values["kampanje"] = values["kampanje"] or None
    return Post(**values)


def _state(text: str | None) -> Tilstand | None:
    return None if text is None else Tilstand(text)
