"""`sdp plan cost`: what letters cost today and digitally, and what is gained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Facts, Output, facts, json_option, table
from sdp.cli.parameters import NEW_FILE
from sdp.cli.plan_folder import folder_argument, keep, plan_in, today_option
from sdp.cli.prices import price_list, prices_option
from sdp.plan.costs import costs_of
from sdp.plan.figures import cost_by_share, cumulative_gain
from sdp.plan.money import (
    break_even_as_text,
    change_as_text,
    costs_as_csv,
    costs_as_data,
    month_as_text,
    prices_as_text,
)
from sdp.plan.numbers import Origin
from sdp.plan.payback import payback
from sdp.plan.sensitivity import sensitivity

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from rich.table import Table

    from sdp.plan.costs import Costs
    from sdp.plan.payback import Payback
    from sdp.plan.sensitivity import Swing
    from sdp.plan.texts import Texts


@click.command
@folder_argument
@prices_option
@click.option("--csv", "csv_file", type=NEW_FILE, help="Write the rows to a CSV file as well.")
@click.option("--figure", type=NEW_FILE, help="Draw the cost by digital share: an SVG file.")
@click.option("--gain-figure", type=NEW_FILE, help="Draw the gain by month: an SVG file.")
@today_option
@json_option
def cost(
    *,
    folder: Path,
    prices: Path | None,
    csv_file: Path | None,
    figure: Path | None,
    gain_figure: Path | None,
    today: date,
    output: Output,
) -> int:
    """Calculate cost and gain: budget kroner and hours apart, central print apart from digital."""
    plan, texts = plan_in(folder)
    costs = costs_of(plan, price_list(prices))
    swings, earned = sensitivity(plan, costs.prices), payback(plan, costs)
    told = prices_as_text(costs.prices, today, texts)
    keep(csv_file, lambda: costs_as_csv(plan, costs, today))
    keep(figure, lambda: cost_by_share(plan, costs, texts, told))
    keep(gain_figure, lambda: cumulative_gain(earned, texts, told))
    output.result(
        costs_as_data(plan, costs, swings, earned, today),
        _services(costs, texts),
        _gain(costs, texts),
        _sensitivity(swings, texts),
        _notes(costs, earned, texts, today),
    )
    return 0


def _services(costs: Costs, texts: Texts) -> Table:
    rows = [
        [
            each.tjeneste.navn,
            texts(f"words.slag.{each.tjeneste.slag}"),
            f"{texts.value(each.letters.total)} {each.tjeneste.volum.origin.mark}",
            f"{texts.value(each.letters.digital)} {each.tjeneste.distribution_origin.mark}",
            *map(texts.value, (each.letters.print, each.letters.none)),
            texts.number(each.per_digital, decimals=3),
            texts.number(each.per_print, decimals=3),
            *(texts.number(amount.kroner) for amount in (each.today, each.new, each.gain)),
        ]
        for each in costs.services
    ]
    letters = costs.letters
    total = [texts.number(amount.kroner) for amount in (costs.today, costs.new, costs.gross)]
    ways = (letters.total, letters.digital, letters.print, letters.none)
    rows.append([texts("words.sum"), "", *map(texts.value, ways), "", "", *total])
    return table(_headings("cost.column", texts), rows)


def _gain(costs: Costs, texts: Texts) -> Table:
    amounts = {
        "budget_gross": costs.budget_gross,
        "time": costs.time,
        "gross": costs.gross,
        "print_alone": costs.print_alone,
        "digital_on_top": costs.digital_on_top,
        "fixed": costs.fixed,
        "net": costs.net,
        "budget_net": costs.budget_net,
    }
    hours = texts.number(costs.hours, decimals=1)
    return table(
        [texts(f"cost.total.{name}") for name in ("amount", "kroner", "assumed")],
        [
            (
                texts(f"cost.total.{name}", hours=hours),
                texts.number(amount.kroner),
                texts.percent(amount.assumed_share),
            )
            for name, amount in amounts.items()
        ],
    )


def _sensitivity(swings: tuple[Swing, ...], texts: Texts) -> Table:
    columns = ("parameter", "range", "low", "high", "swing", "break_even")
    return table(
        [texts(f"cost.sensitivity.{name}") for name in columns],
        [
            (
                texts(f"words.parameter.{each.parameter}"),
                texts(
                    "cost.sensitivity.span",
                    low=change_as_text(each.low, each.parameter, texts),
                    high=change_as_text(each.high, each.parameter, texts),
                ),
                texts.number(each.at_low),
                texts.number(each.at_high),
                texts.number(each.swing),
                break_even_as_text(each, texts),
            )
            for each in swings
        ],
        title=texts("cost.sensitivity.title"),
    )


def _notes(costs: Costs, earned: dict[str, Payback], texts: Texts, today: date) -> Facts:
    missing = ", ".join(texts(f"words.extra.{name}") for name in costs.unknown)
    return facts(
        [
            *(
                (texts(f"cost.payback.{name}"), month_as_text(each.month, texts))
                for name, each in earned.items()
            ),
            (texts("cost.note.held_on_paper"), texts.value(costs.held_on_paper)),
            (texts("cost.note.prices"), prices_as_text(costs.prices, today, texts)),
            (texts("cost.note.not_included"), missing or None),
            ("● ○ △", ", ".join(texts(f"words.origin.{each}") for each in Origin)),
        ]
    )


def _headings(prefix: str, texts: Texts) -> list[str]:
    return [texts(f"{prefix}.{name}") for name in texts.keys_under(prefix)]
