"""The heat map: risks by likelihood and consequence, with their ids in the squares."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from sdp.plan.figures.svg import INK, Svg
from sdp.plan.risks import Colour

if TYPE_CHECKING:
    from sdp.plan.model import Risiko
    from sdp.plan.risks import Assessment
    from sdp.plan.texts import Texts

_FILLS: Final = {Colour.GREEN: "#cfe8d5", Colour.YELLOW: "#fbe7a1", Colour.RED: "#f2b8a8"}
_SIGNS: Final = {Colour.GREEN: "○", Colour.YELLOW: "◐", Colour.RED: "●"}
_SQUARE: Final = 110.0
_LEFT: Final = 120.0
_TOP: Final = 60.0
_LEVELS: Final = range(1, 6)
_LINE: Final = 11
_LINES: Final = 4
"""Characters on a line and lines in a square; the description has all."""


def heat_map(assessment: Assessment, texts: Texts) -> str:
    """Draw the 25 squares, each with the sign of its colour, its score, and the ids in it."""
    title = texts("risks.map.title")
    told = [
        texts(
            "risks.map.square",
            likelihood=likelihood,
            consequence=consequence,
            ids=", ".join(each.id for each in _in(assessment, likelihood, consequence)),
        )
        for likelihood, consequence in sorted(assessment.counts)
    ]
    desc = "; ".join([*told, texts("risks.map.unscored", count=len(assessment.unscored))])
    figure = Svg("heatmap", (760, 720), title, desc)
    figure.text(20, 34, title, size=20, weight="bold")
    for likelihood in _LEVELS:
        for consequence in _LEVELS:
            _square(figure, assessment, likelihood, consequence)
    for level in _LEVELS:
        y = _TOP + _SQUARE * (5 - level) + _SQUARE / 2
        figure.text(_LEFT - 14, y + 5, str(level), size=16, anchor="end")
        x = _LEFT + _SQUARE * (level - 1) + _SQUARE / 2
        figure.text(x, _TOP + _SQUARE * 5 + 24, str(level), size=16, anchor="middle")
    figure.text(20, _TOP + 14, texts("risks.column.likelihood"), size=14)
    figure.text(
        _LEFT + _SQUARE * 5,
        _TOP + _SQUARE * 5 + 48,
        texts("risks.column.consequence"),
        anchor="end",
    )
    legend = "   ".join(f"{_SIGNS[each]} {texts(f'risks.colour.{each}')}" for each in Colour)
    figure.text(20, 700, legend)
    return figure.done()


def _in(assessment: Assessment, likelihood: int, consequence: int) -> list[Risiko]:
    return [
        each
        for each in assessment.scored
        if (each.sannsynlighet, each.konsekvens) == (likelihood, consequence)
    ]


def _square(figure: Svg, assessment: Assessment, likelihood: int, consequence: int) -> None:
    x, y = _LEFT + _SQUARE * (consequence - 1), _TOP + _SQUARE * (5 - likelihood)
    score = likelihood * consequence
    colour = Colour.of(score)
    figure.rect((x, y), (_SQUARE, _SQUARE), _FILLS[colour], stroke=INK)
    figure.text(x + 8, y + 20, f"{_SIGNS[colour]} {score}", size=13)
    ids = [each.id for each in _in(assessment, likelihood, consequence)]
    for at, line in enumerate(wrap(" ".join(ids), _LINE, max_lines=_LINES, placeholder=" …")):
        figure.text(x + 8, y + 44 + 18 * at, line, size=13, weight="bold")
