"""Synthetic people: national identity numbers that are nobody's, told by the month plus 80."""

from __future__ import annotations

from itertools import product

from stdnum.no import fodselsnummer

_SYNTHETIC_MONTH = 80
_LENGTH = 11
_INDIVIDUALS = range(499, -1, -1)
_DAYS = range(1, 29)
_MONTHS = range(1, 13)


def synthetic_personidentifikator(number: int) -> str:
    """Return the number-th synthetic person, born in 1985; the same one each time.

    Raises:
        ValueError: there are no more of them, after some 140 000.
    """
    remaining = number
    for individual, month, day in product(_INDIVIDUALS, _MONTHS, _DAYS):
        candidate = f"{day:02}{month + _SYNTHETIC_MONTH:02}85{individual:03}"
        checked = _with_check_digits(candidate)
        if checked is None:
            continue
        if remaining == 0:
            return checked
        remaining -= 1
    raise ValueError("there are no more synthetic people")


def _with_check_digits(candidate: str) -> str | None:
    first = fodselsnummer.calc_check_digit1(candidate)
    second = fodselsnummer.calc_check_digit2(candidate + first)
    checked = candidate + first + second
    return checked if len(checked) == _LENGTH else None  # a check digit of 10 does not exist
