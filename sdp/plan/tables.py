"""CSV tables of a plan, as spreadsheets write them, and the reading of their cells."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.gate.files import read_file
from sdp.plan.numbers import Tall, read_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sdp.plan.findings import Findings

_PERSON: Final = re.compile(r"(?<!\d)\d{6}[\s\u00a0]?\d{5}(?!\d)|\d{11}")
"""Eleven digits: what may be somebody's number."""
_SEPARATOR: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_YES: Final = frozenset({"ja", "j", "true", "1", "x", "yes", "y"})
_NO: Final = frozenset({"nei", "n", "false", "0", "", "no"})
YEARS: Final = range(2000, 2100)
"""The years that a plan may speak of."""
_ISO: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_NORWEGIAN: Final = re.compile(r"(\d\d?)\.\s?(\d\d?)\.\s?(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the largest value of a number, and whether it must be whole."""

    low: Decimal
    high: Decimal
    whole: bool = False


LETTERS: Final = Bounds(Decimal(1), Decimal(10_000_000), whole=True)
PAGES: Final = Bounds(Decimal(1), Decimal(1000), whole=True)
SIZE: Final = Bounds(Decimal(1), Decimal(1_000_000_000), whole=True)
SHARE: Final = Bounds(Decimal(0), Decimal(100))
SCORE: Final = Bounds(Decimal(1), Decimal(5), whole=True)

_LONGEST: Final = 256 * 1024 * 1024
"""The most bytes of a table: some millions of letters, with a line each."""


class Cells:
    """The cells of one row. What is wrong with one becomes a finding, and its value None."""

    def __init__(self, file: str, row: int, cells: Mapping[str, str], findings: Findings) -> None:
        self.file = file
        self.row = row
        self._cells, self._findings = cells, findings

    def error(self, code: str, column: str = "", **values: object) -> None:
        """Add an error about this row."""
        self._findings.error(code, self.file, self.row, column, **values)

    def warning(self, code: str, column: str = "", **values: object) -> None:
        """Add a warning about this row."""
        self._findings.warning(code, self.file, self.row, column, **values)

    def text(self, column: str) -> str:
        """Return a cell as it is, without the blanks around it; empty if there is none."""
        return self._cells.get(column, "").strip()

    def needed(self, column: str) -> str | None:
        """Return a cell that must be filled in."""
        text = self.text(column)
        if not text:
            self.error("cell_empty", column)
        return text or None

    def word(
        self, column: str, allowed: Iterable[str], *, default: str | None = None
    ) -> str | None:
        """Return one of some words, in small letters."""
        text = self.text(column).casefold()
        if not text and default is not None:
            return default
        known = list(allowed)
        if not text:
            self.error("cell_empty", column)
        elif text not in known:
            self.error("not_word", column, allowed=", ".join(known))
        return text if text in known else None

    def number(self, column: str, bounds: Bounds, *, default: Decimal | None = None) -> Tall | None:
        """Return a number within bounds; an empty cell is an error unless it has a default."""
        text = self.text(column)
        if not text:
            if default is None:
                self.error("cell_empty", column)
                return None
            return Tall(default)
        try:
            found = read_number(text)
        except ValueError:
            self.error("not_number", column)
            return None
        if not self._fits(found.value, bounds, column):
            return None
        return found

    def _fits(self, value: Decimal, bounds: Bounds, column: str) -> bool:
        if bounds.whole and value != value.to_integral_value():
            self.error("not_whole", column)
            return False
        if not bounds.low <= value <= bounds.high:
            self.error("out_of_range", column, low=bounds.low, high=bounds.high)
            return False
        return True

    def flag(self, column: str) -> bool:
        """Return yes or no; an empty cell is no."""
        text = self.text(column).casefold()
        if text not in _YES | _NO:
            self.error("not_flag", column)
        return text in _YES

    def day(self, column: str) -> date | None:
        """Return a date, or None if the cell is empty."""
        text = self.text(column)
        found = read_date(text)
        if text and found is None:
            self.error("not_date", column)
        return found


def read_date(text: str) -> date | None:
    """Read a date like `2027-01-31` or `31.01.2027`; None for anything else.

    A year before 2000 or after 2099 is a slip, and no date of a plan.
    """
    iso, norwegian = _ISO.fullmatch(text.strip()), _NORWEGIAN.fullmatch(text.strip())
    parts = (iso[1], iso[2], iso[3]) if iso else None
    if norwegian:
        parts = (norwegian[3], norwegian[2], norwegian[1])
    if parts is None or int(parts[0]) not in YEARS:
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def may_be_a_person(text: str) -> bool:
    """Tell whether a text has eleven digits in it, as a personal number has."""
    return _PERSON.search(text) is not None


def decoded(data: bytes) -> str:
    """Decode a text file: UTF-8 with or without a mark, UTF-16 with one, or else Windows-1252."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_table(
    path: Path, columns: Iterable[str], needed: Iterable[str], findings: Findings
) -> list[Cells]:
    """Read a CSV table: semicolons, commas or tabs; rows that are empty or begin with `#` left out.

    Args:
        path: the file; one that does not exist has no rows.
        columns: the headings that are known. Others are warned of.
        needed: the headings that must be there.
        findings: where what is wrong goes.
    """
    if not path.is_file():
        return []
    file, known = path.name, list(columns)
    lines = _lines(path, findings)
    if not lines:
        findings.error("no_headings", file, columns=", ".join(known))
        return []
    _, first = lines[0]
    headings = [_heading(cell) for cell in first]
    for heading in headings:
        if heading and heading not in known:
            shown = "…" if may_be_a_person(heading) else heading
            findings.warning("column_unknown", file, 1, shown, known=", ".join(known))
    for column in needed:
        if column not in headings:
            findings.error("column_missing", file, 1, column)
    return [_row(file, number, headings, cells, findings) for number, cells in lines[1:]]


def _row(
    file: str, number: int, headings: list[str], cells: list[str], findings: Findings
) -> Cells:
    if any(cell.strip() for cell in cells[len(headings) :]):
        findings.error("row_too_long", file, number, count=len(headings))
    named = dict(zip(headings, cells, strict=False))
    for heading, cell in named.items():
        if may_be_a_person(cell):
            findings.error("number_of_person", file, number, heading)
            named[heading] = ""
    return Cells(file, number, named, findings)


def _lines(path: Path, findings: Findings) -> list[tuple[int, list[str]]]:
    """Give the number and the cells of each line that has any."""
    text = decoded(read_file(path, _LONGEST))
    lines = text.splitlines(keepends=True)
    told = _SEPARATOR.fullmatch(lines[0].strip()) if lines else None
    begin = 1 if told else 0
    filled = [line for line in lines[begin:] if line.strip() and line.lstrip('"')[:1] != "#"]
    delimiter = told[1] if told else max(";,\t", key=filled[0].count) if filled else ";"
    reader = csv.reader(lines[begin:], delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        found.extend(
            (reader.line_num + begin, cells)
            for cells in reader
            if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#")
        )
    except csv.Error:
        findings.error("not_csv", path.name, reader.line_num + begin)
    return found


def _heading(cell: str) -> str:
    plain = cell.strip().casefold().replace(" ", "_")
    for letter, ascii_ in (("å", "aa"), ("ø", "o"), ("æ", "ae")):
        plain = plain.replace(letter, ascii_)
    return plain
