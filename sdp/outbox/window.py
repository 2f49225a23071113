"""The window of a worker: letters of its block are marked before they are sent, and settled after.

Every settle names the attempt that it is the result of. A worker that was stopped and goes on
therefore changes nothing that another one has found out meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from sdp.errors import UnreadableLetterError
from sdp.outbox.campaigns import all_campaigns
from sdp.outbox.conditions import WAITS
from sdp.outbox.events import CHUNK, Move, hold, move_all, move_each
from sdp.outbox.outcomes import is_given_up
from sdp.outbox.states import SENDABLE, Aarsak, Tilstand
from sdp.outbox.tables import blokk, brev, forsok, kampanje

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from sdp.domain import SendResultat
    from sdp.outbox.events import Standing
    from sdp.outbox.outcomes import Backoff, Utfall
    from sdp.outbox.sender import Vei
    from sdp.outbox.vault import Vault


_WAYS: Final = 64
"""The most ways that are remembered: those of one block are few."""

_TAKE: Final = (
    sa.update(blokk)
    .where(
        blokk.c.id == sa.bindparam("block"),
        sa.or_(blokk.c.arbeider_id.is_(None), blokk.c.arbeider_id == sa.bindparam("worker")),
    )
    .values(arbeider_id=sa.bindparam("worker"), leie_til=sa.bindparam("until"))
)
_IN_BLOCK: Final = brev.c.blokk_id == sa.bindparam("block"), WAITS
_WAITING: Final = (
    sa.select(
        *(brev.c.id, brev.c.tilstand, brev.c.forsok, brev.c.person, brev.c.innhold),
        *(brev.c.meldings_id, brev.c.konversasjons_id, brev.c.klar_fra, brev.c.ukjent_siden),
        *(brev.c.nokkel, brev.c.nokkel_id, brev.c.erstatter_id, kampanje.c.ulest_grunn),
    )
    .join_from(brev, kampanje)
    .where(*_IN_BLOCK, brev.c.klar_fra <= sa.bindparam("moment"))
    .order_by(kampanje.c.prioritet.desc(), brev.c.rang, brev.c.klar_fra, brev.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_NEXT: Final = sa.select(sa.func.min(brev.c.klar_fra)).where(*_IN_BLOCK)
_ATTEMPT: Final = sa.insert(forsok)
_SHARED: Final = ("arbeider_id", "ferdig", "utfall", "feil")
_ATTEMPTS: Final = sa.insert(forsok).from_select(
    ["brev_id", "nr", "meldings_id", *_SHARED],
    sa.select(
        *(brev.c.id, brev.c.forsok, brev.c.meldings_id),
        *(sa.bindparam(name, type_=forsok.c[name].type) for name in _SHARED),
    )
    .where(brev.c.id.in_(sa.bindparam("letters", expanding=True)))
    .order_by(brev.c.id),
)
"""Writes down the latest attempts of letters that ended alike."""
_EVIDENCE: Final = (
    sa.update(brev)
    .where(brev.c.id == sa.bindparam("letter"), brev.c.forsok == sa.bindparam("attempt"))
    .values(
        {
            brev.c[name]: sa.bindparam(name)
            for name in ("transport_id", "fingeravtrykk", "betalbare_bytes")
        }
    )
)


class Ventende(NamedTuple):
    """A letter of a block, as it stands before it is marked.

    Attributes:
        id: its row.
        forsok: how many attempts there were.
        person, innhold: as they are stored, encrypted or not.
        may_have_arrived: whether one of them may have arrived.
        erstatter_id: the letter in whose place it is printed, if it is.
        ulest_grunn: why its campaign asks for openings, if it does.
    """

    id: int
    tilstand: Tilstand
    forsok: int
    person: str
    innhold: str
    meldings_id: str
    konversasjons_id: str
    klar_fra: datetime
    ukjent_siden: datetime | None
    nokkel: str
    nokkel_id: str | None
    erstatter_id: int | None
    ulest_grunn: str | None

    @property
    def may_have_arrived(self) -> bool:
        """True if an earlier attempt may have arrived."""
        return self.ukjent_siden is not None

    @property
    def is_on_paper(self) -> bool:
        """True if it is printed whatever the register says."""
        return self.erstatter_id is not None


@dataclass(frozen=True, slots=True)
class Levetid:
    """Times that settle is told.

    Attributes:
        backoff: the waits between attempts.
        digital: how soon a digital letter must have its levering.
        fysisk: how soon a print letter must.
    """

    backoff: Backoff
    digital: timedelta
    fysisk: timedelta


def take(
    connection: Connection, block: int, worker: int, moment: datetime, lease: timedelta
) -> bool:
    """Lease a block to a worker, or renew its lease; tell whether it has it now."""
    given = {"block": block, "worker": worker, "until": moment + lease}
    return connection.execute(_TAKE, given).rowcount == 1


def finish(connection: Connection, block: int, worker: int, moment: datetime) -> None:
    """End a block of one's own: what still waits in it is handed out anew."""
    query = sa.select(blokk.c.id).where(blokk.c.id == block, blokk.c.arbeider_id == worker)
    if connection.scalar(query.with_for_update()) is not None:
        release(connection, block, moment)


