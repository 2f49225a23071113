"""Curves of money: yearly cost by digital share, and cumulative gain by month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.costs import Factors, costs_of
from sdp.plan.figures.svg import DIGITAL, GREY, INK, LIGHT, PAPER, Svg, nice_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sdp.plan.costs import Costs
    from sdp.plan.model import Plan
    from sdp.plan.payback import Payback
    from sdp.plan.texts import Texts

_SIZE: Final = (760.0, 450.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 110.0, 740.0, 70.0, 350.0
_POINTS: Final = range(-100, 101, 5)
_MONTHS: Final = 36


def cost_by_share(plan: Plan, costs: Costs, texts: Texts, prices: str) -> str:
    """Draw the yearly cost for digital shares from none to all, beside the cost today.

    Args:
        plan: the plan.
        costs: of the plan.
        texts: in the language of the figure.
        prices: the source, dates and age of the prices, in words.
    """
    found: dict[Decimal, Decimal] = {}
    for points in _POINTS:
        at = costs_of(plan, costs.prices, Factors(digital=Decimal(points)))
        if at.new.kroner is not None:
            share = Decimal(at.letters.digital) / at.letters.total
            found[share] = at.new.kroner
    today = costs.today.kroner or Decimal(0)
    planned = Decimal(costs.letters.digital) / costs.letters.total
    title = texts("document.figure.share.title")
    desc = texts(
        "document.figure.share.desc",
        today=texts.number(today),
        share=texts.percent(planned),
        new=texts.number(costs.new.kroner),
    )
    figure = Svg("share", _SIZE, title, desc)
    figure.text(20, 34, title, size=20, weight="bold")
    steps = nice_steps(float(max([today, *found.values()])))
    top = steps[-1]

    def place(share: Decimal, kroner: Decimal) -> tuple[float, float]:
        x = _LEFT + (_RIGHT - _LEFT) * float(share)
        return x, _BOTTOM - (_BOTTOM - _TOP) * float(kroner) / top

    _grid(figure, [0.0, *steps], 0.0, top, texts)
    for tenth in range(0, 11, 2):
        share = Decimal(tenth) / 10
        x, _ = place(share, Decimal(0))
        figure.text(x, _BOTTOM + 22, texts.percent(share), size=13, anchor="middle")
    figure.text(_RIGHT, _BOTTOM + 46, texts("document.figure.share.axis"), size=13, anchor="end")
    figure.curve([place(Decimal(0), today), place(Decimal(1), today)], INK, dashes="8 5")
    figure.text(_RIGHT, place(Decimal(1), today)[1] - 8, texts("cost.column.today"), anchor="end")
    figure.curve([place(share, found[share]) for share in sorted(found)], DIGITAL)
    if costs.new.kroner is not None:
        x, y = place(planned, costs.new.kroner)
        figure.circle((x, y), 6, fill=DIGITAL)
        figure.text(x + 12, y - 10, f"{texts('words.the_plan')}: {texts.percent(planned)}")
    _sources(figure, prices, texts)
    return figure.done()


def cumulative_gain(earned: Mapping[str, Payback], texts: Texts, prices: str) -> str:
    """Draw the gain since the start, month by month, for three years.

    Args:
        earned: the gain in budget kroner, and with time counted.
        texts: in the language of the figure.
        prices: the source, dates and age of the prices, in words.
    """
    curves = {name: each.cumulative[:_MONTHS] for name, each in earned.items()}
    values = [kroner for curve in curves.values() for _, kroner in curve]
    low, high = float(min(values)), float(max(values))
    below = nice_steps(-low, count=1)[:1] if low < 0 else []
    above = nice_steps(high)
    marks = [*(-each for each in reversed(below)), 0.0, *above]
    title = texts("document.figure.gain.title")
    desc = "; ".join(
        texts(
            "document.figure.gain.desc",
            name=texts(f"document.figure.gain.{name}"),
            lowest=texts.number(min(kroner for _, kroner in each.cumulative)),
            month=each.month.isoformat()[:7] if each.month else texts("cost.payback.never"),
        )
        for name, each in earned.items()
    )
    figure = Svg("gain", _SIZE, title, desc)
    figure.text(20, 34, title, size=20, weight="bold")
    _grid(figure, marks, marks[0], marks[-1], texts)
    for name, dashes, stroke in (("budget", "", PAPER), ("all", "9 5", DIGITAL)):
        curve = curves[name]
        points = [
            (
                _LEFT + (_RIGHT - _LEFT) * at / max(len(curve) - 1, 1),
                _height(float(kroner), marks[0], marks[-1]),
            )
            for at, (_, kroner) in enumerate(curve)
        ]
        figure.curve(points, stroke, dashes=dashes)
        x, y = points[-1]
        figure.text(x, y - 10, texts(f"document.figure.gain.{name}"), anchor="end")
    for at, (month, _) in enumerate(curves["budget"]):
        if at % 6 == 0:
            x = _LEFT + (_RIGHT - _LEFT) * at / (_MONTHS - 1)
            figure.text(x, _BOTTOM + 22, month.isoformat()[:7], size=13, anchor="middle")
    _sources(figure, prices, texts)
    return figure.done()


def _height(value: float, low: float, high: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * (value - low) / (high - low)


def _grid(figure: Svg, marks: list[float], low: float, high: float, texts: Texts) -> None:
    for mark in marks:
        y = _height(mark, low, high)
        figure.line((_LEFT, y), (_RIGHT, y), stroke=GREY if mark == 0 else LIGHT)
        figure.text(_LEFT - 8, y + 5, texts.number(Decimal(round(mark))), size=13, anchor="end")
    figure.text(20, _TOP - 14, texts("words.kroner"), size=13)


def _sources(figure: Svg, prices: str, texts: Texts) -> None:
    """Write where the prices are from, in two lines, so that the figure can stand alone."""
    first, _, second = f"{texts('cost.note.prices')}: {prices}".partition("; ")
    for at, line in enumerate((first, second)):
        figure.text(20, 418 + 18 * at, line, size=12, fill=GREY)
