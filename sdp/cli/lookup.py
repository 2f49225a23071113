"""`sdp lookup`: answers of the contact register about people."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, json_option, masked_person, table
from sdp.cli.parameters import FILE, NEW_FILE, person, purpose_option
from sdp.cli.people import Row, count_rows, in_blocks, opened, rows
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.krr import Digital, OppslagFeil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from sdp.domain import Formaal
    from sdp.krr import Oppslag, Rute

_FORMULA: Final = ("=", "+", "-", "@")


class Line(NamedTuple):
    """One person's line of the result. Its fields are the headings of the result file."""

    personidentifikator: str
    status: str
    reservert: str
    kan_varsles: str
    leverandoer: str
    rute: str
    grunn: str


@click.command
@click.argument("people", nargs=-1, type=person, metavar="[FNR|@FILE]...")
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option("--file", type=FILE, help="CSV file with one person per row, of any length.")
@click.option("--column", help="Heading of the column with the numbers.")
@click.option(
    "--out", type=NEW_FILE, help="CSV file that the answers are written to; needs --file."
)
@purpose_option
@json_option
def lookup(
    people: tuple[str, ...],
    *,
    config: Path,
    file: Path | None,
    column: str | None,
    out: Path | None,
    purpose: Formaal,
    output: Output,
) -> int:
    """Ask the contact register about people: status, reservation, mailbox, and how a letter goes.

    Numbers on the command line are seen by other users of the machine: @FILE reads one from a file.
    A run over a --file that was interrupted goes on where it left off when it is started again.
    """
    if (file is None) == (not people) or (file is None) != (out is None):
        raise click.UsageError("Give either people, or --file and --out.")
    if file is not None and out is not None and file.resolve() in (out.resolve(), _part(out)):
        raise click.UsageError("The answers in --out would overwrite the people in --file.")
    with Client(ClientConfig.from_toml(config)) as client:
        if file is None or out is None:
            asked = [Row(number, has_address=True) for number in people]
            _show(_lines(client, asked, purpose), output)
        else:
            _look_up_file(client, file, out, column, purpose, output)
    return 0


def _show(lines: list[Line], output: Output) -> None:
    output.result(
        {"people": [line._asdict() for line in lines]},
        table(
            [heading.replace("_", " ") for heading in Line._fields],
            [line._replace(personidentifikator=masked_person(line[0])) for line in lines],
        ),
    )


def _look_up_file(
    client: Client,
    file: Path,
    out: Path,
    column: str | None,
    purpose: Formaal,
    output: Output,
) -> None:
    unfinished = _part(out)
    with opened(file) as source:
        people = rows(source, column=column, address_column=None)
        done = _skip_done(unfinished, people) if unfinished.exists() else 0
        with _appending(unfinished) as result:
            writer = csv.writer(result)
            if result.tell() == 0:
                writer.writerow(Line._fields)
            with output.progress("Looking up", count_rows(file), unit="people") as progress:
                progress(done)
                for block in in_blocks(people):
                    writer.writerows(_lines(client, block, purpose))
                    result.flush()
                    progress(len(block))
                    done += len(block)
    unfinished.replace(out)
    output.result({"people": done, "out": out}, table(["people", "result"], [[done, out]]))


def _lines(client: Client, block: list[Row], purpose: Formaal) -> list[Line]:
    answers = iter(client.lookup([row.number for row in block if row.is_valid]))
    return [
        _line(client, next(answers), purpose)
        if row.is_valid
        else Line(_as_text(row.number), "UGYLDIG", "", "", "", "", row.fault)
        for row in block
    ]


def _line(client: Client, oppslag: Oppslag, purpose: Formaal) -> Line:
    if isinstance(oppslag, OppslagFeil):
        return Line(oppslag.personidentifikator, "UBESVART", "", "", "", "", oppslag.grunn)
    rute = client.route(oppslag, has_postal_address=True, formaal=purpose)
    return Line(
        personidentifikator=oppslag.personidentifikator,
        status=oppslag.status,
        reservert="JA" if oppslag.reservert else "NEI",
        kan_varsles="JA" if oppslag.kan_varsles else "NEI",
        leverandoer=oppslag.digital_post.leverandoer if oppslag.digital_post else "",
        rute=_way(rute),
        grunn="" if isinstance(rute, Digital) else rute.grunn.name,
    )


def _way(rute: Rute) -> str:
    if isinstance(rute, Digital):
        return "digital"
    return "held back" if rute.is_held_back else "print"


def _as_text(cell: str) -> str:
    """Write what may be anything so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _part(out: Path) -> Path:
    return out.resolve().with_name(f"{out.name}.part")


def _appending(path: Path) -> TextIO:
    """Open a result for this user alone, at its end."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    file = os.fdopen(descriptor, "r+", encoding="utf-8", newline="")
    file.truncate(_whole_lines(path))
    file.seek(0, os.SEEK_END)
    return file


def _whole_lines(path: Path) -> int:
    """Count the bytes up to the end of the last whole line."""
    whole = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                whole += len(line)
    return whole


def _skip_done(unfinished: Path, people: Iterator[Row]) -> int:
    """Pass over the people who were answered in an earlier run, and return how many they are."""
    done = 0
    other = CommandError(
        f"{unfinished} is not the beginning of this answer, but of one about other people or of "
        "something else.",
        remedy="Remove it to begin anew, or give --out another name.",
    )
    with unfinished.open(encoding="utf-8", newline="") as file:
        try:
            # The last line may have been cut short, and is written anew.
            answered = csv.reader(line for line in file if line.endswith("\n"))
            headings = next(answered, None)
            if headings is not None and tuple(headings) != Line._fields:
                raise other
            for line in answered:
                row = next(people, None)
                if row is None or not line or _as_text(row.number) != line[0]:
                    raise other
                done += 1
        except (UnicodeDecodeError, csv.Error):
            raise other from None
    return done
