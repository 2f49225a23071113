"""`sdp reach`: counts of the people a letter would reach, by way and reason."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final

import click

from sdp.cli._output import Output, facts, json_option, table
from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE, NEW_FILE, purpose_option
from sdp.cli.people import count_rows, in_blocks, opened, rows
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.krr import OppslagFeil
from sdp.krr.rute import Reach

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sdp.domain import Formaal


_COLOURS: Final = {
    "digital": "#1b7f5c",
    "print": "#c77c11",
    "not at all": "#b3261e",
    "held back": "#6d28d9",
    "unknown": "#6b7280",
}
WAYS: Final = tuple(_COLOURS)
"""Every way, in the order they are told."""

_WIDTH, _TEXT_WIDTH, _ROW, _TOP, _BAR, _GAP = 1080, 560, 34, 56, 18, 22
_FONT: Final = "font-family='system-ui, sans-serif'"


def draw(ways: Mapping[str, int], counts: Sequence[tuple[str, str, int]]) -> str:
    """Draw how many people are reached each way as an SVG picture with a text alternative.

    Args:
        ways: how many, by way.
        counts: the way, why, and how many; in the order they are drawn.
    """
    total = sum(ways.values())
    told = [(way, ways[way]) for way in WAYS if ways.get(way)]
    below = _TOP + _ROW * len(told) + _GAP
    height = below + _ROW * len(counts) + 12
    bars = [
        _bar(_TOP + _ROW * at, way, way.capitalize(), people, total, weight="bold")
        for at, (way, people) in enumerate(told)
    ]
    bars += [
        _bar(below + _ROW * at, way, f"{way}: {why}", people, total)
        for at, (way, why, people) in enumerate(counts)
    ]
    spoken = "; ".join(
        [f"{way}: {people}" for way, people in told]
        + [f"{way}, {why}: {people}" for way, why, people in counts]
    )
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' role='img'>",
            f"<title>How {total} people are reached</title>",
            f"<desc>{escape(spoken)}</desc>",
            f"<rect width='{_WIDTH}' height='{height}' fill='white'/>",
            f"<text x='16' y='32' {_FONT} font-size='20'>How {total} people are reached</text>",
            *bars,
            "</svg>\n",
        ]
    )


def _bar(top: int, way: str, words: str, people: int, total: int, *, weight: str = "normal") -> str:
    share = people / total
    length = max(1, round(share * (_WIDTH - _TEXT_WIDTH - 140)))
    middle = top + _BAR - 4
    end = _TEXT_WIDTH + length + 8
    font = f"{_FONT} font-size='13' font-weight='{weight}'"
    return (
        f"<text x='16' y='{middle}' {font}>{escape(words)}</text>"
        f"<rect x='{_TEXT_WIDTH}' y='{top}' width='{length}' height='{_BAR}' rx='2' "
        f"fill='{_COLOURS[way]}'/>"
        f"<text x='{end}' y='{middle}' {font}>{people} ({share:.1%})</text>"
    )


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
@purpose_option
@click.option("--figure", type=NEW_FILE, help="Draw it too: an SVG file.")
@json_option
def reach(
    *,
    people: Path,
    config: Path,
    column: str | None,
    address_column: str | None,
    purpose: Formaal,
    figure: Path | None,
    output: Output,
) -> int:
    """Count how many in a CSV file are reached digitally, by print, or not at all, and why.

    Digital is only whom a letter of that purpose may lawfully be sent to digitally: a vedtak not to
    those who have opted out or cannot be notified. Informasjon is counted without permission to
    pass over a reservation.

    Everybody is counted once, as their first row says, however many rows there are about them.
    Nothing in the result tells who they are.
    """
    reached, invalid, repeated = Reach(), Counter[str](), 0
    seen: set[str] = set()
    with (
        Client(ClientConfig.from_toml(config)) as client,
        opened(people) as file,
        output.progress("Looking up", count_rows(people), unit="people") as progress,
    ):
        for block in in_blocks(rows(file, column=column, address_column=address_column)):
            invalid.update(row.fault for row in block if not row.is_valid)
            valid = [row for row in block if row.is_valid]
            new = {row.number: row for row in reversed(valid) if row.number not in seen}
            seen.update(new)
            repeated += len(valid) - len(new)
            for oppslag in client.lookup(new):
                if isinstance(oppslag, OppslagFeil):
                    reached.unanswered += 1
                else:
                    has_address = new[oppslag.personidentifikator].has_address
                    reached.count(
                        client.route(oppslag, has_postal_address=has_address, formaal=purpose)
                    )
            progress(len(block))
    counts = list(_counts(reached, invalid))
    ways = Counter[str]()
    for way, _, people_so in counts:
        ways[way] += people_so
    if figure is not None:
        with whole_or_nothing(figure) as drawing:
            drawing.write(draw(ways, counts).encode())
    total = ways.total()
    output.result(
        {
            "purpose": purpose,
            "total": total,
            "repeated": repeated,
            "ways": {way: ways[way] for way in WAYS},
            "counts": [{"way": way, "why": why, "people": n} for way, why, n in counts],
            "notified": reached.notified,
            "notified_by_email": reached.epost,
            "notified_by_sms": reached.sms,
            "figure": figure,
        },
        table(
            ["way", "people", "share"],
            [(way, ways[way], _share(ways[way], total)) for way in WAYS],
            title=f"{total} people, {purpose}",
        ),
        table(
            ["way", "why", "people", "share"],
            [(way, why, n, _share(n, total)) for way, why, n in counts],
        ),
        table(
            ["of those reached digitally", "people"],
            [
                ("may be notified at all", reached.notified),
                ("may be notified by e-mail", reached.epost),
                ("may be notified by SMS", reached.sms),
            ],
        ),
        facts([("rows that repeat somebody", repeated or None)]),
    )
    return 0


def _share(people: int, total: int) -> str:
    return f"{people / total:.1%}" if total else ""


def _counts(reached: Reach, invalid: Counter[str]) -> Iterator[tuple[str, str, int]]:
    for provider, count in reached.digital.most_common():
        yield "digital", f"has a mailbox at {_PROVIDERS.get(provider, provider)}", count
    for way, why in (
        ("print", reached.print),
        ("not at all", reached.unreachable),
        ("held back", reached.held_back),
    ):
        for grunn, count in why.most_common():
            yield way, grunn.value, count
    if reached.unanswered:
        yield "unknown", "the register gave no usable answer", reached.unanswered
    for fault, count in invalid.most_common():
        yield "unknown", fault, count
