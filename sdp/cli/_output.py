"""What a command shows: a table to people, JSON to programs, and notes and progress on stderr."""

from __future__ import annotations

import contextlib
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from sdp.gate.words import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

_WIDTH_OF_A_FILE = 160


@dataclass(frozen=True, slots=True)
class Output:
    """Where the results of one command go, and in which form."""

    as_json: bool

    def result(self, data: Mapping[str, object], *shown: RenderableType) -> None:
        """Show one result: `data` on one line as JSON, or else what is meant for people."""
        if self.as_json:
            print(as_json_line(data), flush=True)
            return
        self.part(*shown)

    def part(self, *shown: RenderableType) -> None:
        """Show people a part of the result already now; programs get it whole in the end."""
        if not self.as_json:
            console = _console(sys.stdout)
            for each in shown:
                console.print(each)

    def note(self, text: str) -> None:
        """Say something beside the result, on stderr."""
        _console(sys.stderr).print(in_line(text))

    @contextmanager
    def progress(
        self, label: str, total: int | None, *, unit: str = "bytes"
    ) -> Iterator[Callable[[int], None]]:
        """Draw a bar on stderr while something is worked through, if somebody is there to see it.

        The function that is handed out is told how many more are done.
        """
        if self.as_json or not sys.stderr.isatty():
            yield _unseen
            return
        columns: list[ProgressColumn] = [TextColumn(label), BarColumn()]
        if unit == "bytes":
            columns += [DownloadColumn(), TransferSpeedColumn()]
        else:
            columns += [MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn()]
        with Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda done: bar.advance(task, done)


def _unseen(_: int) -> None:
    pass


json_option = click.option(
    "--json",
    "output",
    is_flag=True,
    callback=lambda _context, _parameter, value: Output(as_json=value),
    help="Write JSON on stdout, including errors.",
)


def printable(value: object) -> Text:
    """Return a text of ours as it is shown: no markup, and nothing that could steer a terminal."""
    return Text(escaped(str(value), keep_lines=True))


def in_line(value: object) -> Text:
    """Return a value that others may have written, on one line; line breaks become U+FFFD."""
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


def facts(rows: Iterable[tuple[str, object]]) -> Table:
    """Draw names and values in two columns; values that are None are left out."""
    drawn = Table.grid(padding=(0, 2))
    for name, value in rows:
        if value is not None:
            drawn.add_row(Text(name, style="bold"), in_line(value))
    return drawn


def local_time(moment: datetime) -> str:
    """Write a moment in the time zone of this machine, to the second."""
    with contextlib.suppress(OverflowError, ValueError):  # at either end of the calendar
        moment = moment.astimezone()
    return moment.replace(tzinfo=None).isoformat(" ", "seconds")


def masked_person(personidentifikator: str) -> str:
    """Write a fødselsnummer with the five last digits hidden."""
    return personidentifikator[:6] + "*" * len(personidentifikator[6:])


def _console(stream: TextIO) -> Console:
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
