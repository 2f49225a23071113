"""Unread letters: a digital letter that was not read goes to print, once.

It is an optional rule of a campaign. The opening receipt that it takes is priced, and felt as
intrusive by the citizen, so that the rule has a reason, and each letter's history has it too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import sqlalchemy as sa

from sdp.errors import (
    DocumentError,
    InvalidInputError,
    OutboxError,
    Problem,
    UnreadableLetterError,
)
from sdp.outbox.campaigns import OSLO, all_campaigns, campaign_id, find, note_campaign
from sdp.outbox.events import note
from sdp.outbox.presence import refuse_older_workers
from sdp.outbox.reading import Reader
from sdp.outbox.states import Aarsak, Tilstand
from sdp.outbox.tables import (
    UNREAD_SINCE,
    brev,
    brev_dokument,
    kampanje,
    kvittering,
    lager,
    oppfolging,
    upsert,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from sdp.domain import Brev
    from sdp.outbox.campaigns import Kampanje
    from sdp.outbox.database import Database
    from sdp.outbox.vault import Seal, Vault

SEEN_TO: Final = "ulest_ordnet"
"""The kind of note, beside what was told, that a person has seen to a letter without print."""

_SUFFIX: Final = ":utskrift"
_LONGEST_KEY: Final = 255
_DIGEST: Final = 32
_BATCH: Final = 100
_MOST_DAYS: Final = 365
_SHORTEST_REASON: Final = 10


@dataclass(frozen=True, slots=True)
class _Unread:
    """A letter that was not read, and why that is believed."""

    row: sa.Row[Any]
    why: str


def settle_rule(
    database: Database,
    navn: str,
    days: int | None,
    reason: str | None,
    moment: datetime,
    *,
    hvem: str | None = None,
) -> Kampanje:
    """Let unread letters of a campaign go to print, or no more of them.

    Letters that are sent from now on ask for an opening receipt. A worker that does not know the
    rule would send what is for print digitally again: none may be at work, and none begins again.

    Raises:
        InvalidInputError: a value breaks a rule.
        OutboxError: the campaign was cancelled, or a worker of an older version is at work.
    """
    given = (reason or "").strip()
    problems = []
    if days is not None and not 1 <= days <= _MOST_DAYS:
        problems.append(Problem("days", f"must be 1 to {_MOST_DAYS}"))
    if days is not None and not (len(given) >= _SHORTEST_REASON and given.isprintable()):
        rule = f"must say, in {_SHORTEST_REASON} characters or more, why openings are asked for"
        problems.append(Problem("reason", rule))
    if problems:
        raise InvalidInputError("The campaign", problems)
    with database.write() as connection:
        if days is not None:
            refuse_older_workers(database, connection, UNREAD_SINCE, "letters for print like this")
            older = lager.c.eldste < UNREAD_SINCE
            connection.execute(sa.update(lager).where(older).values(eldste=UNREAD_SINCE))
        row_id = campaign_id(connection, navn, moment)
        connection.execute(
            sa.update(kampanje)
            .where(kampanje.c.id == row_id)
            .values(ulest_dager=days, ulest_grunn=None if days is None else given)
        )
        said = "no more" if days is None else f"after {days} days: {given}"
        told = f"{hvem}, {said}" if hvem else said
        note_campaign(connection, row_id, "ulest_til_utskrift", moment, told)
        return find(connection, navn)


def print_unread(connection: Connection, moment: datetime, vault: Vault) -> int:
    """Put a letter for print in place of each that was not read; return how many were decided.

    The letter for print is stored in the same transaction as the decision about the first one. It
    names that one in a column whose values are unique. So there is one of it, whatever crashes and
    however many workers look at once. What cannot be printed is noted, for a person to see to.

    Args:
        connection: a transaction that writes.
        moment: when.
        vault: reads and encrypts what is private.

    Raises:
        OutboxKeyError: the outbox is encrypted with a key that is not at hand.
    """
    decided = 0
    for campaign in all_campaigns(connection):
        if campaign.ulest_dager is None or campaign.avbrutt is not None:
            continue
        unread = _unread(connection, campaign, moment)
        if unread:
            reader, seal = Reader(vault), vault.seal(connection)
            for each in unread:
                decided += _decide(connection, each, campaign, moment, vault, reader, seal)
    return decided


def is_held_for_print(moment_column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition of letters whose content the rule may still need.

    Args:
        moment_column: `ulest_dager` of the letter's campaign.
    """
    return sa.and_(
        moment_column.is_not(None),
        brev.c.rute == "digital",
        brev.c.tilstand == Tilstand.LEVERT.value,
        brev.c.aapnet.is_(None),
        brev.c.ulest_avgjort.is_(None),
        brev.c.erstatter_id.is_(None),
    )


