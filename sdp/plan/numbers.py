"""Numbers with their origin, and amounts that know how much of them is assumed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ORE: Final = Decimal("0.01")
_BLANKS: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f_']+")
_ASSUMED: Final = re.compile(r"^(?:~|ca\.?(?=[\s\d]))", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)


class Origin(StrEnum):
    """Source of a number, from the best known to the least known."""

    MAALT = "maalt"
    GITT = "gitt"
    ANTATT = "antatt"

    @property
    def mark(self) -> str:
        """The sign of the origin in tables: ● measured, ○ given, △ assumed."""
        return {Origin.MAALT: "●", Origin.GITT: "○", Origin.ANTATT: "△"}[self]


@dataclass(frozen=True, slots=True)
class Tall:
    """A number and its origin."""

    value: Decimal
    origin: Origin = Origin.GITT


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of kroner, exact, with the part of it that rests on assumptions.

    Attributes:
        kroner: the amount; None where something it needs is unknown.
        assumed: the kroner, without sign, whose inputs are assumed.
        turnover: all kroner that went into the amount, without sign.
    """

    kroner: Decimal | None
    assumed: Decimal = Decimal(0)
    turnover: Decimal = Decimal(0)

    @classmethod
    def of(cls, kroner: Decimal | None, inputs: Iterable[Tall] = ()) -> Amount:
        """Make an amount of one product; it is assumed if any of its inputs is."""
        size = abs(kroner or Decimal(0))
        assumed = any(each.origin is Origin.ANTATT for each in inputs)
        return cls(kroner, size if assumed else Decimal(0), size)

    def __add__(self, other: Amount) -> Amount:
        return self._joined(other, sign=1)

    def __sub__(self, other: Amount) -> Amount:
        return self._joined(other, sign=-1)

    def _joined(self, other: Amount, *, sign: int) -> Amount:
        known = None
        if self.kroner is not None and other.kroner is not None:
            known = self.kroner + sign * other.kroner
        return Amount(known, self.assumed + other.assumed, self.turnover + other.turnover)

    @property
    def assumed_share(self) -> Decimal:
        """The share of what went into the amount that is assumed, from 0 to 1."""
        return self.assumed / self.turnover if self.turnover else Decimal(0)


def summed(amounts: Iterable[Amount]) -> Amount:
    """Add amounts; the sum of none is zero."""
    total = Amount(Decimal(0))
    for amount in amounts:
        total += amount
    return total


def rounded(kroner: Decimal) -> Decimal:
    """Round to whole øre, half up. Only for display."""
    return kroner.quantize(ORE, ROUND_HALF_UP)


def whole(number: Decimal) -> int:
    """Round to a whole number, half up. Only for display."""
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def as_text(kroner: Decimal | None) -> str | None:
    """Write kroner with two decimals for programs; None stays None, which says unknown."""
    return None if kroner is None else str(rounded(kroner))


def read_number(text: str) -> Tall:
    """Read a number as people and spreadsheets write it: `18 400`, `3,10`, `1.2`, `57 %`, `~57`.

    A leading `~` or `ca.` says that the number is assumed.

    Raises:
        ValueError: the text is no number.
    """
    bare = text.strip()
    assumed = _ASSUMED.match(bare)
    digits = _BLANKS.sub("", bare[assumed.end() :] if assumed else bare).removesuffix("%")
    if digits.count(",") == 1 and "." not in digits:
        digits = digits.replace(",", ".")
    if not _PLAIN.fullmatch(digits):
        raise ValueError("not a number")
    try:
        value = Decimal(digits)
    except InvalidOperation as error:  # pragma: no cover - the pattern above admits numbers alone
        raise ValueError("not a number") from error
    return Tall(value, Origin.ANTATT if assumed else Origin.GITT)
