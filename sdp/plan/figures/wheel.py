"""The year wheel: letters by ISO week as a wheel, and flat below it."""

from __future__ import annotations

from math import cos, pi, sin, sqrt
from typing import TYPE_CHECKING, Final

from sdp.plan.figures.svg import DIGITAL, GREY, LIGHT, Svg, nice_steps, number

if TYPE_CHECKING:
    from sdp.plan.texts import Texts
    from sdp.plan.year import Week, Year

_WIDTH: Final = 760
_CENTRE: Final = (380.0, 330.0)
_HUB: Final = 50.0
_RIM: Final = 240.0
_FLAT_TOP: Final = 640.0
_FLAT_HEIGHT: Final = 190.0
_LEFT: Final = 80.0
_SIZE: Final = (_WIDTH, 910.0)
_TOLD: Final = 3


def wheel(year: Year, texts: Texts) -> str:
    """Draw the year by ISO week: a wheel with areas as numbers, so that radii are roots, and bars.

    Radii that are roots are hard to compare; the bars below show the numbers themselves.
    """
    total = sum(week.total for week in year.weeks)
    largest = sorted((w for w in year.weeks if w.total), key=lambda week: -week.total)[:_TOLD]
    desc = texts(
        "calendar.wheel.desc",
        total=total,
        digital=sum(week.digital for week in year.weeks),
        largest=", ".join(_told(week, texts) for week in largest) or texts("words.no"),
    )
    title = texts("calendar.wheel.title", year=str(year.aar))
    figure = Svg("wheel", _SIZE, title, desc)
    figure.text(20, 34, title, size=20, weight="bold")
    _legend(figure, texts)
    most = max((week.total for week in year.weeks), default=0) or 1
    for ring in nice_steps(most, count=3):
        if ring <= most:
            figure.circle(_CENTRE, _radius(ring, most))
    for at, week in enumerate(year.weeks):
        _sector(figure, week, (at, len(year.weeks)), most, texts)
    _months(figure, texts)
    _flat(figure, year.weeks, most, texts)
    figure.text(20, 895, texts("calendar.wheel.note"), size=13, fill=GREY)
    return figure.done()


def _legend(figure: Svg, texts: Texts) -> None:
    figure.rect((560, 20), (16, 16), DIGITAL)
    figure.text(582, 33, texts("calendar.digital"))
    figure.rect((660, 20), (16, 16), figure.hatch)
    figure.text(682, 33, texts("calendar.paper"))


def _told(week: Week, texts: Texts) -> str:
    return texts("calendar.wheel.week", week=str(week.week), letters=week.total)


def _radius(letters: float, most: int) -> float:
    """Let the area outside the hub tell the number, of stacked parts too."""
    return sqrt(_HUB**2 + (_RIM**2 - _HUB**2) * letters / most)


def _sector(figure: Svg, week: Week, place: tuple[int, int], most: int, texts: Texts) -> None:
    at, weeks = place
    begin = 2 * pi * at / weeks - pi / 2
    end = begin + 2 * pi / weeks
    inner, middle, outer = _HUB, _radius(week.digital, most), _radius(week.total, most)
    if week.digital:
        figure.path(_ring(begin, end, inner, middle), DIGITAL, told=_told(week, texts))
    if week.paper:
        figure.path(_ring(begin, end, middle, outer), figure.hatch, told=_told(week, texts))
    if week.week % 4 == 1:
        x, y = _at((begin + end) / 2, _HUB - 12)
        figure.text(x, y + 4, str(week.week), size=11, anchor="middle", fill=GREY)


def _ring(begin: float, end: float, inner: float, outer: float) -> str:
    points = [_at(begin, inner), _at(begin, outer), _at(end, outer), _at(end, inner)]
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = [(number(x), number(y)) for x, y in points]
    r, q = number(outer), number(inner)
    return f"M{ax} {ay}L{bx} {by}A{r} {r} 0 0 1 {cx} {cy}L{dx} {dy}A{q} {q} 0 0 0 {ax} {ay}Z"


def _at(angle: float, radius: float) -> tuple[float, float]:
    return _CENTRE[0] + radius * cos(angle), _CENTRE[1] + radius * sin(angle)


def _months(figure: Svg, texts: Texts) -> None:
    for at, month in enumerate(texts("calendar.months").split()):
        x, y = _at(2 * pi * (at + 0.5) / 12 - pi / 2, _RIM + 26)
        figure.text(x, y + 5, month, anchor="middle")
        figure.line(
            _at(2 * pi * at / 12 - pi / 2, _HUB),
            _at(2 * pi * at / 12 - pi / 2, _RIM + 10),
            stroke=LIGHT,
        )


def _flat(figure: Svg, weeks: tuple[Week, ...], most: int, texts: Texts) -> None:
    bottom = _FLAT_TOP + _FLAT_HEIGHT
    steps = nice_steps(most)
    top = steps[-1]
    for step in [0.0, *steps]:
        y = bottom - _FLAT_HEIGHT * step / top
        figure.line((_LEFT, y), (_WIDTH - 20, y), stroke=LIGHT)
        figure.text(_LEFT - 8, y + 5, texts.value(int(step)), size=13, anchor="end")
    breadth = (_WIDTH - 20 - _LEFT) / len(weeks)
    for at, week in enumerate(weeks):
        x = _LEFT + breadth * at
        high, low = (_FLAT_HEIGHT * part / top for part in (week.digital, week.paper))
        if week.digital:
            figure.rect(
                (x + 1, bottom - high), (breadth - 2, high), DIGITAL, told=_told(week, texts)
            )
        if week.paper:
            figure.rect(
                (x + 1, bottom - high - low),
                (breadth - 2, low),
                figure.hatch,
                told=_told(week, texts),
            )
        if week.week % 4 == 1:
            figure.text(x + breadth / 2, bottom + 20, str(week.week), size=13, anchor="middle")
    figure.text(_WIDTH - 20, bottom + 40, texts("calendar.column.week"), size=13, anchor="end")
