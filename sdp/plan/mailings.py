"""The mailings of a plan: `utsendelser.csv`, and the ways to write a period."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.model import Tjeneste, Utsendelse
from sdp.plan.tables import LETTERS, YEARS, Bounds, Cells, read_date, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.plan.findings import Findings

MAILINGS: Final = "utsendelser.csv"
MAILING_COLUMNS: Final = ("tjeneste", "navn", "dato", "periode", "antall", "frist")
_COUNT: Final = Bounds(Decimal(0), LETTERS.high, whole=True)


def read_mailings(
    folder: Path, services: tuple[Tjeneste, ...], findings: Findings
) -> tuple[Utsendelse, ...]:
    """Read the mailings, the earliest first."""
    known, found = {each.id for each in services}, []
    needed = ("tjeneste", "antall")
    for cells in read_table(folder / MAILINGS, (*MAILING_COLUMNS, "period"), needed, findings):
        tjeneste, antall = cells.needed("tjeneste"), cells.number("antall", _COUNT)
        if tjeneste and tjeneste not in known:
            cells.error("service_unknown", "tjeneste")
        span = _span(cells)
        if tjeneste and antall and span:
            begin, end = span
            navn = cells.text("navn")
            found.append(Utsendelse(tjeneste, navn, begin, end, int(antall.value), cells.row))
    return tuple(sorted(found, key=lambda each: (each.fra, each.row)))


def _span(cells: Cells) -> tuple[date, date] | None:
    """Read the first and last day of a mailing: a date with a deadline, or a period."""
    column = next((each for each in ("dato", "periode", "period") if cells.text(each)), "dato")
    span = read_period(cells.text(column))
    deadline = cells.day("frist")
    if span is None:
        cells.error("not_period" if cells.text(column) else "cell_empty", column)
        return None
    begin, end = span
    if deadline is not None and deadline < begin:
        cells.error("deadline_before", "frist")
        return None
    return begin, max(end, deadline) if deadline and begin == end else end


def read_period(text: str) -> tuple[date, date] | None:
    """Read `2027-01-31`, `2027-W05`, `2027-03`, `2027`, or a first and a last day with `/`.

    Returns:
        The first and the last day, or None if the text is no period.
    """
    bare = text.strip()
    day = read_date(bare)
    if day:
        return day, day
    first, slash, last = bare.partition("/")
    if slash:
        begin, end = read_date(first), read_date(last)
        return (begin, end) if begin and end and begin <= end else None
    if re.match(r"\d{4}", bare) is None or int(bare[:4]) not in YEARS:
        return None
    try:
        if week := re.fullmatch(r"(\d{4})-?[WwUu](\d\d?)", bare):
            begin = date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return begin, begin + timedelta(days=6)
        if month := re.fullmatch(r"(\d{4})-(\d\d)", bare):
            begin = date(int(month[1]), int(month[2]), 1)
            return begin, begin.replace(day=monthrange(begin.year, begin.month)[1])
        if re.fullmatch(r"\d{4}", bare):
            return date(int(bare), 1, 1), date(int(bare), 12, 31)
    except ValueError:
        return None
    return None
