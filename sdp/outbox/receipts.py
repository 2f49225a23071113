"""Receipts: stored as they were signed, together with what they say of the letter, and no later.

A receipt is confirmed to the other side only after the transaction here has been committed.
"""

from __future__ import annotations

import hashlib
from collections import deque
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

import sqlalchemy as sa

from sdp.domain import Feil
from sdp.domain.kvittering import kind_of
from sdp.gate import canonical_uuid
from sdp.outbox.events import Move, hold_conversations, move_each
from sdp.outbox.evidence import store_grounds
from sdp.outbox.states import Aarsak, Tilstand, after_receipts
from sdp.outbox.tables import avvik, kvittering, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.domain import Kvittering
    from sdp.outbox.events import Standing
    from sdp.wire import SetAside

_LONGEST_REASON: Final = 2000


_KINDS: Final = sa.select(
    kvittering.c.brev_id, kvittering.c.utgave, kvittering.c.meldings_id, kvittering.c.slag
).where(kvittering.c.brev_id.in_(sa.bindparam("letters", expanding=True)))
_CONFIRMED: Final = (
    sa.update(kvittering)
    .where(
        kvittering.c.meldings_id.in_(sa.bindparam("which", expanding=True)),
        kvittering.c.bekreftet.is_(None),
    )
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


def store(connection: Connection, batch: Sequence[Kvittering], moment: datetime) -> frozenset[str]:
    """Store receipts, and move their letters; return the meldings_id of those that are new.

    A receipt of a conversation that no letter here has is stored too: it cannot be fetched again
    once it has been confirmed.
    """
    conversations = (_canonical(received.konversasjons_id) for received in batch)
    letters, standing = hold_conversations(connection, conversations)
    first: dict[str, Kvittering] = {}
    for received in batch:
        first.setdefault(received.meldings_id, received)
    rows = []
    grounds = store_grounds(connection, batch)
    for received in first.values():
        brev_id = letters.get(_canonical(received.konversasjons_id))
        utgave = None if brev_id is None else standing[brev_id].utgave
        row = _row(received, brev_id, utgave, moment)
        rows.append({**row, "bevis": grounds.get(received.meldings_id)})
    new = frozenset(connection.scalars(_insert(connection.dialect.name), rows))
    for received in batch:
        if received.meldings_id not in new or received is not first[received.meldings_id]:
            _hold_against_first(connection, received, moment)
    counting = [(row, first[row["meldings_id"]]) for row in rows if row["meldings_id"] in new]
    _move_letters(connection, counting, standing, moment)
    return new


def confirmed(connection: Connection, batch: Iterable[str], moment: datetime) -> None:
    """Note that the other side has been told that receipts are stored."""
    connection.execute(_CONFIRMED, {"which": list(batch), "moment": moment})


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


def _row(
    received: Kvittering, brev_id: int | None, utgave: int | None, moment: datetime
) -> dict[str, Any]:
    return {
        "meldings_id": received.meldings_id,
        "brev_id": brev_id,
        "utgave": utgave,
        "konversasjons_id": received.konversasjons_id,
        "slag": kind_of(received),
        "tidspunkt": received.tidspunkt,
        "avsender": received.avsender,
        "raa": received.raw,
        "mottatt": moment,
    }


def _move_letters(
    connection: Connection,
    counting: Sequence[tuple[dict[str, Any], Kvittering]],
    standing: dict[int, Standing],
    moment: datetime,
) -> None:
    """Let new receipts count, in their order: of those of one letter, one in each round."""
    waiting: dict[int, deque[tuple[dict[str, Any], Kvittering]]] = {}
    for row, received in counting:
        if row["brev_id"] is not None:
            waiting.setdefault(row["brev_id"], deque()).append((row, received))
    if not waiting:
        return
    known = _kinds_before(connection, waiting, {row["meldings_id"] for row, _ in counting})
    while waiting:
        moves = []
        for brev_id, line in list(waiting.items()):
            row, received = line.popleft()
            if not line:
                del waiting[brev_id]
            kinds = known.setdefault((brev_id, row["utgave"]), set())
            kinds.add(row["slag"])
            moves.append(_move(brev_id, standing[brev_id], kinds, received))
        move_each(connection, standing, moves, moment)
        for each in moves:
            if each.brev_id in waiting:
                before = standing[each.brev_id]
                standing[each.brev_id] = before._replace(
                    tilstand=each.til,
                    levert=each.values.get("levert", before.levert),
                    aapnet=each.values.get("aapnet", before.aapnet),
                )


def _kinds_before(
    connection: Connection, letters: Iterable[int], new: Collection[str]
) -> dict[tuple[int, int], set[str]]:
    """Return the kinds of receipts that letters had before these, by letter and utgave."""
    known: dict[tuple[int, int], set[str]] = {}
    for row in connection.execute(_KINDS, {"letters": list(letters)}).all():
        if row.meldings_id not in new:
            known.setdefault((row.brev_id, row.utgave), set()).add(row.slag)
    return known


def _move(brev_id: int, standing: Standing, kinds: Collection[str], received: Kvittering) -> Move:
    fra, kind = standing.tilstand, kind_of(received)
    til = after_receipts(fra, frozenset(kinds))
    detalj = f"feil {received.feiltype.value}" if isinstance(received, Feil) else kind
    values: dict[str, Any] = {}
    if til is not fra:
        values["blokk_id"] = None
        if til is Tilstand.FEILET:
            values["grunn"] = _why_failed(received)
        elif fra is not Tilstand.SENDT:
            values["grunn"] = None
    if kind in {"levering", "aapning"} and standing.levert is None:
        values["levert"] = received.tidspunkt
    if kind == "aapning" and standing.aapnet is None:
        values["aapnet"] = received.tidspunkt
    return Move(brev_id, fra, til, Aarsak.KVITTERING, detalj=detalj, values=values)


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
        return canonical_uuid(konversasjons_id)
    except ValueError:
        return konversasjons_id
