"""The year of a plan: letters by day and ISO week, peaks, second notices and holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from sdp.plan.letters import largest_remainder, letters_of
from sdp.plan.workdays import Workdays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.plan.model import Plan, Tjeneste, Utsendelse

SECOND_NOTICE: Final = timedelta(days=7)
"""eForvaltningsforskriften § 8: notified once more if not opened within one week."""

_STREAM_DAYS: Final = 14
"""A mailing that is spread over more days has second notices nearly every day."""


@dataclass(frozen=True, slots=True)
class Load:
    """Letters of one mailing on one day, by the way they go."""

    day: date
    tjeneste: Tjeneste
    utsendelse: Utsendelse
    digital: int
    paper: int


@dataclass(frozen=True, slots=True)
class Week:
    """Letters of one ISO week."""

    year: int
    week: int
    digital: int
    paper: int

    @property
    def total(self) -> int:
        """All letters of the week."""
        return self.digital + self.paper

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return date.fromisocalendar(self.year, self.week, 1)


@dataclass(frozen=True, slots=True)
class Peak:
    """A day with more digital letters than the measured rate allows."""

    day: date
    digital: int
    capacity: int
    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class SecondNotice:
    """Notices of one mailing that are given once more on day 7, and the holiday they fall on."""

    day: date
    load: Load
    holiday: str | None


@dataclass(frozen=True, slots=True)
class Year:
    """Everything that is sent in the year of a plan, and what stands out in it."""

    aar: int
    loads: tuple[Load, ...]
    weeks: tuple[Week, ...]
    peaks: tuple[Peak, ...]
    second_notices: tuple[SecondNotice, ...]


def year_of(plan: Plan, workdays: Workdays | None = None) -> Year:
    """Lay the mailings of a plan out over its year.

    Letters go on paper until the delivery of their service. A mailing of several days is spread
    over its working days.
    """
    days = workdays or Workdays(plan.spraak)
    loads = tuple(
        sorted(
            (load for each in plan.utsendelser for load in _loads(plan, each, days)),
            key=lambda load: (load.day, load.utsendelse.row),
        )
    )
    return Year(
        plan.aar, loads, tuple(_weeks(plan, loads)), _peaks(plan, loads), _notices(loads, days)
    )


def _loads(plan: Plan, mailing: Utsendelse, workdays: Workdays) -> Iterator[Load]:
    tjeneste = plan.tjeneste(mailing.tjeneste)
    leveranse = plan.leveranse_of(tjeneste)
    days = list(workdays.between(mailing.fra, mailing.til)) or [mailing.fra]
    if mailing.is_one_day:
        days = [mailing.fra]
    yearly = letters_of(tjeneste)
    ways = (Fraction(yearly.digital), Fraction(yearly.print + yearly.none))
    counts = largest_remainder(mailing.antall, [Fraction(1)] * len(days))
    digital_of_all, _ = largest_remainder(mailing.antall, ways)
    digital = largest_remainder(digital_of_all, [Fraction(1)] * len(days))
    for day, count, by_post in zip(days, counts, digital, strict=True):
        is_digital = leveranse is None or day >= leveranse.dato
        sent = min(by_post, count) if is_digital else 0
        yield Load(day, tjeneste, mailing, sent, count - sent)


def _weeks(plan: Plan, loads: tuple[Load, ...]) -> Iterator[Week]:
    """Give every ISO week with a day of the year in it, those without letters too.

    The first and the last may belong to the year before or after, by ISO 8601.
    """
    first, last = date(plan.aar, 1, 1), date(plan.aar, 12, 31)
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        sunday = monday + timedelta(days=6)
        some = [load for load in loads if max(monday, first) <= load.day <= min(sunday, last)]
        iso = monday.isocalendar()
        digital, paper = sum(x.digital for x in some), sum(x.paper for x in some)
        yield Week(iso.year, iso.week, digital, paper)
        monday += timedelta(days=7)


def _peaks(plan: Plan, loads: tuple[Load, ...]) -> tuple[Peak, ...]:
    if plan.kapasitet is None:
        return ()
    capacity = int(plan.kapasitet.brev_per_time.value * plan.kapasitet.timer_per_dag.value)
    by_day: dict[date, list[Load]] = {}
    for load in loads:
        by_day.setdefault(load.day, []).append(load)
    return tuple(
        Peak(day, total, capacity, tuple(some))
        for day, some in sorted(by_day.items())
        if (total := sum(load.digital for load in some)) > capacity
    )


def _notices(loads: tuple[Load, ...], workdays: Workdays) -> tuple[SecondNotice, ...]:
    return tuple(
        SecondNotice(load.day + SECOND_NOTICE, load, workdays.day_off(load.day + SECOND_NOTICE))
        for load in loads
        if load.digital
        and load.tjeneste.slag.must_notify
        and (load.utsendelse.til - load.utsendelse.fra).days < _STREAM_DAYS
    )
