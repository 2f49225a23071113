"""The timeline: milestones as bars, phase by phase, and deliveries as marks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sdp.plan.figures.svg import DIGITAL, GREY, INK, LIGHT, Svg

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.plan.model import Plan
    from sdp.plan.schedule import Planned, Schedule
    from sdp.plan.texts import Texts

_WIDTH: Final = 760.0
_LEFT: Final = 20.0
_ROW: Final = 46.0
_TOP: Final = 84.0
_MIDDLE_OF_MONTH: Final = 15
_DAY: Final = timedelta(days=1)


def timeline(plan: Plan, schedule: Schedule, texts: Texts) -> str:
    """Draw when the work of each milestone starts and finishes."""
    first, last = _ends(plan, schedule)
    rows = list(schedule.planned)
    headings = list(dict.fromkeys(each.milepael.fase for each in rows))
    height = _TOP + _ROW * len(rows) + 30 * len(headings) + 40
    desc = "; ".join(_told(each, texts) for each in rows)
    title = texts("calendar.timeline.title", first=first, last=last)
    figure = Svg("timeline", (_WIDTH, height), title, desc or title)
    figure.text(_LEFT, 34, title, size=20, weight="bold")
    scale = (_WIDTH - 2 * _LEFT) / max((last - first).days + 1, 1)

    def x(day: date) -> float:
        return _LEFT + scale * (day - first).days

    _months(figure, first, last, x, height, texts)
    y = _TOP
    for phase in headings:
        figure.text(_LEFT, y + 20, phase_name(phase, texts), size=15, weight="bold")
        y += 30
        for each in (row for row in rows if row.milepael.fase == phase):
            figure.text(_LEFT, y + 15, _told(each, texts), size=13)
            begin, end = x(each.start), x(each.finish + _DAY)
            figure.rect((begin, y + 21), (max(end - begin, 4), 12), DIGITAL, stroke=INK)
            y += _ROW
    for leveranse in plan.leveranser:
        at = x(leveranse.dato)
        figure.line((at, _TOP - 12), (at, height - 34), stroke=INK, dashes="5 4")
        mark = f"◆ {leveranse.nr}"
        figure.text(min(at, _WIDTH - _LEFT), height - 14, mark, size=13, anchor="end")
    return figure.done()


def phase_name(phase: str, texts: Texts) -> str:
    """Return the name of one of the four phases, or the phase as the plan has it."""
    return (
        texts(f"calendar.phase.{phase}") if phase in texts.keys_under("calendar.phase") else phase
    )


def _ends(plan: Plan, schedule: Schedule) -> tuple[date, date]:
    days = [day for each in schedule.planned for day in (each.start, each.finish)]
    days += [each.dato for each in plan.leveranser]
    days = days or [date(plan.aar, 1, 1), date(plan.aar, 12, 31)]
    return min(days), max(days)


def _told(planned: Planned, texts: Texts) -> str:
    return texts(
        "calendar.timeline.row",
        name=planned.milepael.navn,
        start=planned.start,
        finish=planned.finish,
    )


def _months(
    figure: Svg, first: date, last: date, x: Callable[[date], float], height: float, texts: Texts
) -> None:
    names = texts("calendar.months").split()
    day = first.replace(day=1)
    while day <= last:
        if day >= first:
            figure.line((x(day), _TOP - 22), (x(day), height - 34), stroke=LIGHT)
        # The name of a first month that is nearly over would run into the next one.
        if day >= first or first.day <= _MIDDLE_OF_MONTH:
            figure.text(x(max(day, first)) + 3, _TOP - 10, names[day.month - 1], size=12, fill=GREY)
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
