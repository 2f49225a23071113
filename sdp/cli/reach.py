"""`sdp reach`: how many people a letter would reach, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, json_option, table
from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE, NEW_FILE
from sdp.cli.people import count_rows, in_blocks, rows
from sdp.cli.reach_figure import draw
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.krr import OppslagFeil
from sdp.krr.rekkevidde import Rekkevidde

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROVIDERS = {"984661185": "Digipost", "922020175": "e-Boks"}


@click.command
@click.argument("people", type=FILE)
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option("--column", help="Heading of the column with the numbers.")
@click.option(
    "--address-column",
    metavar="HEADING",
    help="Heading of a column that is filled in for those you have a postal address for; without "
    "it, everybody counts as having one.",
)
@click.option("--figure", type=NEW_FILE, help="Draw it too: an SVG file.")
@json_option
def reach(
    *,
    people: Path,
    config: Path,
    column: str | None,
    address_column: str | None,
    figure: Path | None,
    output: Output,
) -> int:
    """Count how many in a CSV file are reached digitally, by print, or not at all, and why.

    Nothing in the result tells who they are.
    """
    reached, invalid = Rekkevidde(), 0
    with (
        Client(ClientConfig.from_toml(config)) as client,
        people.open(encoding="utf-8-sig", newline="") as file,
        output.progress("Looking up", count_rows(people), unit="people") as progress,
    ):
        for block in in_blocks(rows(file, column=column, address_column=address_column)):
            valid = [row for row in block if row.is_valid]
            invalid += len(block) - len(valid)
            for row, oppslag in zip(
                valid, client.lookup([row.number for row in valid]), strict=True
            ):
                if isinstance(oppslag, OppslagFeil):
                    reached.unanswered += 1
                else:
                    reached.count(client.route(oppslag, has_postal_address=row.has_address))
            progress(len(block))
    counts = list(_counts(reached, invalid))
    if figure is not None:
        with whole_or_nothing(figure) as drawing:
            drawing.write(draw(counts).encode())
    total = reached.total + invalid
    output.result(
        {
            "total": total,
            "counts": [{"way": way, "why": why, "people": n} for way, why, n in counts],
            "notified_by_email": reached.epost,
            "notified_by_sms": reached.sms,
            "figure": figure,
        },
        table(
            ["way", "why", "people", "share"],
            [(way, why, n, f"{n / total:.1%}") for way, why, n in counts],
            title=f"{total} people",
        ),
        table(
            ["of those reached digitally", "people"],
            [("may be notified by e-mail", reached.epost), ("may be notified by SMS", reached.sms)],
        ),
    )
    return 0


def _counts(reached: Rekkevidde, invalid: int) -> Iterator[tuple[str, str, int]]:
    for provider, count in reached.digital.most_common():
        yield "digital", f"has a mailbox at {_PROVIDERS.get(provider, provider)}", count
    for way, why in (("print", reached.print), ("not at all", reached.unreachable)):
        for grunn, count in why.most_common():
            yield way, grunn.value, count
    if reached.unanswered:
        yield "unknown", "the register gave no usable answer", reached.unanswered
    if invalid:
        yield "unknown", "is not a fødselsnummer or D-number", invalid
