"""Numbers that identify people and organisations, and the test numbers that identify nobody."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator
from stdnum.exceptions import ValidationError
from stdnum.no import fodselsnummer, orgnr

_ELEVEN_DIGITS = re.compile("[0-9]{11}")
_NINE_DIGITS = re.compile("[0-9]{9}")
_KANAL = re.compile("[A-Za-z0-9_-]{1,28}")

_DOLLY = 40
_TENOR = 80


def is_synthetic(personidentifikator: str) -> bool:
    """Tell whether a number is a test person's: Tenor (month + 80) or Dolly (month + 40)."""
    return _ELEVEN_DIGITS.fullmatch(personidentifikator) is not None and _month_shift(
        personidentifikator
    ) in {_DOLLY, _TENOR}


def check_personidentifikator(value: str) -> str:
    """Return a fødselsnummer or D-number unchanged, real or synthetic.

    The control digits must hold for the number as it is written, and the date for the number
    with the month of a synthetic one mapped back.

    Raises:
        ValueError: with the broken rule. Source: sdp-felles.xsd, Person/personidentifikator.
    """
    if not _ELEVEN_DIGITS.fullmatch(value):
        raise ValueError("must be 11 digits")
    digits = fodselsnummer.calc_check_digit1(value) + fodselsnummer.calc_check_digit2(value)
    if not value.endswith(digits):
        raise ValueError("must be a fødselsnummer or D-number; its control digits do not hold")
    month = int(value[2:4]) - _month_shift(value)
    try:
        fodselsnummer.get_birth_date(f"{value[:2]}{month:02}{value[4:]}")
    except ValidationError as error:
        raise ValueError("must be a fødselsnummer or D-number; it holds no date") from error
    return value


def check_organisasjonsnummer(value: str) -> str:
    """Return an organisation number unchanged.

    Raises:
        ValueError: with the broken rule. Source: the register of legal entities (MOD-11).
    """
    if not _NINE_DIGITS.fullmatch(value):
        raise ValueError("must be 9 digits, without the prefix 9908:")
    if not orgnr.is_valid(value):
        raise ValueError("must be an organisation number; its control digit does not hold")
    return value


def check_kanal(value: str) -> str:
    """Return a kanal unchanged: what keeps a system's receipts apart on today's wire.

    Raises:
        ValueError: with the broken rule. Source: the interface of the access points.
    """
    if not _KANAL.fullmatch(value):
        raise ValueError("must be 1 to 28 characters of A-Z a-z 0-9 _ and -")
    return value


def _month_shift(value: str) -> int:
    month = int(value[2:4])
    for shift in (_DOLLY, _TENOR):
        if 1 <= month - shift <= 12:
            return shift
    return 0


Personidentifikator = Annotated[str, AfterValidator(check_personidentifikator)]
Organisasjonsnummer = Annotated[str, AfterValidator(check_organisasjonsnummer)]
Kanal = Annotated[str, AfterValidator(check_kanal)]
