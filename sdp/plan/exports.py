"""Calendars and tables of a plan for other programs: CSV and iCalendar."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sdp.plan.extras import optional
from sdp.plan.risks import Colour, residual, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sdp.plan.model import Plan, Utsendelse
    from sdp.plan.risks import Assessment
    from sdp.plan.schedule import Schedule
    from sdp.plan.texts import Texts
    from sdp.plan.year import Year

_DAY: Final = timedelta(days=1)


def table_as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows with semicolons between the columns, as Norwegian spreadsheets read them."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return file.getvalue()


def weeks_as_csv(year: Year) -> str:
    """Write a row for each ISO week."""
    return table_as_csv(
        ("week", "monday", "digital", "paper", "total"),
        [(f"{w.year}-W{w.week:02}", w.monday, w.digital, w.paper, w.total) for w in year.weeks],
    )


def risks_as_csv(assessment: Assessment) -> str:
    """Write a row for each risk, the highest score first, with its colour."""
    columns = ("id", "hendelse", "sannsynlighet", "konsekvens", "score", "farge", "tiltak", "eier")
    return table_as_csv(
        (*columns, "frist", "rest", "bevis"),
        [
            (
                *(each.id, each.hendelse, each.sannsynlighet, each.konsekvens, score(each)),
                Colour.of(found).value if (found := score(each)) else None,
                *(each.tiltak, each.eier, each.frist, residual(each), each.bevis),
            )
            for each in (*assessment.scored, *assessment.unscored)
        ],
    )


def events_of(plan: Plan, year: Year, texts: Texts) -> Iterator[tuple[str, date, date, str]]:
    """Give what happens in a year: an id, the first and the last day, and words."""
    for mailing in plan.utsendelser:
        name = name_of(plan, mailing)
        words = texts("calendar.what.start", name=name, letters=mailing.antall)
        yield f"mailing-{mailing.row}", mailing.fra, mailing.til, words
    told = set()
    for notice in year.second_notices:
        mailing = notice.load.utsendelse
        key = f"notice-{mailing.row}-{notice.day.isoformat()}"
        if key not in told:
            told.add(key)
            what = "second_holiday" if notice.holiday else "second"
            name = name_of(plan, mailing)
            words = texts(f"calendar.what.{what}", name=name, holiday=notice.holiday)
            yield key, notice.day, notice.day, words
    for peak in year.peaks:
        words = texts("calendar.what.peak", letters=peak.digital, capacity=peak.capacity)
        yield f"peak-{peak.day.isoformat()}", peak.day, peak.day, words
    for leveranse in plan.leveranser:
        words = texts("calendar.what.delivery", nr=leveranse.nr)
        yield f"delivery-{leveranse.nr}", leveranse.dato, leveranse.dato, words


def name_of(plan: Plan, mailing: Utsendelse) -> str:
    """Name a mailing: its service, and its own name if it has one."""
    return f"{plan.tjeneste(mailing.tjeneste).navn}, {mailing.navn}".removesuffix(", ")


def year_as_ics(plan: Plan, year: Year, texts: Texts, today: date) -> str:
    """Write what happens in the year as a calendar of whole days."""
    return _ics(plan, events_of(plan, year, texts), today)


def schedule_as_ics(plan: Plan, schedule: Schedule, texts: Texts, today: date) -> str:
    """Write the milestones and deliveries as a calendar of whole days."""
    events = [
        (f"milestone-{each.milepael.id}", each.start, each.finish, each.milepael.navn)
        for each in schedule.planned
    ]
    events += [
        (
            f"delivery-{each.nr}",
            each.dato,
            each.dato,
            texts("calendar.what.delivery", nr=each.nr),
        )
        for each in plan.leveranser
    ]
    return _ics(plan, events, today)


def _ics(plan: Plan, events: Iterable[tuple[str, date, date, str]], today: date) -> str:
    library = optional("icalendar")
    calendar = library.Calendar()
    calendar.add("prodid", "-//sikker-digital-post//sdp plan//NO")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", plan.navn)
    stamp = datetime.combine(today, time(), UTC)
    for id_, first, last, words in events:
        event = library.Event()
        event.add("uid", f"{id_}@plan-{plan.aar}.sdp")
        event.add("dtstamp", stamp)
        event.add("dtstart", first)
        event.add("dtend", last + _DAY)  # the end of a whole day is the day after
        event.add("summary", words)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode("utf-8")
