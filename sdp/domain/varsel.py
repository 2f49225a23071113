"""The notices that tell a citizen about a letter."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from sdp.domain._tekst import Utfylt, tekst
from sdp.domain._verdi import Privat, Rekke, Verdi, antall

_LAST_DAY = 25


def _days(days: tuple[int, ...]) -> tuple[int, ...]:
    if not all(0 <= day <= _LAST_DAY for day in days):
        raise ValueError(f"must be days from 0 to {_LAST_DAY}")
    if len(set(days)) != len(days):
        raise ValueError("must not name the same day twice")
    return days


Repetisjoner = Annotated[Rekke[int], antall(1, 10), AfterValidator(_days)]
"""On which days to notify, counted from the day the letter is available: 1..10 different, 0..25."""


class EpostVarsel(Verdi):
    """A notice by e-mail. Source: sdp-melding.xsd, EpostVarsel.

    Attributes:
        epostadresse: as the contact register gives it.
        varslingstekst: 1..500 characters.
        repetisjoner: the days to notify, 0 being the day the letter is available.
    """

    epostadresse: Privat[Utfylt]
    varslingstekst: Privat[Annotated[str, tekst(1, 500)]]
    repetisjoner: Repetisjoner = (0,)


class SmsVarsel(Verdi):
    """A notice by SMS. Source: sdp-melding.xsd, SmsVarsel.

    Attributes:
        mobiltelefonnummer: as the contact register gives it.
        varslingstekst: 1..160 characters.
        repetisjoner: the days to notify, 0 being the day the letter is available.
    """

    mobiltelefonnummer: Privat[Utfylt]
    varslingstekst: Privat[Annotated[str, tekst(1, 160)]]
    repetisjoner: Repetisjoner = (0,)
