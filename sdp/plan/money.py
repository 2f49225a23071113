"""Costs, gains and sensitivity as programs and spreadsheets read them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sdp.plan.costs import step_down
from sdp.plan.numbers import as_text, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from sdp.plan.costs import Costs, ServiceCosts
    from sdp.plan.model import Plan
    from sdp.plan.numbers import Amount
    from sdp.plan.payback import Payback
    from sdp.plan.sensitivity import Swing
    from sdp.plan.texts import Texts
    from sdp.prices import PriceList

_COLUMNS = (
    *("id", "volume", "digital", "print", "none", "per_digital", "per_print"),
    *("today", "new", "gross", "budget_gross", "time", "held_on_paper", "step_down_saves"),
    *("prices_source", "prices_valid_from", "prices_age_days"),
)


def costs_as_data(
    plan: Plan,
    costs: Costs,
    swings: tuple[Swing, ...],
    payback: Mapping[str, Payback],
    today: date,
) -> dict[str, object]:
    """Return everything that `sdp plan cost` knows. Kroner are texts with two decimals.

    What is unknown is null. A price a letter has three decimals.
    """
    letters = costs.letters
    return {
        "prices": prices_as_data(costs.prices, today),
        "services": [_service(plan, each, costs.prices) for each in costs.services],
        "sum": {
            "volume": letters.total,
            "digital": letters.digital,
            "print": letters.print,
            "none": letters.none,
            "today": as_text(costs.today.kroner),
            "new": as_text(costs.new.kroner),
            "gross": as_text(costs.gross.kroner),
            "net": as_text(costs.net.kroner),
            "budget_gross": as_text(costs.budget_gross.kroner),
            "budget_net": as_text(costs.budget_net.kroner),
            "time": as_text(costs.time.kroner),
            "hours": as_text(costs.hours),
            "print_alone": as_text(costs.print_alone.kroner),
            "digital_on_top": as_text(costs.digital_on_top.kroner),
            "once": as_text(costs.engang.kroner),
            "fixed": as_text(costs.fixed.kroner),
            "held_on_paper": costs.held_on_paper,
        },
        "assumed_share": {name: _share(amount) for name, amount in _totals(costs).items()},
        "not_included": list(costs.unknown),
        "sensitivity": [
            {
                "parameter": each.parameter,
                "low": str(each.low),
                "high": str(each.high),
                "at_low": as_text(each.at_low),
                "at_high": as_text(each.at_high),
                "swing": as_text(each.swing),
                "break_even": None if each.break_even is None else str(each.break_even),
                "break_even_value": as_text(each.break_even_value),
            }
            for each in swings
        ],
        "payback": {
            name: {
                "month": None if each.month is None else each.month.isoformat()[:7],
                "cumulative": [
                    {"month": month.isoformat()[:7], "kroner": as_text(kroner)}
                    for month, kroner in each.cumulative
                ],
            }
            for name, each in payback.items()
        },
    }


def prices_as_data(prices: PriceList, today: date) -> dict[str, object]:
    """Return source, dates and age of a price list."""
    return {
        "source": prices.kilde,
        "valid_from": prices.gyldig_fra.isoformat(),
        "read": prices.lest.isoformat(),
        "age_days": prices.age_in_days(today),
    }


def costs_as_csv(plan: Plan, costs: Costs, today: date) -> str:
    """Return one row for each service and one for the sum, with semicolons between the columns.

    Each row says where the prices are from, so that it can be copied alone.
    """
    prices = {
        "prices_source": costs.prices.kilde,
        "prices_valid_from": costs.prices.gyldig_fra.isoformat(),
        "prices_age_days": costs.prices.age_in_days(today),
    }
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, _COLUMNS, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for each in costs.services:
        writer.writerow(_service(plan, each, costs.prices, flat=True) | prices)
    letters = costs.letters
    writer.writerow(
        {
            "id": "sum",
            "volume": letters.total,
            "digital": letters.digital,
            "print": letters.print,
            "none": letters.none,
            "today": as_text(costs.today.kroner),
            "new": as_text(costs.new.kroner),
            "gross": as_text(costs.gross.kroner),
            "budget_gross": as_text(costs.budget_gross.kroner),
            "time": as_text(costs.time.kroner),
            "held_on_paper": costs.held_on_paper,
            **prices,
        }
    )
    return file.getvalue()


def prices_as_text(prices: PriceList, today: date, texts: Texts) -> str:
    """Tell source, dates and age of a price list, as every output does."""
    return texts(
        "cost.note.prices_are",
        source=prices.kilde,
        valid_from=prices.gyldig_fra,
        read=prices.lest,
        days=prices.age_in_days(today),
    )


def change_as_text(change: Decimal | None, parameter: str, texts: Texts) -> str:
    """Tell a change of a parameter: per cent, or percentage points of the digital share."""
    if change is None:
        return texts("cost.sensitivity.never")
    number = f"{'+' if change > 0 else ''}{texts.value(change)}"
    if parameter == "digital":
        return texts("cost.sensitivity.points", number=number)
    return f"{number}{texts.space}%"


def break_even_as_text(swing: Swing, texts: Texts) -> str:
    """Tell the change at which the budget breaks even, and the value of the parameter then."""
    change = change_as_text(swing.break_even, swing.parameter, texts)
    if swing.break_even_value is None:
        return change
    number = texts.number(swing.break_even_value, decimals=0 if swing.parameter == "volum" else 1)
    unit = texts(f"cost.unit.{swing.parameter}", number=number)
    return f"{change} ({unit})"


def month_as_text(month: date | None, texts: Texts) -> str:
    """Tell the month of a payback, or that it does not come within five years."""
    return texts("cost.payback.never") if month is None else month.isoformat()[:7]


def _service(
    plan: Plan, costs: ServiceCosts, prices: PriceList, *, flat: bool = False
) -> dict[str, object]:
    letters, down = costs.letters, step_down(plan, costs.tjeneste, prices)
    told: dict[str, object] = {
        "id": costs.tjeneste.id,
        "volume": letters.total,
        "digital": letters.digital,
        "print": letters.print,
        "none": letters.none,
        "per_digital": _price(costs.per_digital),
        "per_print": _price(costs.per_print),
        "today": as_text(costs.today.kroner),
        "new": as_text(costs.new.kroner),
        "gross": as_text(costs.gain.kroner),
        "budget_gross": as_text(costs.budget_gain.kroner),
        "time": as_text((costs.today_time - costs.new_time).kroner),
        "held_on_paper": costs.held_on_paper,
        "step_down_saves": as_text(down[1]) if down else None,
    }
    if not flat:
        told["name"] = costs.tjeneste.navn
        told["kind"] = costs.tjeneste.slag.value
        told["origin"] = {
            "volume": costs.tjeneste.volum.origin.value,
            "bytes": costs.tjeneste.bytes.origin.value,
            "pages": costs.tjeneste.sider.origin.value,
            "distribution": costs.tjeneste.distribution_origin.value,
        }
    return told


def _totals(costs: Costs) -> dict[str, Amount]:
    return {
        "today": costs.today,
        "new": costs.new,
        "gross": costs.gross,
        "net": costs.net,
        "budget_net": costs.budget_net,
        "time": costs.time,
    }


def _share(amount: Amount) -> str:
    return str(rounded(amount.assumed_share))


def _price(kroner: Decimal | None) -> str | None:
    return None if kroner is None else f"{kroner:.3f}"
