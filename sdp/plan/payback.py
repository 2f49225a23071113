"""Payback by the calendar: a mailing earns from its delivery's date on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.plan.costs import Costs, ServiceCosts
    from sdp.plan.model import Plan

_YEARS: Final = 5
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Payback:
    """The cumulative gain by month, and the month in which the one-off cost is earned back.

    Attributes:
        cumulative: the first day of each month, and the gain since the start in kroner.
        month: the first month after which the gain is not negative again; None if that does not
            come within five years.
    """

    cumulative: tuple[tuple[date, Decimal], ...]
    month: date | None


def payback(plan: Plan, costs: Costs) -> dict[str, Payback]:
    """Follow the gain month by month for five years: `budget` kroner alone, and `all` with time.

    The mailings of the plan's year are taken to repeat. Letters that are in no mailing are spread
    evenly over the year, and so is the fixed cost from the first delivery on.

    Returns:
        Nothing if the gain is unknown.
    """
    if costs.gross.kroner is None or not costs.services:
        return {}
    return {
        "budget": _followed(plan, costs, time_too=False),
        "all": _followed(plan, costs, time_too=True),
    }


def start_of(plan: Plan, costs: ServiceCosts) -> date:
    """Return the day from which a service earns: its delivery's, or the year's first."""
    leveranse = plan.leveranse_of(costs.tjeneste)
    return leveranse.dato if leveranse else date(plan.aar, 1, 1)


def _followed(plan: Plan, costs: Costs, *, time_too: bool) -> Payback:
    begin = min(start_of(plan, each) for each in costs.services).replace(day=1)
    months = [_month_after(begin, at) for at in range(_YEARS * _MONTHS)]
    earned = dict.fromkeys(months, Decimal(0))
    for service in costs.services:
        amount = service.gain if time_too else service.budget_gain
        each = (amount.kroner or Decimal(0)) / service.letters.total
        start = start_of(plan, service)
        for day, letters in _letters_by_day(plan, service, begin.year + _YEARS):
            if day >= start and day.replace(day=1) in earned:
                earned[day.replace(day=1)] += each * letters
    total = -plan.prosjekt.engang.value
    fixed = plan.prosjekt.fast_per_aar.value / _MONTHS
    cumulative = []
    for month in months:
        total += earned[month] - fixed
        cumulative.append((month, total))
    return Payback(tuple(cumulative), _earned_back(cumulative))


def _earned_back(cumulative: list[tuple[date, Decimal]]) -> date | None:
    """Find the month after the last one with a negative sum."""
    found = None
    for month, total in reversed(cumulative):
        if total < 0:
            break
        found = month
    return found


def _letters_by_day(
    plan: Plan, service: ServiceCosts, last_year: int
) -> Iterator[tuple[date, Decimal]]:
    """Give the letters of each mailing, year after year; a period spread evenly over its days."""
    mailings = [each for each in plan.utsendelser if each.tjeneste == service.tjeneste.id]
    rest = service.letters.total - sum(each.antall for each in mailings)
    whole_year = (date(plan.aar, 1, 1), date(plan.aar, 12, 31))
    spans = [(each.fra, each.til, Decimal(each.antall)) for each in mailings]
    spans += [(*whole_year, Decimal(rest))] if rest else []
    for fra, til, letters in spans:
        days = (til - fra).days + 1
        for year in range(last_year - plan.aar + 1):
            for at in range(days):
                yield _moved(fra + timedelta(days=at), year), letters / days


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _month_after(begin: date, months: int) -> date:
    at = begin.month - 1 + months
    return date(begin.year + at // _MONTHS, at % _MONTHS + 1, 1)