def release(connection: Connection, block: int, moment: datetime) -> None:
    """End a block: what waits in it is free again, and what is in a window may have arrived."""
    connection.execute(sa.delete(blokk).where(blokk.c.id == block))
    _may_have_arrived(connection, brev.c.blokk_id == block, moment)
    connection.execute(sa.update(brev).where(brev.c.blokk_id == block).values(blokk_id=None))


def release_orphans(connection: Connection, moment: datetime) -> int:
    """Take letters out of windows whose block is gone; return how many there were."""
    gone = sa.or_(brev.c.blokk_id.is_(None), brev.c.blokk_id.not_in(sa.select(blokk.c.id)))
    return _may_have_arrived(connection, gone, moment)


def _may_have_arrived(
    connection: Connection, where: sa.ColumnElement[bool], moment: datetime
) -> int:
    return move_all(
        connection,
        [where],
        Tilstand.SENDES,
        Tilstand.UKJENT,
        Aarsak.ARBEIDER_BORTE,
        moment,
        blokk_id=None,
        klar_fra=moment,
        ukjent_siden=sa.func.coalesce(
            brev.c.ukjent_siden, sa.literal(moment, brev.c.ukjent_siden.type)
        ),
    )


def people(connection: Connection, block: int, vault: Vault) -> list[str]:
    """Return the numbers of the people whom the letters of a block are to.

    Letters that do not decrypt are left out; they are refused when they are prepared.

    Raises:
        OutboxKeyError: the key of one is not at hand.
    """
    query = sa.select(
        brev.c.person, brev.c.nokkel, brev.c.konversasjons_id, brev.c.nokkel_id
    ).where(brev.c.blokk_id == block, WAITS)
    found: dict[str, None] = {}
    for row in connection.execute(query).all():
        try:
            number = vault.text("person", row)
        except UnreadableLetterError:
            continue
        if number is not None:
            found[number] = None
    return list(found)


def waiting(
    connection: Connection, block: int, moment: datetime, most: int
) -> tuple[list[Ventende], datetime | None]:
    """Return letters of a block that may be marked now, and when the next one may, if none may.

    Letters of campaigns that have closed meanwhile leave the block.
    """
    for campaign in all_campaigns(connection):
        if not campaign.is_open(moment):
            _leave(connection, block, campaign.id)
    given = {"block": block, "moment": moment, "most": most}
    ready = [
        Ventende(brev_id, Tilstand(tilstand), *rest)
        for brev_id, tilstand, *rest in connection.execute(_WAITING, given).all()
    ]
    if ready:
        return ready, None
    return [], connection.scalar(_NEXT, {"block": block})


def mark(block: int, letter: Ventende, vei: Vei, wire: str) -> Move:
    """Mark a letter as being sent, with the way it goes.

    It is not moved if it is no longer in the block: paused, cancelled, or proved to have arrived.
    """
    watched = vei.rute == "digital" and letter.ulest_grunn is not None
    return Move(
        letter.id,
        letter.tilstand,
        Tilstand.SENDES,
        Aarsak.TATT_AV_ARBEIDER,
        attempt=letter.forsok,
        block=block,
        detalj=f"åpningskvittering ordered: {letter.ulest_grunn}" if watched else None,
        values=_marked(vei, wire, letter.forsok + 1),
    )


@lru_cache(_WAYS)
def _marked(vei: Vei, wire: str, attempt: int) -> Mapping[str, object]:
    """Return what marking sets: one mapping for all letters that go the same way."""
    return MappingProxyType(
        {
            "forsok": attempt,
            "rute": vei.rute,
            "rutegrunn": vei.grunn,
            "regel": vei.regel,
            "oppslag": vei.oppslag,
            "mottaker": vei.mottaker,
            "varsler": vei.varsler,
            "wire": wire,
        }
    )


def accepted(brev_id: int, attempt: int, resultat: SendResultat, frist: datetime) -> Move:
    """Settle an attempt that was accepted."""
    return Move(
        brev_id,
        Tilstand.SENDES,
        Tilstand.SENDT,
        Aarsak.ALLEREDE_MOTTATT if resultat.already_received else Aarsak.AKSEPTERT,
        attempt=attempt,
        values={
            "blokk_id": None,
            "grunn": None,
            "sendt": resultat.sent_at,
            "frist": frist,
            **_evidence(resultat),
        },
    )


