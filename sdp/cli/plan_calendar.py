"""`sdp plan calendar` and `sdp plan schedule`: the year of letters, and the way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, table
from sdp.cli.parameters import NEW_FILE
from sdp.cli.plan_folder import folder_argument, keep, plan_in, today_option
from sdp.plan.exports import events_of, schedule_as_ics, weeks_as_csv, year_as_ics
from sdp.plan.figures import timeline, wheel
from sdp.plan.figures.timeline import phase_name
from sdp.plan.schedule import schedule_of
from sdp.plan.year import year_of

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@click.command
@folder_argument
@click.option("--figure", type=NEW_FILE, help="Draw the wheel and a flat figure: an SVG file.")
@click.option("--csv", "csv_file", type=NEW_FILE, help="Write the weeks to a CSV file.")
@click.option("--ics", type=NEW_FILE, help="Write what happens to a calendar file.")
@today_option
@json_option
def calendar(
    *,
    folder: Path,
    figure: Path | None,
    csv_file: Path | None,
    ics: Path | None,
    today: date,
    output: Output,
) -> int:
    """Lay the mailings out by ISO week: peaks, second notices on day 7, holidays."""
    plan, texts = plan_in(folder)
    year = year_of(plan)
    keep(figure, lambda: wheel(year, texts))
    keep(csv_file, lambda: weeks_as_csv(year))
    keep(ics, lambda: year_as_ics(plan, year, texts, today))
    events = sorted((first, last, words) for _, first, last, words in events_of(plan, year, texts))
    columns = ("week", "monday", "digital", "paper", "total")
    output.result(
        {
            "year": year.aar,
            "weeks": [
                {
                    "week": f"{week.year}-W{week.week:02}",
                    "monday": week.monday.isoformat(),
                    "digital": week.digital,
                    "paper": week.paper,
                }
                for week in year.weeks
            ],
            "peaks": [
                {"day": each.day.isoformat(), "digital": each.digital, "capacity": each.capacity}
                for each in year.peaks
            ],
            "second_notices": [
                {
                    "day": each.day.isoformat(),
                    "service": each.load.tjeneste.id,
                    "letters": each.load.digital,
                    "holiday": each.holiday,
                }
                for each in year.second_notices
            ],
        },
        table(
            [texts(f"calendar.column.{name}") for name in columns],
            [
                (
                    week.week,
                    texts.value(week.monday),
                    *map(texts.value, (week.digital, week.paper)),
                    texts.value(week.total),
                )
                for week in year.weeks
                if week.total
            ],
        ),
        facts((texts.value(first), words) for first, _, words in events),
    )
    return 0


@click.command
@folder_argument
@click.option("--figure", type=NEW_FILE, help="Draw the timeline: an SVG file.")
@click.option("--ics", type=NEW_FILE, help="Write the milestones to a calendar file.")
@today_option
@json_option
def schedule(
    *, folder: Path, figure: Path | None, ics: Path | None, today: date, output: Output
) -> int:
    """Work the milestones out in working days, in order, in four phases."""
    plan, texts = plan_in(folder)
    found = schedule_of(plan).valid(plan)
    keep(figure, lambda: timeline(plan, found, texts))
    keep(ics, lambda: schedule_as_ics(plan, found, texts, today))
    columns = ("phase", "milestone", "start", "finish", "days", "slack", "who")
    output.result(
        {
            "milestones": [
                {
                    "id": each.milepael.id,
                    "phase": each.milepael.fase,
                    "name": each.milepael.navn,
                    "start": each.start.isoformat(),
                    "finish": each.finish.isoformat(),
                    "working_days": each.milepael.virkedager,
                    "slack": each.slack,
                    "responsible": each.milepael.ansvar,
                }
                for each in found.planned
            ],
            "deliveries": [
                {"nr": each.nr, "date": each.dato.isoformat(), "services": list(each.tjenester)}
                for each in plan.leveranser
            ],
            "warnings": [each.rule(texts) for each in found.findings],
        },
        table(
            [texts(f"calendar.schedule.{name}") for name in columns],
            [
                (
                    phase_name(each.milepael.fase, texts),
                    each.milepael.navn,
                    texts.value(each.start),
                    texts.value(each.finish),
                    each.milepael.virkedager,
                    each.slack,
                    each.milepael.ansvar,
                )
                for each in found.planned
            ],
        ),
        facts((each.place, each.rule(texts)) for each in found.findings),
    )
    return 0
