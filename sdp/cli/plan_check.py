"""`sdp plan check`: every rule that a plan breaks, and every warning about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, table
from sdp.cli.plan_folder import folder_argument, today_option
from sdp.cli.prices import price_list, prices_option
from sdp.plan import Level, read_plan
from sdp.plan.advice import advise
from sdp.plan.money import prices_as_data, prices_as_text

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@click.command
@folder_argument
@prices_option
@click.option("--strict", is_flag=True, help="End with 1 for warnings as well.")
@today_option
@json_option
def check(*, folder: Path, prices: Path | None, strict: bool, today: date, output: Output) -> int:
    """List what is wrong or worth knowing, each with file, row, column, rule and remedy.

    The exit code is 1 if anything is wrong.
    """
    reading, chosen = read_plan(folder), price_list(prices)
    texts, findings = reading.texts, list(reading.findings)
    if reading.plan is not None:
        findings += advise(reading.plan, chosen)
    findings.sort(key=lambda each: each.level is Level.WARNING)
    errors = sum(each.level is Level.ERROR for each in findings)
    warnings = len(findings) - errors
    columns = ("level", "place", "rule", "remedy")
    output.result(
        {
            "errors": errors,
            "warnings": warnings,
            "findings": [
                {
                    "level": each.level,
                    "code": each.code,
                    "file": each.file,
                    "row": each.row,
                    "column": each.column,
                    "rule": each.rule(texts),
                    "remedy": each.remedy(texts),
                }
                for each in findings
            ],
            "prices": prices_as_data(chosen, today),
        },
        table(
            [texts(f"check.{name}") for name in columns],
            [
                (
                    texts(f"words.{each.level}"),
                    each.place,
                    each.rule(texts),
                    each.remedy(texts),
                )
                for each in findings
            ],
        ),
        facts(
            [
                (texts("check.errors"), errors),
                (texts("check.warnings"), warnings),
                (texts("cost.note.prices"), prices_as_text(chosen, today, texts)),
            ]
        ),
    )
    return 1 if errors or (strict and warnings) else 0
