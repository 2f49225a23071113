"""People in CSV files, read a block at a time."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sdp.cli._errors import CommandError
from sdp.domain import check_personidentifikator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

BLOCK = 1000
"""As many as the register answers about in one call."""
_SAMPLE = 4096
_HEADINGS = frozenset({"personidentifikator", "fnr", "fødselsnummer", "fodselsnummer"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: whom it is about, and whether there is a postal address in it."""

    number: str
    has_address: bool

    @property
    def is_valid(self) -> bool:
        """Whether the number is one that a person can have."""
        try:
            check_personidentifikator(self.number)
        except ValueError:
            return False
        return True


def rows(file: TextIO, *, column: str | None, address_column: str | None) -> Iterator[Row]:
    """Read a CSV file with commas, semicolons or tabs between its columns.

    Args:
        file: open as text, with `newline=""`.
        column: the heading of the column with the numbers. Without it, the column with a well-known
            heading is taken, or the first one of a file that has no headings.
        address_column: the heading of a column that is filled in for whoever has a postal address;
            None takes it that everybody has.

    Raises:
        CommandError: there is no such column.
    """
    reader = csv.reader(file, delimiter=_delimiter(file))
    first = next(reader, None)
    if first is None:
        return
    headings = [cell.strip().lower() for cell in first]
    has_headings = bool(_HEADINGS & set(headings)) or column is not None
    number_at = _index(headings, column) if column else _well_known(headings)
    address_at = _index(headings, address_column) if address_column else None
    if not has_headings and any(cell.strip() for cell in first):
        yield _row(first, number_at, address_at)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield _row(cells, number_at, address_at)


def count_rows(path: Path) -> int:
    """Count the lines of a file, as many as its rows at most."""
    with path.open("rb") as file:
        return sum(1 for _ in file)


def in_blocks(people: Iterator[Row]) -> Iterator[list[Row]]:
    """Give rows in blocks of at most 1000."""
    while block := list(islice(people, BLOCK)):
        yield block


def _delimiter(file: TextIO) -> str:
    sample = file.readline(_SAMPLE)
    file.seek(0)
    return max(";,\t", key=sample.count)


def _row(cells: list[str], number_at: int, address_at: int | None) -> Row:
    number = cells[number_at].strip() if number_at < len(cells) else ""
    has_address = address_at is None or (
        address_at < len(cells) and bool(cells[address_at].strip())
    )
    return Row(number, has_address)


def _well_known(headings: list[str]) -> int:
    return next((at for at, heading in enumerate(headings) if heading in _HEADINGS), 0)


def _index(headings: list[str], wanted: str) -> int:
    try:
        return headings.index(wanted.strip().lower())
    except ValueError:
        raise CommandError(
            f"The file has no column with the heading {wanted!r}.",
            remedy="Name one that is in its first row.",
        ) from None
