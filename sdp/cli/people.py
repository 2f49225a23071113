"""People in CSV files, as spreadsheets write them, read a block at a time."""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from sdp.cli._errors import CommandError
from sdp.cli.files import encoding_of, pasted_number
from sdp.domain import check_personidentifikator
from sdp.gate.files import lines_of, open_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

BLOCK: Final = 1000
"""As many as the register answers about in one call."""
_SAMPLE: Final = 4096
_CHUNK: Final = 64 * 1024
_LOOKED_AT: Final = 100
"""How many rows are looked at to find the numbers where no heading tells."""

_SEPARATOR: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*(?:"|$)')
_NOT_IN_HEADINGS: Final = re.compile(r"[\W_]+")
_DIGITS: Final = re.compile(r"\d{6,}")
PERSON_HEADINGS: Final = frozenset(
    f"{prefix}{ending}"
    for prefix in ("fødsels", "fodsels", "foedsels", "person", "identifikasjons", "d")
    for ending in ("nummer", "nr")
) | {"personidentifikator", "fnr", "pnr", "fnrdnr", "norskidentifikator"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: whom it is about, and whether there is a postal address in it."""

    number: str
    has_address: bool

    @property
    def is_valid(self) -> bool:
        """True for a number that a person can have."""
        return _is_number(self.number)

    @property
    def fault(self) -> str:
        """The fault of a number that is not valid."""
        if _is_number(f"0{self.number}"):
            return "has 10 digits: its leading zero is lost"
        return "is not a fødselsnummer or D-number"


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a CSV file in the encoding that it is in: UTF-8, UTF-16 with its mark, or Windows-1252.

    What cannot be read in that encoding is put as a question mark, and is no number.
    """
    encoding = encoding_of(path)
    with TextIOWrapper(open_file(path), encoding, errors="replace", newline="") as file:
        yield file


def rows(file: TextIO, *, column: str | None, address_column: str | None) -> Iterator[Row]:
    """Read a CSV file with semicolons, commas, tabs or bars between its columns.

    Args:
        file: from `opened`.
        column: the heading of the column with the numbers. Without it, the column with a well-known
            heading is taken, or the first one that has numbers in it.
        address_column: the heading of a column that is filled in for whoever has a postal address;
            None takes it that everybody has.

    Raises:
        CommandError: there is no such column, or the file cannot be read as CSV.
    """
    filled: Iterator[list[str]] = (cells for _, cells in filled_rows(file))
    first = next(filled, None)
    if first is None:
        return
    headings = [heading_key(cell) for cell in first]
    number_at = _named(headings, column) if column else _well_known(headings)
    address_at = _named(headings, address_column) if address_column else None
    if number_at is None:
        begin = [first, *islice(filled, _LOOKED_AT)]
        number_at = _where_numbers_are(begin)
        if address_at is not None or not any(map(str.isdigit, "".join(first[number_at:][:1]))):
            begin.pop(0)
        filled = chain(begin, filled)
    for cells in filled:
        yield _row(cells, number_at, address_at)


def count_rows(path: Path) -> int:
    """Count the lines of a file, as many as its rows at most."""
    with open_file(path) as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b"")) + 1


def in_blocks(people: Iterator[Row]) -> Iterator[list[Row]]:
    """Give rows in blocks of at most 1000."""
    while block := list(islice(people, BLOCK)):
        yield block


def filled_rows(file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Read the rows of a CSV file that have anything in them, numbered as a spreadsheet does.

    Raises:
        CommandError: the file cannot be read as CSV.
    """
    sample = file.readline(_SAMPLE)
    told = _SEPARATOR.fullmatch(sample.rstrip("\r\n"))
    if told is None:
        file.seek(0)
    # A quote that is never closed would otherwise swallow the rest of the file without a word.
    delimiter = told[1] if told else _delimiter(sample)
    reader = csv.reader(lines_of(file), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=2 if told else 1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except (csv.Error, ValueError) as error:
        rule = f"it {error}" if isinstance(error, ValueError) else str(error)
        raise CommandError(
            f"The file cannot be read as CSV at line {reader.line_num}: {rule}.",
            remedy="Look for a quotation mark that is not closed there.",
        ) from None


def _delimiter(sample: str) -> str:
    return max(";,\t|", key=_QUOTED.sub("", sample).count)


def heading_key(cell: str) -> str:
    """Return a heading as headings are compared: letters and digits alone, in lower case."""
    return _NOT_IN_HEADINGS.sub("", cell.casefold())


def _well_known(headings: list[str]) -> int | None:
    return next((at for at, heading in enumerate(headings) if heading in PERSON_HEADINGS), None)


def _named(headings: list[str], wanted: str) -> int:
    heading = heading_key(wanted)
    if heading in headings and not _is_number(heading):
        return headings.index(heading)
    shown = _DIGITS.sub(lambda digits: "*" * len(digits[0]), wanted)
    raise CommandError(
        f"The file has no column with the heading {shown!r}.",
        remedy="Name one that is in its first row.",
    )


def _where_numbers_are(begin: list[list[str]]) -> int:
    found = {
        at for cells in begin for at, cell in enumerate(cells) if _is_number(pasted_number(cell))
    }
    if not found:
        raise CommandError(
            "No column of the file has a known heading, and none holds fødselsnummer or D-numbers.",
            remedy="Name the heading of the column with --column.",
        )
    return min(found)


def _row(cells: list[str], number_at: int, address_at: int | None) -> Row:
    number = pasted_number(cells[number_at]) if number_at < len(cells) else ""
    has_address = address_at is None or (
        address_at < len(cells) and bool(cells[address_at].strip())
    )
    return Row(number, has_address)


def _is_number(number: str) -> bool:
    try:
        check_personidentifikator(number)
    except ValueError:
        return False
    return True
