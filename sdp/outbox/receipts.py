"""Receipts: stored as they were signed, together with what they say of the letter, and no later.

A receipt is confirmed to the other side only after the transaction here has been committed.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa

from sdp.domain import Feil
from sdp.domain.kvittering import kind_of
from sdp.outbox.events import move, note
from sdp.outbox.states import Aarsak, Tilstand, after_receipts
from sdp.outbox.tables import avvik, brev, kvittering, upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.domain import Kvittering
    from sdp.wire import SetAside

_LONGEST_REASON: Final = 2000


_LETTER: Final = (
    sa.select(brev.c.id, brev.c.tilstand, brev.c.utgave)
    .where(brev.c.konversasjons_id == sa.bindparam("konversasjons_id"))
    .with_for_update()
)
_KINDS: Final = sa.select(kvittering.c.slag).where(
    kvittering.c.brev_id == sa.bindparam("brev_id"), kvittering.c.utgave == sa.bindparam("utgave")
)
_CONFIRMED: Final = (
    sa.update(kvittering)
    .where(kvittering.c.meldings_id == sa.bindparam("which"), kvittering.c.bekreftet.is_(None))
    .values(bekreftet=sa.bindparam("moment"))
)


@cache
def _insert(dialect: str) -> Any:
    insert = upsert(dialect, kvittering).on_conflict_do_nothing()
    return insert.returning(kvittering.c.meldings_id)


class Raw(Protocol):
    """Anything that has its bytes as they came."""

    @property
    def raw(self) -> bytes:
        """The bytes."""


def store(connection: Connection, received: Kvittering, moment: datetime) -> bool:
    """Store a receipt, and move its letter; tell whether it is new.

    A receipt of a conversation that no letter here has is stored too: it cannot be fetched again
    once it has been confirmed.
    """
    wanted = {"konversasjons_id": _canonical(received.konversasjons_id)}
    letter = connection.execute(_LETTER, wanted).one_or_none()
    row = {
        "meldings_id": received.meldings_id,
        "brev_id": None if letter is None else letter.id,
        "utgave": None if letter is None else letter.utgave,
        "konversasjons_id": received.konversasjons_id,
        "slag": kind_of(received),
        "tidspunkt": received.tidspunkt,
        "avsender": received.avsender,
        "raa": received.raw,
        "mottatt": moment,
    }
    if connection.scalar(_insert(connection.dialect.name), row) is None:
        _hold_against_first(connection, received, moment)
        return False
    if letter is not None:
        _move(connection, letter.id, Tilstand(letter.tilstand), letter.utgave, received, moment)
    return True


def confirmed(connection: Connection, meldings_id: str, moment: datetime) -> None:
    """Note that the other side has been told that a receipt is stored."""
    connection.execute(_CONFIRMED, {"which": meldings_id, "moment": moment})


def set_aside(connection: Connection, received: SetAside, moment: datetime) -> bool:
    """Keep what could not be read or trusted, once however often it comes; tell whether it is new.

    It stays unconfirmed: what cannot be trusted today may be trusted once its certificate can be
    checked.
    """
    reason = received.reason
    words = f"{reason.message} {reason.remedy}".strip()
    return _keep(
        connection, received, type(reason).__name__, words, moment, message_id=received.message_id
    )


def _move(
    connection: Connection,
    brev_id: int,
    tilstand: Tilstand,
    utgave: int,
    received: Kvittering,
    moment: datetime,
) -> None:
    kinds = connection.scalars(_KINDS, {"brev_id": brev_id, "utgave": utgave})
    til = after_receipts(tilstand, frozenset(kinds))
    kind = kind_of(received)
    detalj = f"feil {received.feiltype.value}" if isinstance(received, Feil) else kind
    arrived = kind in {"levering", "aapning"}
    if til is tilstand:
        note(connection, [brev_id], tilstand, til, Aarsak.KVITTERING, moment, detalj=detalj)
        if arrived:
            first = sa.update(brev).where(brev.c.id == brev_id, brev.c.levert.is_(None))
            connection.execute(first.values(levert=received.tidspunkt))
    else:
        values: dict[str, Any] = {"blokk_id": None}
        if arrived:
            values["levert"] = received.tidspunkt
        if til is Tilstand.FEILET:
            values["grunn"] = _why_failed(received)
        elif tilstand is not Tilstand.SENDT:
            values["grunn"] = None
        move(connection, brev_id, tilstand, til, Aarsak.KVITTERING, moment, detalj=detalj, **values)


def _why_failed(received: Kvittering) -> str:
    if not isinstance(received, Feil):
        return "The receiver reported that the letter failed."
    fault = (
        "as it is, it cannot be delivered"
        if received.feiltype.value == "KLIENT"
        else ("the receiver could not take it just then")
    )
    return (
        f"The receiver reported a feil of feiltype {received.feiltype.value}: {fault}."
        " Its words are in the receipt."
    )


def _hold_against_first(connection: Connection, received: Kvittering, moment: datetime) -> None:
    """Keep a receipt that has the id of another one and says something else."""
    first = connection.execute(
        sa.select(kvittering.c.konversasjons_id, kvittering.c.slag, kvittering.c.avsender).where(
            kvittering.c.meldings_id == received.meldings_id
        )
    ).one()
    if tuple(first) != (received.konversasjons_id, kind_of(received), received.avsender):
        words = "A receipt has the meldings_id of another receipt, and says something else."
        _keep(connection, received, "DuplicateReceipt", words, moment)


def _keep(
    connection: Connection,
    received: Raw,
    slag: str,
    grunn: str,
    moment: datetime,
    *,
    message_id: str | None = None,
) -> bool:
    digest = hashlib.sha256(received.raw).hexdigest()
    again = (
        sa.update(avvik)
        .where(avvik.c.digest == digest)
        .values(ganger=avvik.c.ganger + 1, sist=moment)
    )
    if connection.execute(again).rowcount:
        return False
    connection.execute(
        sa.insert(avvik).values(
            digest=digest,
            tid=moment,
            sist=moment,
            ganger=1,
            message_id=message_id,
            slag=slag,
            grunn=grunn[:_LONGEST_REASON],
            raa=received.raw,
        )
    )
    return True


def _canonical(konversasjons_id: str) -> str:
    try:
        return str(UUID(konversasjons_id))
    except ValueError:
        return konversasjons_id
