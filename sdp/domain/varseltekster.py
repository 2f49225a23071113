"""Texts of notices, by language, of which each person gets the one they read best.

A notice travels unencrypted. A text of ours names no sender and no subject, and holds no link.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator

from sdp.domain._verdi import Instans, Privat, ProblemsError, Utfylt, Verdi, check_length
from sdp.domain.digital_post import EPOST_LENGTH, SMS_LENGTH, Repetisjoner
from sdp.errors import InvalidInputError, Problem

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
