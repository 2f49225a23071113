"""Title, security level and notices of a digital letter."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from sdp.domain._verdi import (
    Privat,
    ProblemsError,
    Rekke,
    Tidspunkt,
    Utfylt,
    Verdi,
    antall,
    tekst,
)
from sdp.errors import Problem

EPOST_LENGTH = 500
SMS_LENGTH = 160
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
    """A notice by e-mail. Source: sdp-melding.xsd, EpostVarsel."""

    epostadresse: Privat[Utfylt]
    """The address, as the contact register gives it."""
    varslingstekst: Privat[Annotated[str, tekst(1, EPOST_LENGTH)]]
    """The text; 1..500 characters."""
    repetisjoner: Repetisjoner = (0,)
    """The days to notify, 0 being the day the letter is available."""


class SmsVarsel(Verdi):
    """A notice by SMS. Source: sdp-melding.xsd, SmsVarsel."""

    mobiltelefonnummer: Privat[Utfylt]
    """The number, as the contact register gives it."""
    varslingstekst: Privat[Annotated[str, tekst(1, SMS_LENGTH)]]
    """The text; 1..160 characters."""
    repetisjoner: Repetisjoner = (0,)
    """The days to notify, 0 being the day the letter is available."""


class Sikkerhetsnivaa(IntEnum):
    """The level of log-in that opens a letter."""

    NIVAA_3 = 3
    NIVAA_4 = 4


class DigitalPost(Verdi):
    """Presentation and notices of a digital letter. Source: sdp-melding.xsd, DigitalPostInfo."""

    ikke_sensitiv_tittel: Privat[Annotated[str, tekst(1, 255)]]
    """The title that is shown before log-in and in notices; 1..255 characters."""
    sikkerhetsnivaa: Sikkerhetsnivaa = Sikkerhetsnivaa.NIVAA_4
    """The level of log-in that opens the letter."""
    virkningstidspunkt: Tidspunkt | None = None
    """The earliest moment the letter is available; an aware datetime."""
    virkningsdato: date | None = None
    """The earliest day the letter is available, from midnight. Not both."""
    aapningskvittering: bool = False
    """True asks for a receipt when the citizen opens the letter."""
    epost_varsel: EpostVarsel | None = None
    """A notice by e-mail."""
    sms_varsel: SmsVarsel | None = None
    """A notice by SMS."""

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if self.virkningstidspunkt is not None and self.virkningsdato is not None:
            raise ProblemsError(
                Problem("virkningsdato", "must not be given with virkningstidspunkt")
            )
        return self
