"""Sensitivity of the gain to one parameter at a time, and its break-even values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.costs import Factors, costs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.plan.model import Plan
    from sdp.prices import PriceList

DEFAULT_RANGES: Final = {
    "minutter": (Decimal(-50), Decimal(50)),
    "volum": (Decimal(-20), Decimal(20)),
    "porto": (Decimal(-20), Decimal(20)),
    "digital": (Decimal(-10), Decimal(10)),
    "utskriftspris": (Decimal(-20), Decimal(20)),
    "digitalpris": (Decimal(-20), Decimal(20)),
    "bytes": (Decimal(-20), Decimal(20)),
}
"""The change of each parameter in per cent; of `digital`, in percentage points."""

_POINTS: Final = "digital"
_LARGEST_RISE: Final = Decimal(1000)
_LARGEST_FALL: Final = Decimal(-100)
_PRECISION: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Swing:
    """The move of the gain when one parameter goes through its range.

    Attributes:
        parameter: its name.
        low, high: the change at either end, in per cent (`digital`: percentage points).
        at_low, at_high: the gross gain there, in kroner.
        break_even: the change at which the budget net is 0, to a hundredth; None if there is none
            from -100 % to +1000 % (`digital`: ±100 points).
        value: the value in the plan: letters a year, minutes, kroner of postage, per cent digital.
    """

    parameter: str
    low: Decimal
    high: Decimal
    at_low: Decimal
    at_high: Decimal
    break_even: Decimal | None
    value: Decimal | None = None

    @property
    def break_even_value(self) -> Decimal | None:
        """The value of the parameter at the break-even; None where it has no single value."""
        if self.break_even is None or self.value is None:
            return None
        if self.parameter == _POINTS:
            return self.value + self.break_even
        return self.value * (1 + self.break_even / 100)

    @property
    def swing(self) -> Decimal:
        """The distance between the ends, in kroner."""
        return abs(self.at_high - self.at_low)


def sensitivity(plan: Plan, prices: PriceList) -> tuple[Swing, ...]:
    """Move each parameter through its range, and sort by how far the gain moves.

    Returns:
        Nothing if the gain is unknown, since a price is.
    """
    if costs_of(plan, prices).gross.kroner is None:
        return ()
    ranges = {**DEFAULT_RANGES, **plan.ranges}
    swings = [_swing(plan, prices, name, *ends) for name, ends in ranges.items()]
    return tuple(sorted(swings, key=lambda each: -each.swing))


def _swing(plan: Plan, prices: PriceList, name: str, low: Decimal, high: Decimal) -> Swing:
    def gross(change: Decimal) -> Decimal:
        return _known(costs_of(plan, prices, _changed(name, change)).gross.kroner)

    def budget_net(change: Decimal) -> Decimal:
        return _known(costs_of(plan, prices, _changed(name, change)).budget_net.kroner)

    top = -_LARGEST_FALL if name == _POINTS else _LARGEST_RISE
    zero = _zero(budget_net, _LARGEST_FALL, top)
    return Swing(name, low, high, gross(low), gross(high), zero, _value(plan, prices, name))


def _value(plan: Plan, prices: PriceList, name: str) -> Decimal | None:
    letters = costs_of(plan, prices).letters
    match name:
        case "volum":
            return Decimal(letters.total)
        case "minutter":
            return plan.i_dag.minutter.value
        case "porto":
            return plan.i_dag.porto.value
        case "digital":
            return Decimal(100 * letters.digital) / letters.total
        case _:
            return None


def _changed(name: str, change: Decimal) -> Factors:
    value = change if name == _POINTS else 1 + change / 100
    return replace(Factors(), **{name: value})


def _zero(value: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal | None:
    """Find by halving the change nearest to none at which a monotone value turns its sign."""
    now = value(Decimal(0))
    if now == 0:
        return Decimal(0)
    for outer in (low, high):
        if (value(outer) > 0) != (now > 0):
            near, far = Decimal(0), outer
            while abs(far - near) > _PRECISION / 2:
                middle = (near + far) / 2
                if (value(middle) > 0) == (now > 0):
                    near = middle
                else:
                    far = middle
            return far.quantize(_PRECISION)
    return None


def _known(kroner: Decimal | None) -> Decimal:
    """Take away the None of a price that is unknown; `sensitivity` has made sure there is none."""
    if kroner is None:
        raise ValueError("a price is unknown at this end of the range")
    return kroner
