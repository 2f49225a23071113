from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.plan import Language, Plan, PlanError, PriceList, costs_of, read_plan
from sdp.plan.model import Utsendelse
from sdp.plan.payback import payback
from sdp.plan.schedule import schedule_of
from sdp.plan.workdays import Workdays
from sdp.plan.year import year_of
from tests.unit.plan.conftest import Edit

DAYS = Workdays(Language.NB)


def test_every_letter_of_a_mailing_is_in_the_year_once(example: Plan) -> None:
    year = year_of(example)

    sent = Counter[int]()
    for load in year.loads:
        sent[load.utsendelse.row] += load.digital + load.paper
    assert sent == {each.row: each.antall for each in example.utsendelser}


@pytest.mark.parametrize(
    ("aar", "first", "last"),
    [(2024, (2024, 1), (2025, 1)), (2026, (2026, 1), (2026, 53)), (2027, (2026, 53), (2027, 52))],
)
def test_a_year_has_every_iso_week_that_it_has_a_day_in(
    example: Plan, aar: int, first: tuple[int, int], last: tuple[int, int]
) -> None:
    days = (date(aar, 1, 1), date(aar, 12, 31))
    mailings = tuple(
        Utsendelse("avgift", "", day, day, 100, row) for row, day in enumerate(days, 2)
    )

    weeks = year_of(replace(example, aar=aar, utsendelser=mailings)).weeks

    assert (weeks[0].year, weeks[0].week, weeks[0].total) == (*first, 100)
    assert (weeks[-1].year, weeks[-1].week, weeks[-1].total) == (*last, 100)
    assert len({week.monday for week in weeks}) == len(weeks)


def test_letters_go_on_paper_until_the_delivery(example: Plan) -> None:
    before = [load for load in year_of(example).loads if load.day < date(2027, 2, 15)]

    assert before
    assert not any(load.digital for load in before)


def test_a_mailing_of_several_days_is_spread_over_working_days(example: Plan) -> None:
    days = [load.day for load in year_of(example).loads if load.tjeneste.id == "helse"]

    assert date(2027, 5, 17) not in days
    assert all(day.weekday() < 5 for day in days)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(1, 60))
def test_so_many_working_days_lie_between_start_and_finish(start: date, days: int) -> None:
    begin = DAYS.first_from(start)
    finish = DAYS.finish(start, days)

    assert len(list(DAYS.between(begin, finish))) == days
    assert DAYS.start(finish, days) == begin


def test_holidays_have_names_in_the_language_of_the_plan() -> None:
    assert DAYS.day_off(date(2027, 3, 26)) == "Langfredag"
    assert Workdays(Language.EN).day_off(date(2027, 3, 26)) == "Good Friday"
    assert DAYS.day_off(date(2027, 3, 27)) == "lørdag"


def test_each_milestone_starts_after_those_it_waits_for(example: Plan) -> None:
    placed = {each.milepael.id: each for each in schedule_of(example).planned}

    assert len(placed) == 9
    for each in placed.values():
        assert each.start <= each.finish
        for before in each.milepael.etter:
            assert placed[before].finish < each.start


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('etter = ["vilkaar"]', 'etter = ["vilkaar", "test"]', "milestone_cycle"),
        ('etter = ["vilkaar"]', 'etter = ["vilkår"]', "milestone_unknown"),
        ("start = 2026-11-30\n", "", "milestone_no_start"),
        ("virkedager = 8", "virkedager = 80", "milestone_too_early"),
        ('id = "vilkaar"', 'id = "risiko"', "milestone_duplicate"),
        ('fase = "teste"', 'fase = "prøve"', "phase_unknown"),
    ],
)
def test_a_milestone_that_cannot_be_placed_is_told(
    edit: Edit, folder: Path, old: str, new: str, code: str
) -> None:
    edit("plan.toml", old, new)

    found = schedule_of(read_plan(folder).valid())

    assert code in {each.code for each in found.findings}


def test_a_schedule_with_a_milestone_too_early_is_refused(edit: Edit, folder: Path) -> None:
    edit("plan.toml", "virkedager = 8", "virkedager = 80")
    plan = read_plan(folder).valid()

    with pytest.raises(PlanError, match="leveranse1"):
        schedule_of(plan).valid(plan)


def test_the_one_off_cost_is_earned_back_by_the_calendar(example: Plan, prices: PriceList) -> None:
    earned = payback(example, costs_of(example, prices))

    assert earned["budget"].month == date(2027, 11, 1)
    assert earned["all"].month == date(2027, 5, 1)


def test_a_mailing_before_its_delivery_earns_nothing_the_first_year(
    example: Plan, prices: PriceList
) -> None:
    """The property tax bills go out in February, and their delivery comes in March."""
    costs = costs_of(example, prices)
    cumulative = dict(payback(example, costs)["budget"].cumulative)
    [bills] = [each for each in costs.services if each.tjeneste.id == "eiendomsskatt"]
    assert bills.budget_gain.kroner is not None

    second_february = cumulative[date(2028, 2, 1)] - cumulative[date(2028, 1, 1)]
    assert second_february > bills.budget_gain.kroner
    assert cumulative[date(2027, 3, 1)] - cumulative[date(2027, 2, 1)] < bills.budget_gain.kroner
