"""The schedule of a plan: milestones in working days, one after the other, in four phases."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

from sdp.plan.findings import Findings, PlanError
from sdp.plan.texts import Texts
from sdp.plan.toml_section import FILE
from sdp.plan.workdays import Workdays

if TYPE_CHECKING:
    from datetime import date

    from sdp.plan.findings import Finding
    from sdp.plan.model import Milepael, Plan

PHASES: Final = ("planlegge", "tilrettelegge", "teste", "innfore")


@dataclass(frozen=True, slots=True)
class Planned:
    """A milestone with the days that its work takes.

    Attributes:
        milepael: the milestone.
        start: the first day of the work.
        finish: the day it is reached: its date, or the earliest that what comes before allows.
        slack: working days between the earliest finish and a date that was given.
    """

    milepael: Milepael
    start: date
    finish: date
    slack: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """The milestones by phase and time, and what is wrong with them."""

    planned: tuple[Planned, ...]
    findings: tuple[Finding, ...]

    def valid(self, plan: Plan) -> Schedule:
        """Return the schedule.

        Raises:
            PlanError: a milestone cannot be reached as the plan says.
        """
        if any(each.level == "error" for each in self.findings):
            raise PlanError(self.findings, Texts(plan.spraak))
        return self


def schedule_of(plan: Plan, workdays: Workdays | None = None) -> Schedule:
    """Work out when each milestone is reached. What cannot be is a finding, and is left out."""
    return _Scheduling(plan, workdays or Workdays(plan.spraak)).schedule()


class _Scheduling:
    """One working-out of a schedule."""

    def __init__(self, plan: Plan, workdays: Workdays) -> None:
        self._plan, self._workdays = plan, workdays
        self._findings = Findings()
        self._planned: dict[str, Planned] = {}

    def schedule(self) -> Schedule:
        for milepael in self._in_order():
            self._place(milepael)
        order = {name: at for at, name in enumerate(self._phases())}
        planned = sorted(
            self._planned.values(),
            key=lambda each: (order[each.milepael.fase], each.finish, each.start),
        )
        self._warn_of_holidays()
        return Schedule(tuple(planned), self._findings.all)

    def _phases(self) -> list[str]:
        """List the phases, the four known ones first, in the order they are gone through."""
        return list(dict.fromkeys((*PHASES, *(each.fase for each in self._plan.milepaeler))))

    def _in_order(self) -> list[Milepael]:
        """Order the milestones so that each comes after those it waits for."""
        by_id: dict[str, Milepael] = {}
        for each in self._plan.milepaeler:
            if each.id in by_id:
                self._error("milestone_duplicate", each)
            by_id[each.id] = each
            if each.fase not in PHASES:
                self._findings.warning("phase_unknown", FILE, each.row, "milepael.fase", id=each.id)
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for each in by_id.values():
            known = [after for after in each.etter if after in by_id]
            for after in set(each.etter) - set(known):
                self._error("milestone_unknown", each, after=after)
            sorter.add(each.id, *known)
        try:
            return [by_id[id_] for id_ in sorter.static_order()]
        except CycleError as error:
            self._error("milestone_cycle", by_id[error.args[1][0]])
            return []

    def _place(self, milepael: Milepael) -> None:
        before = [self._planned[each].finish for each in milepael.etter if each in self._planned]
        days, workdays, start = milepael.virkedager, self._workdays, self._plan.prosjekt.start
        earliest = max(map(workdays.after, before), default=start)
        if earliest is None:
            if milepael.dato is None:
                self._error("milestone_no_start", milepael)
                return
            begin, finish, slack = workdays.start(milepael.dato, days), milepael.dato, 0
        else:
            begin = workdays.first_from(earliest)
            finish = workdays.finish(begin, days)
            slack = 0
        if milepael.dato is not None and earliest is not None:
            if milepael.dato < finish:
                self._error("milestone_too_early", milepael, dato=milepael.dato, earliest=finish)
            slack = max(0, len(list(workdays.between(finish, milepael.dato))) - 1)
            finish = milepael.dato
            begin = max(begin, workdays.start(finish, days))
        self._planned[milepael.id] = Planned(milepael, begin, finish, slack)

    def _warn_of_holidays(self) -> None:
        for each in self._plan.milepaeler:
            self._warn_of_holiday(each.dato, each.row, "milepael.dato")
        for leveranse in self._plan.leveranser:
            self._warn_of_holiday(leveranse.dato, None, "leveranse.dato")

    def _warn_of_holiday(self, day: date | None, row: int | None, column: str) -> None:
        name = day and self._workdays.day_off(day)
        if name:
            self._findings.warning("holiday", FILE, row, column, dato=day, holiday=name)

    def _error(self, code: str, milepael: Milepael, **values: object) -> None:
        self._findings.error(code, FILE, milepael.row, "milepael", id=milepael.id, **values)
