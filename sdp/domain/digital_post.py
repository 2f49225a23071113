"""What a digital letter says about itself."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Annotated, Self

from pydantic import model_validator

from sdp.domain._problems import ProblemsError
from sdp.domain._tekst import tekst
from sdp.domain._tid import Tidspunkt
from sdp.domain._verdi import Privat, Verdi
from sdp.domain.varsel import EpostVarsel, SmsVarsel
from sdp.errors import Problem


class Sikkerhetsnivaa(IntEnum):
    """The level of log-in that opens a letter."""

    NIVAA_3 = 3
    NIVAA_4 = 4


class DigitalPost(Verdi):
    """How a digital letter is shown and announced. Source: sdp-melding.xsd, DigitalPostInfo.

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
