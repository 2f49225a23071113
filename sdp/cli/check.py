"""Command `sdp check`: what mailbox and printer would say of documents, before they are sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Facts, Output, facts, json_option
from sdp.cli.parameters import size
from sdp.cli.prices import price_list
from sdp.preflight import check as check_files

if TYPE_CHECKING:
    from sdp.preflight import DocumentCheck
    from sdp.prices import PriceList


@click.command
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option("--print", "print_letter", is_flag=True, help="Check for a print letter, too.")
@click.option("--strict", is_flag=True, help="Refuse what the printer would only spoil.")
@click.option(
    "--prices",
    metavar="FILE",
    help="Price list (TOML) to compare sizes with, or newest for the one that comes with sdp.",
)
@click.option(
    "--size-limit",
    type=size,
    metavar="SIZE",
    default="50MB",
    show_default=True,
    help="Largest total size of the documents, such as 30MB.",
)
@json_option
def check(
    files: tuple[str, ...],
    *,
    print_letter: bool,
    strict: bool,
    prices: str | None,
    size_limit: int,
    output: Output,
) -> int:
    """Tell what mailbox and printer would say of each FILE. Nothing is sent.

    Ends with 0 where everything can be sent, and with 1 where something would be refused. Warnings
    do not refuse.
    """
    report = check_files(
        files,
        print=print_letter,
        strict=strict,
        prices=_price_list(prices) if prices else None,
        size_limit=size_limit,
    )
    output.result(
        {
            "can_be_sent": report.can_be_sent,
            "files": [_as_data(document) for document in report.documents],
        },
        *(_shown(document) for document in report.documents),
    )
    return 0 if report.can_be_sent else 1


def _price_list(name: str) -> PriceList:
    return price_list(None if name == "newest" else Path(name))


def _as_data(document: DocumentCheck) -> dict[str, object]:
    step = document.price_step
    return {
        "file": document.path,
        "can_be_sent": document.can_be_sent,
        "mime_type": document.mime_type,
        "size": document.size,
        "billable_bytes": document.billable_bytes,
        "pages": document.pages,
        "sheets": document.sheets,
        "envelope": document.envelope,
        "price_step": step
        and {"upper": step.upper, "above": step.above, "saves": f"{step.saves:.2f}"},
        "refusals": [str(finding) for finding in document.refusals],
        "warnings": [str(finding) for finding in document.warnings],
    }


def _shown(document: DocumentCheck) -> Facts:
    step = document.price_step
    envelope = f", {document.sheets} sheets in {document.envelope}" if document.envelope else ""
    rows: list[tuple[str, object]] = [
        (str(document.path), "can be sent" if document.can_be_sent else "would be refused"),
        *(("  refused", finding) for finding in document.refusals),
        *(("  warning", finding) for finding in document.warnings),
        ("  pages", document.pages and f"{document.pages}{envelope}"),
        ("  billable bytes", document.billable_bytes and f"about {document.billable_bytes}"),
        (
            "  price step",
            step
            and f"{step.above} bytes above the step of {step.upper}, "
            f"which would save {step.saves:.2f} kr a letter",
        ),
    ]
    return facts(rows)
