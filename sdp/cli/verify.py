"""`sdp verify`: whether everything works against a test environment, check by check."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from sdp.cli._output import Output, json_option, printable
from sdp.cli.parameters import FILE, NEW_FILE, person
from sdp.config import ClientConfig
from sdp.integrasjonstest.check import Verdict
from sdp.integrasjonstest.context import Context
from sdp.integrasjonstest.guard import guard_production
from sdp.integrasjonstest.junit import as_junit
from sdp.integrasjonstest.page import as_html
from sdp.integrasjonstest.report import Report
from sdp.integrasjonstest.running import Run
from sdp.integrasjonstest.suite import SUITE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sdp.integrasjonstest.running import Result

_COLOURS = {
    Verdict.OK: "green",
    Verdict.WARNING: "yellow",
    Verdict.FAILED: "red",
    Verdict.SKIPPED: "bright_black",
}
_RANGE = re.compile(r"(\d{3})(?:-(\d{3}))?")


def _numbers(value: str) -> list[range]:
    """Read numbers and ranges of checks, such as `101,600-699`."""
    chosen = []
    for part in value.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            raise click.BadParameter("must be numbers and ranges of checks, such as 101,600-699.")
        first, last = int(found[1]), int(found[2] or found[1])
        chosen.append(range(first, last + 1))
    return chosen


@click.command
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option(
    "--person",
    "people",
    type=person,
    multiple=True,
    metavar="FNR|@FILE",
    help="A test person; several may be named. The first with a mailbox gets the letters.",
)
@click.option("--on-behalf-of", metavar="ORGNR", help="Send for this organisation as well.")
@click.option("--only", type=_numbers, help="These checks and those they need: 101,600-699.")
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=300.0,
    show_default=True,
    help="Seconds to wait for receipts.",
)
@click.option("--junit", type=NEW_FILE, help="Write a report as JUnit XML.")
@click.option("--html", type=NEW_FILE, help="Write a report as a page to hand over.")
@click.option("--production", is_flag=True, help="Run against production. Real letters are sent.")
@click.option("--confirm", metavar="ORGNR", help="The own organisation number, for production.")
@json_option
def verify(
    *,
    config: Path,
    people: tuple[str, ...],
    on_behalf_of: str | None,
    only: list[range] | None,
    wait: float,
    junit: Path | None,
    html: Path | None,
    production: bool,
    confirm: str | None,
    output: Output,
) -> int:
    """Check everything that sending letters takes, from the key to the last receipt.

    Test letters are sent to the test persons, with receipts in a queue of their own, so that no
    others are touched. The exit code is 1 if a check failed.
    """
    settings = ClientConfig.from_toml(config)
    started = datetime.now(UTC)
    guard_production(settings, meant=production, organisasjonsnummer=confirm, moment=started)
    with Context(settings, people, on_behalf_of=on_behalf_of, wait_seconds=wait) as context:
        results = Run(SUITE, context).results(
            lambda check: only is None or any(check.number in chosen for chosen in only)
        )
        report = tell(settings, started, results, output)
    if junit is not None:
        junit.write_bytes(as_junit(report))
    if html is not None:
        html.write_bytes(as_html(report))
    return 0 if report.succeeded else 1


def tell(
    config: ClientConfig, started: datetime, results: Iterator[Result], output: Output
) -> Report:
    """Show results as they come, and count them in the end."""
    report = Report(config.environment, started, tuple(_shown(results, output)))
    output.result(report.as_json(), printable(f"\n{report.title}: {report.summary}."))
    return report


def _shown(results: Iterator[Result], output: Output) -> Iterator[Result]:
    for result in results:
        output.part(*_lines(result))
        yield result


def _lines(result: Result) -> Iterator[Text]:
    outcome = result.outcome
    line = Text(f"{outcome.verdict:8}", style=_COLOURS[outcome.verdict])
    yield line + printable(f"{result.check.number} {result.check.name}: {outcome.came_back}")
    if outcome.remedy:
        yield printable(f"            do: {outcome.remedy}")
    if outcome.verdict in (Verdict.WARNING, Verdict.FAILED):
        yield printable(f"            ask: {result.ask}")
