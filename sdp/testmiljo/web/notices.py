"""The notifications that a mailbox provider would have sent about a letter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sdp.testmiljo.validators.post import DigitalOrder

if TYPE_CHECKING:
    from sdp.testmiljo.validators.post import Varsel
    from sdp.testmiljo.world.letters import Letter


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification, ordered for a number of days.

    Attributes:
        days: when it would have been sent, the first day first.
    """

    kanal: Literal["SMS", "EPOST"]
    adresse: str = field(repr=False)
    tekst: str = field(repr=False)
    days: tuple[date, ...]


def notices_of(letter: Letter) -> tuple[Notice, ...]:
    """Tell what would have been sent about a letter, and when; nothing about one for print."""
    if not isinstance(letter.order, DigitalOrder):
        return ()
    first = available_from(letter.order, letter.received)
    ordered: tuple[tuple[Literal["SMS", "EPOST"], Varsel | None], ...] = (
        ("SMS", letter.order.sms_varsel),
        ("EPOST", letter.order.epost_varsel),
    )
    return tuple(
        Notice(
            kanal,
            varsel.adresse,
            varsel.tekst,
            tuple(first + timedelta(days=days) for days in sorted(varsel.repetisjoner)),
        )
        for kanal, varsel in ordered
        if varsel is not None
    )


def available_from(order: DigitalOrder, received: datetime) -> date:
    """Tell the day from which the citizen can read a letter, and from which days are counted."""
    for stated in (order.virkningstidspunkt, order.virkningsdato):
        try:
            return date.fromisoformat((stated or "")[:10])
        except ValueError:
            continue
    return received.date()
