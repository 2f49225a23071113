"""The sections on money: the summary, cost and gain, and planned against actual."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sdp.plan.costs import step_down
from sdp.plan.document.blocks import Facts, Figure, Items, Paragraph, Table
from sdp.plan.figures import cost_by_share, cumulative_gain
from sdp.plan.money import break_even_as_text, change_as_text, month_as_text, prices_as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.plan.document.blocks import Block
    from sdp.plan.document.material import Material
    from sdp.plan.numbers import Amount, Tall
    from sdp.plan.texts import Texts


def marked(number: Tall, texts: Texts) -> str:
    """Write a number with the mark of its origin."""
    return f"{texts.value(number.value)}{texts.space}{number.origin.mark}"


def prices_told(material: Material) -> str:
    """Tell source, dates and age of the prices."""
    return prices_as_text(material.costs.prices, material.today, material.texts)


def summary(material: Material) -> Iterator[Block]:
    """Tell the plan in a few numbers."""
    texts, costs, plan = material.texts, material.costs, material.plan
    letters = costs.letters
    share = Decimal(letters.digital) / letters.total
    yield Paragraph(
        texts(
            "document.summary.lead",
            navn=plan.navn,
            letters=letters.total,
            services=len(plan.tjenester),
            share=texts.percent(share),
        )
    )
    rows = [
        (texts("document.summary.budget"), _kroner(costs.budget_net, texts)),
        (
            texts("document.summary.time"),
            texts("document.summary.hours", hours=texts.number(costs.hours))
            + _assumed(costs.time, texts),
        ),
        (texts("document.summary.once"), _kroner(costs.engang, texts)),
    ]
    rows += [
        (texts(f"cost.payback.{name}"), month_as_text(each.month, texts))
        for name, each in material.payback.items()
    ]
    rows += [
        (texts("document.summary.delivery", nr=each.nr), texts.value(each.dato))
        for each in plan.leveranser
    ]
    yield Facts(rows)


def cost(material: Material) -> Iterator[Block]:
    """Tell cost and gain: budget kroner and time apart, central print apart from digital post."""
    texts, costs = material.texts, material.costs
    yield Paragraph(texts("document.cost.lead"))
    yield _inputs(material)
    yield _services(material)
    yield _gain(material)
    if material.swings:
        yield _sensitivity(material)
    if costs.new.kroner is not None:
        yield Figure(cost_by_share(material.plan, costs, texts, prices_told(material)))
    if material.payback:
        yield Figure(cumulative_gain(material.payback, texts, prices_told(material)))
    yield Items(
        [texts(f"document.gain_kind.{each}") for each in texts.keys_under("document.gain_kind")]
    )
    missing = ", ".join(texts(f"words.extra.{name}") for name in costs.unknown)
    if missing:
        yield Paragraph(f"{texts('cost.note.not_included')}: {missing}.")
    yield Paragraph(f"{texts('cost.note.prices')}: {prices_told(material)}.")


def followed(material: Material) -> Iterator[Block]:
    """Tell planned against actual, by service."""
    texts = material.texts
    columns = texts.keys_under("follow.column")
    yield Paragraph(texts("follow.lead"))
    yield Table(
        texts("document.section.followed"),
        [texts(f"follow.column.{name}") for name in columns],
        [each.as_row(texts) for each in material.followed],
        frozenset(range(1, len(columns))),
    )


def _kroner(amount: Amount, texts: Texts) -> str:
    told = f"{texts.number(amount.kroner)}{texts.space}{texts('words.kroner')}"
    return told + _assumed(amount, texts)


def _assumed(amount: Amount, texts: Texts) -> str:
    """Tell the share of an amount that is assumed; nothing where none is."""
    share = amount.assumed_share
    return f" ({texts('document.assumed', share=texts.percent(share))})" if share else ""


def _inputs(material: Material) -> Table:
    texts, plan = material.texts, material.plan
    i_dag, prosjekt, utskrift = plan.i_dag, plan.prosjekt, plan.utskrift
    numbers: list[tuple[str, Tall | None]] = [
        ("papir", i_dag.papir),
        ("porto", i_dag.porto),
        ("ekstra_ark", i_dag.ekstra_ark),
        ("minutter", i_dag.minutter),
        ("timekost", i_dag.timekost),
        ("forste_ark", utskrift.forste_ark),
        ("utskrift_ekstra_ark", utskrift.ekstra_ark),
        ("engang", prosjekt.engang),
        ("fast_per_aar", prosjekt.fast_per_aar),
    ]
    return Table(
        texts("document.inputs.caption"),
        [texts("document.inputs.what"), texts("document.inputs.value")],
        [
            [
                texts(f"document.inputs.{name}"),
                marked(number, texts) if number else texts("words.unknown"),
            ]
            for name, number in numbers
        ],
        frozenset({1}),
    )


def _services(material: Material) -> Table:
    texts, costs = material.texts, material.costs
    rows = [
        [
            each.tjeneste.navn,
            texts.number(each.per_digital, decimals=3),
            texts.number(each.per_print, decimals=3),
            *(texts.number(amount.kroner) for amount in (each.today, each.new, each.gain)),
            texts.number(down[1])
            if (down := step_down(material.plan, each.tjeneste, costs.prices))
            else "0",
        ]
        for each in costs.services
    ]
    totals = (costs.today, costs.new, costs.gross)
    rows.append([texts("words.sum"), "", "", *(texts.number(each.kroner) for each in totals), ""])
    names = ("service", "per_digital", "per_print", "today", "new", "gain")
    columns = [*(texts(f"cost.column.{name}") for name in names), texts("document.step_down")]
    return Table(
        texts("document.cost.caption"), columns, rows, frozenset(range(1, 7)), has_sum=True
    )


def _gain(material: Material) -> Table:
    texts, costs = material.texts, material.costs
    hours = texts.number(costs.hours, decimals=1)
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
    return Table(
        texts("cost.total.amount"),
        [texts(f"cost.total.{name}") for name in ("amount", "kroner", "assumed")],
        [
            [
                texts(f"cost.total.{name}", hours=hours),
                texts.number(amount.kroner),
                texts.percent(amount.assumed_share),
            ]
            for name, amount in amounts.items()
        ],
        frozenset({1, 2}),
    )


def _sensitivity(material: Material) -> Table:
    texts = material.texts
    columns = ("parameter", "range", "low", "high", "swing", "break_even")
    return Table(
        texts("cost.sensitivity.title"),
        [texts(f"cost.sensitivity.{name}") for name in columns],
        [
            [
                texts(f"words.parameter.{each.parameter}"),
                texts(
                    "cost.sensitivity.span",
                    low=change_as_text(each.low, each.parameter, texts),
                    high=change_as_text(each.high, each.parameter, texts),
                ),
                *map(texts.number, (each.at_low, each.at_high, each.swing)),
                break_even_as_text(each, texts),
            ]
            for each in material.swings
        ],
        frozenset({2, 3, 4}),
    )
