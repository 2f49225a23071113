"""Title, security level and notices of a digital letter.

A notice travels unencrypted. A text of ours names no sender and no subject, and holds no link.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import IntEnum
from types import NoneType
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from sdp.domain._verdi import (
    Instans,
    Privat,
    ProblemsError,
    Rekke,
    Tidspunkt,
    Utfylt,
    Verdi,
    antall,
    check_length,
    tekst,
)
from sdp.errors import InvalidInputError, Problem

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


Spraak = Literal["nb", "nn", "en", "se"]
"""The languages a person can choose in the contact register."""

SPRAAK: Final[tuple[Spraak, ...]] = ("nb", "nn", "en", "se")
_READS_TOO: Final[Mapping[Spraak, tuple[Spraak, ...]]] = {
    "nb": ("nn", "en", "se"),
    "nn": ("nb", "en", "se"),
    "en": ("nb", "nn", "se"),
    "se": ("nb", "nn", "en"),
}
_DEFAULT: Final[Spraak] = "nb"

_NEUTRAL: Final[Mapping[Spraak, str]] = {
    "nb": "Du har fått et brev i den digitale postkassen din.",
    "nn": "Du har fått eit brev i den digitale postkassa di.",
    "en": "You have received a letter in your digital mailbox.",
    "se": "Don leat ožžon reivve digitála poastakássii.",
}


class Spraaktekst(Verdi):
    """One text in several of the register's languages, of which at least one is given."""

    nb: Privat[Utfylt | None] = None
    """The text in Norwegian bokmål."""
    nn: Privat[Utfylt | None] = None
    """The text in Norwegian nynorsk."""
    en: Privat[Utfylt | None] = None
    """The text in English."""
    se: Privat[Utfylt | None] = None
    """The text in Northern Sami."""

    def given(self) -> Mapping[str, str]:
        """Return the texts that are given, by language."""
        return {spraak: text for spraak in SPRAAK if (text := getattr(self, spraak)) is not None}

    @model_validator(mode="after")
    def _not_empty(self) -> Spraaktekst:
        if not self.given():
            raise ProblemsError(Problem("nb", "must be given, or a text in nn, en or se"))
        return self


def _by_language(value: object) -> object:
    """Take texts as a dict by language too."""
    if not isinstance(value, Mapping):
        return value
    try:
        return Spraaktekst(**value)
    except InvalidInputError as error:
        raise ProblemsError(*error.problems) from error


def _each_of_length(maximum: int) -> AfterValidator:
    within = check_length(1, maximum)

    def check(value: str | Spraaktekst | None) -> str | Spraaktekst | None:
        if isinstance(value, str):
            return within(value)
        problems = []
        for spraak, text in value.given().items() if value else ():
            try:
                within(text)
            except ValueError as error:
                problems.append(Problem(spraak, str(error)))
        if problems:
            raise ProblemsError(*problems)
        return value

    return AfterValidator(check)


_Varseltekst = Annotated[
    str | Mapping[str, str] | Spraaktekst | None,
    Instans(str, Spraaktekst, NoneType),
    BeforeValidator(_by_language),
]


class Varseltekster(Verdi):
    """The texts of notices. The contact register says where they are sent.

    Each is one text for everybody, or a dict by language (`nb`, `nn`, `en`, `se`), of which each
    person gets their own: `Varseltekster(epost={"nb": "…", "en": "…"})`.
    """

    epost: Privat[Annotated[_Varseltekst, _each_of_length(EPOST_LENGTH)]] = None
    """The text of the e-mail, 1..500 characters; None sends none."""
    sms: Privat[Annotated[_Varseltekst, _each_of_length(SMS_LENGTH)]] = None
    """The text message, 1..160 characters; None sends none."""
    repetisjoner: Repetisjoner | None = None
    """The days to notify, 0 being the day the letter is available; None leaves them to the purpose
    of the letter: 0 and 7 for a vedtak, 0 for informasjon.
    """


def known_spraak(written: str | None) -> Spraak | None:
    """Return a language code as the register writes it; None for one that it does not have."""
    wanted = (written or "").lower()
    return next((spraak for spraak in SPRAAK if spraak == wanted), None)


def in_language(
    text: str | Mapping[str, str] | Spraaktekst | None, spraak: Spraak | None
) -> str | None:
    """Return a text in a person's language, or in the one that its readers understand best."""
    if text is None or isinstance(text, str):
        return text
    given = text.given() if isinstance(text, Spraaktekst) else text
    wanted = spraak or _DEFAULT
    return next(given[each] for each in (wanted, *_READS_TOO[wanted]) if each in given)


def neutral_text(spraak: Spraak | None) -> str:
    """Return the text of a notice for which the sender gave none, in a person's language."""
    return _NEUTRAL[spraak or _DEFAULT]