def see_to(connection: Connection, nokkel: str, moment: datetime, *, hvem: str | None) -> None:
    """Note that a person has seen to a letter that was not read and could not be printed.

    Raises:
        OutboxError: there is no such letter, or it needs nobody.
    """
    row = connection.execute(
        sa.select(brev.c.id, brev.c.tilstand).where(brev.c.nokkel == nokkel, *not_printed())
    ).one_or_none()
    if row is None:
        raise OutboxError(
            "No unread letter with that key waits for a person.",
            remedy="See: sdp outbox overdue DATABASE",
        )
    insert = upsert(connection.dialect.name, oppfolging).on_conflict_do_nothing()
    connection.execute(insert.values(slag=SEEN_TO, gjelder=str(row.id), tid=moment))
    state = Tilstand(row.tilstand)
    note(connection, [row.id], state, state, Aarsak.ORDNET, moment, detalj=hvem)


def not_printed() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of unread letters that could not be printed and nobody has seen to."""
    other = brev.alias()
    copies = sa.select(other.c.id).where(other.c.erstatter_id == brev.c.id)
    seen_to = sa.select(oppfolging.c.gjelder).where(oppfolging.c.slag == SEEN_TO)
    return (
        brev.c.ulest_avgjort.is_not(None),
        brev.c.aapnet.is_(None),
        ~sa.exists(copies),
        sa.cast(brev.c.id, sa.String).not_in(seen_to),
    )


def key_of_print(nokkel: str) -> str:
    """Return the key of the letter for print in place of another: always the same one."""
    if len(nokkel) + len(_SUFFIX) <= _LONGEST_KEY:
        return nokkel + _SUFFIX
    digest = hashlib.sha256(nokkel.encode()).hexdigest()[:_DIGEST]
    return f"{nokkel[: _LONGEST_KEY - len(_SUFFIX) - _DIGEST - 1]}:{digest}{_SUFFIX}"


def _unread(connection: Connection, campaign: Kampanje, moment: datetime) -> list[_Unread]:
    """Find letters of a campaign that were not read, and hold them."""
    assert campaign.ulest_dager is not None  # noqa: S101 - asked by the caller
    came = (kvittering.c.brev_id == brev.c.id, kvittering.c.utgave == brev.c.utgave)
    notice_failed = sa.exists().where(*came, kvittering.c.slag == "varslingfeilet")
    failed = sa.exists().where(*came, kvittering.c.slag == "feil")
    accepted = brev.c.tilstand.in_([Tilstand.SENDT.value, Tilstand.LEVERT.value])
    came_back = sa.and_(brev.c.tilstand == Tilstand.FEILET.value, failed)
    unnoticed = sa.and_(accepted, notice_failed)
    unopened = sa.and_(
        brev.c.tilstand == Tilstand.LEVERT.value,
        brev.c.levert <= moment - timedelta(days=campaign.ulest_dager),
        brev.c.klar_fra <= moment,
    )
    query: sa.Select[Any] = (
        sa.select(
            *(brev.c.id, brev.c.nokkel, brev.c.nokkel_id, brev.c.person, brev.c.innhold),
            *(brev.c.dokumenter, brev.c.konversasjons_id, brev.c.meldings_id, brev.c.rang),
            *(brev.c.kampanje_id, brev.c.tilstand),
            sa.case((came_back, "feil"), (unnoticed, "varsel"), else_="ulest").label("why"),
        )
        .where(
            brev.c.kampanje_id == campaign.id,
            brev.c.rute == "digital",
            brev.c.aapnet.is_(None),
            brev.c.ulest_avgjort.is_(None),
            brev.c.erstatter_id.is_(None),
            sa.or_(came_back, unnoticed, unopened),
        )
        .order_by(brev.c.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True, of=brev)
    )
    words = {
        "feil": "it came back with a feil",
        "varsel": "a notice about it could not be sent",
        "ulest": f"it was not opened within {campaign.ulest_dager} days",
    }
    return [_Unread(row, words[row.why]) for row in connection.execute(query)]


def _decide(
    connection: Connection,
    unread: _Unread,
    campaign: Kampanje,
    moment: datetime,
    vault: Vault,
    reader: Reader,
    seal: Seal,
) -> bool:
    """Put the letter for print, or say why there is none; tell whether it was decided."""
    row, state = unread.row, Tilstand(unread.row.tilstand)
    try:
        letter = _read(connection, row, vault, reader)
        opens = _becomes_unread(letter, campaign)
        if row.why == "ulest" and opens is not None and opens > moment:
            connection.execute(sa.update(brev).where(brev.c.id == row.id).values(klar_fra=opens))
            return False
        if letter.fysisk_post is None:
            told = "it has no postal address, so a person must see to it"
        else:
            told = _put(connection, unread, moment, vault, seal)
    except (UnreadableLetterError, InvalidInputError, DocumentError) as error:
        told = f"it cannot be read any more, so a person must see to it: {error.message}"
    connection.execute(sa.update(brev).where(brev.c.id == row.id).values(ulest_avgjort=moment))
    note(connection, [row.id], state, state, Aarsak.ULEST, moment, detalj=f"{unread.why}; {told}")
    return True


def _read(connection: Connection, row: sa.Row[Any], vault: Vault, reader: Reader) -> Brev:
    innhold = vault.text("innhold", row)
    if innhold is None:
        raise UnreadableLetterError("its content has been purged")
    [written] = reader.load(connection, [innhold])
    return reader.letter(
        written, konversasjons_id=row.konversasjons_id, meldings_id=row.meldings_id
    )


def _becomes_unread(letter: Brev, campaign: Kampanje) -> datetime | None:
    """Return when a letter that is available later has been available for long enough."""
    post, days = letter.digital_post, timedelta(days=campaign.ulest_dager or 0)
    if post.virkningstidspunkt is not None:
        return post.virkningstidspunkt.astimezone(UTC) + days
    if post.virkningsdato is not None:
        return datetime.combine(post.virkningsdato, time(), OSLO).astimezone(UTC) + days
    return None


def _put(
    connection: Connection, unread: _Unread, moment: datetime, vault: Vault, seal: Seal
) -> str:
    """Store the letter for print, and say what became of it."""
    row = unread.row
    key = key_of_print(row.nokkel)
    plain = {column: vault.text(column, row) for column in ("person", "innhold", "dokumenter")}
    values = {
        **plain,
        "nokkel": key,
        "meldings_id": str(uuid4()),
        "konversasjons_id": str(uuid4()),
        "rang": row.rang,
    }
    common = {
        "kampanje_id": row.kampanje_id,
        "tilstand": Tilstand.KLAR.value,
        "opprettet": moment,
        "klar_fra": moment,
        "erstatter_id": row.id,
    }
    insert = upsert(connection.dialect.name, brev).on_conflict_do_nothing()
    made = connection.scalar(insert.values(**seal.letter(values), **common).returning(brev.c.id))
    if made is None:
        return f"the key {key} is another letter's, so a person must see to it"
    links = sa.select(sa.literal(made), brev_dokument.c.digest).where(
        brev_dokument.c.brev_id == row.id
    )
    connection.execute(sa.insert(brev_dokument).from_select(["brev_id", "digest"], links))
    why = f"in place of {row.nokkel}: {unread.why}"
    note(connection, [made], None, Tilstand.KLAR, Aarsak.ULEST, moment, detalj=why)
    return f"{key} goes to print in its place"
