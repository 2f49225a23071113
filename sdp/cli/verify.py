"""`sdp verify` and `sdp doctor`: whether everything works, check by check."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from sdp.cli._output import Output, in_line, json_option, printable
from sdp.cli.files import written_in_the_end
from sdp.cli.parameters import FILE, NEW_FILE
from sdp.config import ClientConfig
from sdp.config.maskinporten import client_for
from sdp.verify import preflight, words
from sdp.verify.check import Verdict
from sdp.verify.checks import ground, network, register
from sdp.verify.context import Context
from sdp.verify.preflight import guard_production
from sdp.verify.report import Report, as_html, as_junit
from sdp.verify.suite import SUITE, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.verify.check import Check
    from sdp.verify.suite import Result
    from sdp.verify.words import Language


_COLOURS = {
    Verdict.OK: "green",
    Verdict.WARNING: "yellow",
    Verdict.FAILED: "red",
    Verdict.SKIPPED: "bright_black",
}
_RANGE = re.compile(r"(\d{3})(?:-(\d{3}))?")


def _numbers(value: str) -> frozenset[int]:
    """Read numbers and ranges of checks, such as `101,600-699`."""
    chosen: set[int] = set()
    for part in value.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            raise click.BadParameter("must be numbers and ranges of checks, such as 101,600-699.")
        first, last = int(found[1]), int(found[2] or found[1])
        some = {check.number for check in SUITE if first <= check.number <= last}
        if not some:
            raise click.BadParameter(f"there is no check {part.strip()}.")
        chosen |= some
    return frozenset(chosen)


def _people(value: str) -> tuple[str, ...]:
    """Read a number, or `@file` to read some from a file, out of sight of other users."""
    try:
        if value.startswith("@"):
            return preflight.people_in(Path(value[1:]))
        return (preflight.person(value),)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _organisation(value: str) -> str:
    try:
        return preflight.organisation(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option(
    "--person",
    "people",
    type=_people,
    multiple=True,
    metavar="FNR|@FILE",
    help="Test persons, any number of times. The first with a mailbox gets the letters.",
)
@click.option(
    "--on-behalf-of",
    type=_organisation,
    metavar="ORGNR",
    help="Send for this organisation as well.",
)
@click.option(
    "--only",
    type=_numbers,
    metavar="NUMBERS",
    help="Run only these checks, and those they need: 101,600-699.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=300.0,
    show_default=True,
    help="Seconds to wait for receipts.",
)
@click.option("--junit", type=NEW_FILE, help="Write a report as JUnit XML.")
@click.option("--html", type=NEW_FILE, help="Write a report as a page to hand over.")
@click.option(
    "--language",
    type=click.Choice(["en", "nb"]),
    default="en",
    show_default=True,
    help="Language of what is shown, the page and the JSON.",
)
@click.option("--production", is_flag=True, help="Run against production. Real letters are sent.")
@click.option(
    "--confirm", metavar="ORGNR", help="Your own organisation number, required for production."
)
@json_option
def verify(
    *,
    config: Path,
    people: tuple[tuple[str, ...], ...],
    on_behalf_of: str | None,
    only: frozenset[int] | None,
    wait: float,
    junit: Path | None,
    html: Path | None,
    language: Language,
    production: bool,
    confirm: str | None,
    output: Output,
) -> int:
    """Check everything that sending letters takes, from the key to the last receipt.

    Test letters are sent to the test persons, with receipts in a queue of their own, so that no
    others are touched. The exit code is 1 if a check failed.
    """
    settings = ClientConfig.from_toml(config)
    named = tuple(number for some in people for number in some)
    with (
        Context(settings, named, on_behalf_of=on_behalf_of, wait_seconds=wait) as context,
        ExitStack() as reports,
    ):
        guard_production(context, meant=production, organisasjonsnummer=confirm)
        write_junit = None if junit is None else reports.enter_context(written_in_the_end(junit))
        write_html = None if html is None else reports.enter_context(written_in_the_end(html))

        def keep(report: Report) -> None:
            if write_junit is not None:
                write_junit(as_junit(report))
            if write_html is not None:
                write_html(as_html(report, language))

        def wanted(check: Check) -> bool:
            return only is None or check.number in only

        results = Run(SUITE, context).results(wanted)
        report = tell(settings, results, output, keep, language=language)
    return 0 if report.succeeded else 1


def tell(
    config: ClientConfig,
    results: Iterator[Result],
    output: Output,
    keep: Callable[[Report], None] = lambda _: None,
    *,
    language: Language = "en",
) -> Report:
    """Show results as they come, and count them in the end, even one that came too early.

    Args:
        config: what is verified.
        results: what comes of it.
        output: where it is shown.
        keep: is given the report, whole or not.
        language: of what is shown, the JSON too.
    """
    started, is_whole = datetime.now(UTC), False
    told: list[Result] = []
    try:
        for result in results:
            told.append(result)
            output.part(*_lines(result, language))
        is_whole = True
    finally:
        report = Report(config.environment, started, tuple(told), is_whole, config.krr.wire)
        keep(report)
        summary = f"\n{report.title_in(language)}: {report.summary_in(language)}."
        output.result(report.as_json(language), printable(summary))
    return report


def _lines(result: Result, language: Language) -> Iterator[Text]:
    outcome, texts = result.outcome, words.TEXTS[language]
    name, does = words.check(result.check, language)
    came_back, _ = words.finding(outcome.came_back, language)
    remedy, _ = words.finding(outcome.remedy, language)
    verdict = words.verdict(outcome.verdict, language)
    width = max(8, *(len(words.verdict(each, language)) + 1 for each in Verdict))
    line = Text(f"{verdict:{width}}", style=_COLOURS[outcome.verdict])
    yield line + in_line(f"{result.check.number} {name}: {came_back}")
    margin = " " * (width + 4)
    yield in_line(f"{margin}{texts['did'].lower()} {does}")
    if remedy:
        yield in_line(f"{margin}{texts['do'].lower()} {remedy}")
    if outcome.verdict in (Verdict.WARNING, Verdict.FAILED):
        yield in_line(f"{margin}{texts['ask'].lower()} {words.whom(result.ask, language)}")


@click.command
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@json_option
def doctor(*, config: Path, output: Output) -> int:
    """Check configuration, key, trust, addresses and clock, without sending a letter.

    These are the first checks of `sdp verify`. Where keys are registered with Maskinporten, a token
    is asked for with each. The exit code is 1 if one failed.
    """
    settings = ClientConfig.from_toml(config)
    with Context(settings) as context:
        checks = (*ground.CHECKS, *network.CHECKS, *_token_checks(settings))
        results = Run(checks, context).results()
        report = tell(settings, results, output)
    return 0 if report.succeeded else 1


def _token_checks(config: ClientConfig) -> tuple[Check, ...]:
    """Return the checks that try each key registered with Maskinporten, where there are any."""
    maskinporten = config.maskinporten
    if maskinporten is None:
        return ()
    clients = client_for("krr", maskinporten), client_for("dpi", maskinporten)
    return register.TOKENS if any(client.keys for client in clients) else ()