def received_before(brev_id: int, attempt: int, moment: datetime, frist: datetime) -> Move:
    """Settle an attempt to which the other side says that it has the letter already."""
    return Move(
        brev_id,
        Tilstand.SENDES,
        Tilstand.SENDT,
        Aarsak.ALLEREDE_MOTTATT,
        attempt=attempt,
        values={"blokk_id": None, "grunn": None, "sendt": moment, "frist": frist},
    )


def failed(
    brev_id: int,
    attempt: int,
    utfall: Utfall,
    standing: Standing,
    moment: datetime,
    backoff: Backoff,
) -> Move:
    """Settle an attempt that was not accepted: for good, for now, or for a person."""
    tilstand, aarsak = utfall.til, utfall.aarsak
    counts = aarsak is Aarsak.UKJENT_UTFALL and not utfall.brakes
    ukjente, utsatt = standing.ukjente + counts, standing.utsatt + 1
    ukjent_siden = standing.ukjent_siden
    if tilstand is Tilstand.UKJENT:
        ukjent_siden = ukjent_siden or moment
        if is_given_up(ukjent_siden, ukjente, moment):
            tilstand, aarsak = Tilstand.UAVKLART, Aarsak.UAVKLART_FOR_LENGE
    return Move(
        brev_id,
        Tilstand.SENDES,
        tilstand,
        aarsak,
        attempt=attempt,
        detalj=utfall.grunn,
        values={
            "blokk_id": None,
            "grunn": utfall.grunn,
            "ukjente": ukjente,
            "utsatt": utsatt,
            "ukjent_siden": ukjent_siden,
            "klar_fra": moment + backoff.wait(ukjente if counts else utsatt),
        },
    )


def refused_here(
    connection: Connection,
    block: int,
    refused: Sequence[tuple[Ventende, Utfall]],
    moment: datetime,
    backoff: Backoff,
) -> None:
    """Settle letters that never got into the window: final, or put off for a while."""
    standing = hold(connection, [letter.id for letter, _ in refused])
    final = [
        Move(
            letter.id,
            letter.tilstand,
            utfall.til,
            Aarsak.AVVIST_HER,
            attempt=letter.forsok,
            block=block,
            detalj=utfall.grunn,
            values={"blokk_id": None, "grunn": utfall.grunn},
        )
        for letter, utfall in refused
        if utfall.til not in SENDABLE
    ]
    move_each(connection, standing, final, moment)
    for letter, utfall in refused:
        now = standing.get(letter.id)
        if utfall.til not in SENDABLE or now is None:
            continue
        if (now.blokk_id, now.forsok) == (block, letter.forsok):
            later = moment + backoff.wait(now.utsatt + 1)
            values = {"grunn": utfall.grunn, "utsatt": now.utsatt + 1, "klar_fra": later}
            statement = sa.update(brev).where(brev.c.id == letter.id)
            connection.execute(statement.values(blokk_id=None, **values))


def note_attempts(
    connection: Connection, attempts: Sequence[dict[str, Any]], settled: Collection[int]
) -> None:
    """Write down how attempts ended, whether or not they changed their letters.

    Args:
        connection: a transaction that writes.
        attempts: rows, one for each attempt.
        settled: letters whose latest attempt is the one that is written down here.
    """
    together: dict[tuple[object, ...], list[int]] = {}
    for each in attempts:
        if each["brev_id"] in settled:
            together.setdefault(tuple(each[name] for name in _SHARED), []).append(each["brev_id"])
    for shared, letters in together.items():
        for begin in range(0, len(letters), CHUNK):
            some = letters[begin : begin + CHUNK]
            connection.execute(
                _ATTEMPTS, {"letters": some, **dict(zip(_SHARED, shared, strict=True))}
            )
    late = [each for each in attempts if each["brev_id"] not in settled]
    if late:
        connection.execute(_ATTEMPT, late)


def _leave(connection: Connection, block: int, campaign: int) -> None:
    connection.execute(
        sa.update(brev)
        .where(brev.c.blokk_id == block, brev.c.kampanje_id == campaign, WAITS)
        .values(blokk_id=None)
    )


def add_evidence(connection: Connection, sent: Sequence[tuple[int, int, SendResultat]]) -> None:
    """Add what attempts have sent to letters that have moved on since: a receipt came first.

    Args:
        connection: a transaction that writes.
        sent: the letter, the number of the attempt, and its result.
    """
    if sent:
        rows = [
            {"letter": brev_id, "attempt": attempt, **_evidence(resultat)}
            for brev_id, attempt, resultat in sent
        ]
        connection.execute(_EVIDENCE, rows)


def _evidence(resultat: SendResultat) -> dict[str, object]:
    return {
        "transport_id": resultat.transport_id,
        "fingeravtrykk": resultat.fingerprint.hex(),
        "betalbare_bytes": resultat.billable_bytes,
    }
