"""Synthetic people: national identity numbers that are nobody's, told by the month plus 80."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING

from stdnum.no import fodselsnummer

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    found = next(islice(synthetic_people(), number, None), None)
    if found is None:
        raise ValueError("there are no more synthetic people")
    return found


def synthetic_people() -> Iterator[str]:
    """Give every synthetic person, born in 1985; in the same order each time."""
    for individual, month, day in product(_INDIVIDUALS, _MONTHS, _DAYS):
        checked = _with_check_digits(f"{day:02}{month + _SYNTHETIC_MONTH:02}85{individual:03}")
        if checked is not None:
            yield checked


def _with_check_digits(candidate: str) -> str | None:
    first = fodselsnummer.calc_check_digit1(candidate)
    second = fodselsnummer.calc_check_digit2(candidate + first)
    checked = candidate + first + second
    return checked if len(checked) == _LENGTH else None  # a check digit of 10 does not exist
