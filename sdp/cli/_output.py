"""Output of a command: tables for people, JSON for programs, notes and progress on stderr.

rich is imported where a terminal is written to, or a table is drawn. Facts and notes that go to a
file are written without it, since it takes as long to import as a small letter takes to pack.
"""

from __future__ import annotations

import contextlib
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

import click

from sdp.gate import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import Console, RenderableType
    from rich.progress import ProgressColumn
    from rich.table import Table
    from rich.text import Text

_WIDTH_OF_A_FILE = 160


@dataclass(frozen=True, slots=True)
class Output:
    """The place and the form of one command's results."""

    as_json: bool

    def result(self, data: Mapping[str, object], *shown: RenderableType) -> None:
        """Show one result: `data` on one line as JSON, or else what is meant for people."""
        if self.as_json:
            print(as_json_line(data), flush=True)
            return
        self.part(*shown)

    def part(self, *shown: RenderableType) -> None:
        """Show people a part of the result already now; programs get it whole in the end."""
        if self.as_json:
            return
        for each in shown:
            if isinstance(each, Facts) and not sys.stdout.isatty():
                print(each.plain())
            else:
                _console(sys.stdout).print(each)
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Say something beside the result, on stderr."""
        if sys.stderr.isatty():
            _console(sys.stderr).print(in_line(text))
        else:
            print(escaped(text), file=sys.stderr, flush=True)

    @contextmanager
    def progress(
        self, label: str, total: int | None, *, unit: str = "bytes"
    ) -> Iterator[Callable[[int], None]]:
        """Draw a bar on stderr while something is worked through, if somebody is there to see it.

        The function that is handed out is told how many more are done; it is `unseen` if nobody is.
        """
        if self.as_json or not sys.stderr.isatty():
            yield unseen
            return
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns: list[ProgressColumn] = [TextColumn(label), BarColumn()]
        if unit == "bytes":
            columns += [DownloadColumn(), TransferSpeedColumn()]
        else:
            columns += [MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn()]
        with Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda done: bar.advance(task, done)


def unseen(_: int) -> None:
    """Take progress that nobody is there to see."""


json_option = click.option(
    "--json",
    "output",
    is_flag=True,
    callback=lambda _context, _parameter, value: Output(as_json=value),
    help="Write JSON on stdout, including errors.",
)


def printable(value: object) -> Text:
    """Return a text of ours as it is shown: no markup, and nothing that could steer a terminal."""
    from rich.text import Text

    return Text(escaped(str(value), keep_lines=True))


def in_line(value: object) -> Text:
    """Return a value that others may have written, on one line; line breaks become U+FFFD."""
    from rich.text import Text

    return Text(escaped(str(value)))


def as_json_line(data: Mapping[str, object]) -> str:
    """Write one line of JSON, with what could steer a terminal escaped."""
    written = json.dumps(data, default=_as_json, ensure_ascii=False)
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1]
        for character in written
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
    """Draw a table of plain text."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    drawn = Table(
        *columns,
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for row in rows:
        drawn.add_row(*(in_line("" if cell is None else cell) for cell in row))
    return drawn


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values in two columns."""

    rows: tuple[tuple[str, object], ...]

    def plain(self) -> str:
        """Write them without colours, for a file."""
        width = max((len(name) for name, _ in self.rows), default=0) + 2
        return "\n".join(
            f"{name:{width}}{escaped(str(value))}".rstrip() for name, value in self.rows
        )

    def __rich__(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        drawn = Table.grid(padding=(0, 2))
        for name, value in self.rows:
            drawn.add_row(Text(name, style="bold"), in_line(value))
        return drawn


def facts(rows: Iterable[tuple[str, object]]) -> Facts:
    """Make names and values of two columns; values that are None are left out."""
    return Facts(tuple((name, value) for name, value in rows if value is not None))


def local_time(moment: datetime) -> str:
    """Write a moment in the time zone of this machine, to the second."""
    with contextlib.suppress(OverflowError, ValueError):  # at either end of the calendar
        moment = moment.astimezone()
    return moment.replace(tzinfo=None).isoformat(" ", "seconds")


def masked_person(personidentifikator: str) -> str:
    """Write a fødselsnummer with the five last digits hidden."""
    return personidentifikator[:6] + "*" * len(personidentifikator[6:])


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(
        file=stream, highlight=False, width=None if stream.isatty() else _WIDTH_OF_A_FILE
    )


def _as_json(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)
