"""Title, security level and notices of a digital letter."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from sdp.domain._fields import Tidspunkt, Utfylt, tekst
from sdp.domain._verdi import Privat, ProblemsError, Rekke, Verdi, antall
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
    """A notice by e-mail. Source: sdp-melding.xsd, EpostVarsel.

    Attributes:
        epostadresse: as the contact register gives it.
        varslingstekst: 1..500 characters.
        repetisjoner: the days to notify, 0 being the day the letter is available.
    """

    epostadresse: Privat[Utfylt]
    varslingstekst: Privat[Annotated[str, tekst(1, EPOST_LENGTH)]]
    repetisjoner: Repetisjoner = (0,)


class SmsVarsel(Verdi):
    """A notice by SMS. Source: sdp-melding.xsd, SmsVarsel.

    Attributes:
        mobiltelefonnummer: as the contact register gives it.
        varslingstekst: 1..160 characters.
        repetisjoner: the days to notify, 0 being the day the letter is available.
    """

    mobiltelefonnummer: Privat[Utfylt]
    varslingstekst: Privat[Annotated[str, tekst(1, SMS_LENGTH)]]
    repetisjoner: Repetisjoner = (0,)


class Sikkerhetsnivaa(IntEnum):
    """The level of log-in that opens a letter."""

    NIVAA_3 = 3
    NIVAA_4 = 4


class DigitalPost(Verdi):
    """Presentation and notices of a digital letter. Source: sdp-melding.xsd, DigitalPostInfo.

    Attributes:
        ikke_sensitiv_tittel: shown before log-in and in notices; 1..255 characters.
        sikkerhetsnivaa: the level of log-in that opens the letter.
        virkningstidspunkt: the earliest moment the letter is available; an aware datetime.
        virkningsdato: the earliest day the letter is available, from midnight. Not both.
        aapningskvittering: whether to ask for a receipt when the citizen opens the letter.
        epost_varsel: a notice by e-mail.
        sms_varsel: a notice by SMS.
    """

    ikke_sensitiv_tittel: Privat[Annotated[str, tekst(1, 255)]]
    sikkerhetsnivaa: Sikkerhetsnivaa = Sikkerhetsnivaa.NIVAA_4
    virkningstidspunkt: Tidspunkt | None = None
    virkningsdato: date | None = None
    aapningskvittering: bool = False
    epost_varsel: EpostVarsel | None = None
    sms_varsel: SmsVarsel | None = None

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if self.virkningstidspunkt is not None and self.virkningsdato is not None:
            raise ProblemsError(
                Problem("virkningsdato", "must not be given with virkningstidspunkt")
            )
        return self
