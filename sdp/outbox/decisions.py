"""Decisions of a person about letters: try again, give up, cancel."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import sqlalchemy as sa

from sdp.errors import OutboxError
from sdp.outbox.events import Move, move
from sdp.outbox.states import Aarsak, Tilstand, sources
from sdp.outbox.tables import brev

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

_WHAT_TO_DO: Final = {
    Tilstand.KLAR: "It waits to be sent, and needs no decision.",
    Tilstand.SENDES: "It is on its way this moment; wait for the outcome.",
    Tilstand.SENDT: "It was accepted; wait for its levering.",
    Tilstand.UKJENT: "It is sent again with the same ids as it is.",
    Tilstand.UAVKLART: "Try it again, or give it up.",
    Tilstand.AVVIST: "Correct what its reason names, and try it again or put it under a new key.",
    Tilstand.FEILET: "Try it again, which sends it as a new message.",
    Tilstand.LEVERT: "It has been delivered.",
    Tilstand.RETUR: "It came back; put it again under a new key with a better address.",
    Tilstand.AVBRUTT: "It was cancelled; put it again under a new key.",
}
"""Advice for each state, in words."""

_COMMANDS: Final = {
    Tilstand.KLAR: ("cancel DATABASE KEY",),
    Tilstand.UKJENT: ("give-up DATABASE KEY",),
    Tilstand.UAVKLART: ("retry DATABASE KEY", "give-up DATABASE KEY"),
    Tilstand.AVVIST: ("retry DATABASE KEY",),
    Tilstand.FEILET: ("retry DATABASE KEY",),
    Tilstand.RETUR: ("put DATABASE LETTERS --config CONFIG",),
    Tilstand.AVBRUTT: ("put DATABASE LETTERS --config CONFIG",),
}
"""Commands that settle a letter, for each state that a person may do something about."""


def what_to_do(tilstand: Tilstand) -> str:
    """Say in a sentence what a person can do about a letter in a state."""
    return _WHAT_TO_DO[tilstand]


def commands(tilstand: Tilstand, nokkel: str) -> tuple[str, ...]:
    """Return the commands that a person may settle a letter with, in a state; none for some.

    DATABASE, LETTERS and CONFIG stand for what only the caller knows.
    """
    key = shlex.quote(nokkel)
    return tuple(f"sdp outbox {each.replace('KEY', key)}" for each in _COMMANDS.get(tilstand, ()))


def retry(connection: Connection, nokkel: str, moment: datetime, *, hvem: str | None) -> Tilstand:
    """Try a letter again that was refused, has failed or is unsettled; return its new state.

    One that was refused or is unsettled keeps its ids. One that failed after it had been accepted
    gets a new meldings_id, since it is a new message; its conversation stays.

    Raises:
        OutboxError: it is in another state, or its content has been purged.
    """
    row = _row(connection, nokkel)
    fra = Tilstand(row.tilstand)
    if fra not in (*sources(Tilstand.KLAR, Aarsak.PROEVES_IGJEN), Tilstand.UAVKLART):
        raise _cannot("tried again", fra)
    copy = connection.scalar(sa.select(brev.c.nokkel).where(brev.c.erstatter_id == row.id))
    if copy is not None:
        raise OutboxError(
            "The letter goes to print in its place, and would arrive twice.",
            remedy=f"See: sdp outbox show DATABASE {shlex.quote(copy)}",
        )
    if row.innhold is None:
        raise OutboxError(
            "The content of the letter has been purged, so it cannot be sent.",
            remedy="Put it again under a new key.",
        )
    values: dict[str, Any] = {
        "klar_fra": moment,
        "blokk_id": None,
        "grunn": None,
        "utsatt": 0,
        "ukjente": 0,
    }
    til = Tilstand.KLAR
    if fra is Tilstand.UAVKLART:
        til = Tilstand.UKJENT
        values["ukjent_siden"] = moment
    elif fra is Tilstand.FEILET:
        values |= {
            "meldings_id": str(uuid4()),
            "utgave": row.utgave + 1,
            "ukjent_siden": None,
            "sendt": None,
            "frist": None,
            "forfalt": None,
        }
    detalj = _who(hvem, row)
    again = Move(row.id, fra, til, Aarsak.PROEVES_IGJEN, detalj=detalj, values=values)
    move(connection, again, moment)
    return til


def give_up(connection: Connection, nokkel: str, moment: datetime, *, hvem: str | None) -> None:
    """Give up a letter that may or may not have arrived. A receipt still counts if it comes.

    Raises:
        OutboxError: it is in another state.
    """
    row = _row(connection, nokkel)
    fra = Tilstand(row.tilstand)
    if fra not in sources(Tilstand.FEILET, Aarsak.OPPGITT):
        raise _cannot("given up", fra)
    grunn = "It was given up by a person; it is not known whether it arrived."
    values = {"blokk_id": None, "grunn": grunn}
    given_up = Move(row.id, fra, Tilstand.FEILET, Aarsak.OPPGITT, detalj=hvem, values=values)
    move(connection, given_up, moment)


def cancel(connection: Connection, nokkel: str, moment: datetime, *, hvem: str | None) -> None:
    """Cancel a letter that has not been sent.

    Raises:
        OutboxError: it may have been sent already.
    """
    row = _row(connection, nokkel)
    fra = Tilstand(row.tilstand)
    if fra not in sources(Tilstand.AVBRUTT, Aarsak.AVBRUTT):
        raise _cannot("cancelled", fra)
    values = {"blokk_id": None}
    cancelled = Move(row.id, fra, Tilstand.AVBRUTT, Aarsak.AVBRUTT, detalj=hvem, values=values)
    move(connection, cancelled, moment)


def _row(connection: Connection, nokkel: str) -> Row[Any]:
    query = sa.select(brev).where(brev.c.nokkel == nokkel).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise OutboxError(
            "There is no letter with that key.", remedy="See: sdp outbox letters DATABASE"
        )
    return row


def _who(hvem: str | None, row: Row[Any]) -> str | None:
    if row.tilstand != Tilstand.FEILET.value:
        return hvem
    return " ".join(part for part in (hvem, f"after message {row.meldings_id}") if part)


def _cannot(what: str, tilstand: Tilstand) -> OutboxError:
    return OutboxError(
        f"A letter that is {tilstand.value} cannot be {what}.", remedy=what_to_do(tilstand)
    )
