"""`sdp outbox put`: letters from a CSV file, every row checked before the first is stored."""

from __future__ import annotations

import tempfile
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, facts, json_option
from sdp.cli.letter import read_address
from sdp.cli.outbox_common import database, opened, show_dry_run
from sdp.cli.outbox_letters import Recipe, checked_letters, letters
from sdp.cli.parameters import FILE, FOLDER
from sdp.cli.prices import price_list, prices_option
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import Avsender, Formaal
from sdp.outbox import Outbox, OutboxSettings
from sdp.outbox.campaigns import oslo_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.cli.outbox_letters import Letter


@click.command
@database
@click.argument("letters_file", metavar="LETTERS", type=FILE)
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    required=True,
    metavar="PATTERN",
    help="File of a document, such as 'out/{key}.pdf', or the heading of a column with files;"
    " the main document first, then attachments.",
)
@click.option("--title", required=True, help="Shown before log-in; may have {heading} in it.")
@click.option("--notice", metavar="TEXT", help="Text of notices; may have {heading} in it.")
@click.option("--campaign", help="Campaign that the letters belong to.")
@click.option(
    "--purpose",
    type=click.Choice([each.value for each in Formaal]),
    default=Formaal.VEDTAK.value,
    show_default=True,
    help="Purpose of letters, where no column formaal says it.",
)
@click.option("--return-address", type=FILE, help="File with the return address, for print.")
@click.option("--folder", type=FOLDER, default=Path(), help="Where the documents are.")
@click.option("--person-column", metavar="HEADING", help="Column with fødselsnummer.")
@click.option("--key-column", metavar="HEADING", help="Column with your own key of each letter.")
@click.option("--sender", metavar="ORGNR", help="Organisation the letters are from.")
@click.option("--invoice-reference", help="Reference that is printed on the invoice.")
@click.option("--urgent", is_flag=True, help="Send in the queue for urgent letters.")
@click.option("--start", metavar="MOMENT", help="Send nothing before it; by the clocks in Oslo.")
@click.option("--per-minute", type=click.IntRange(min=1), help="Most letters in a minute.")
@click.option("--quiet", metavar="FROM-TO", help="Send nothing then, such as 21:00-07:00, Oslo.")
@click.option("--priority", type=int, default=0, help="Campaigns with a higher one come first.")
@click.option(
    "--unread-to-print",
    type=click.IntRange(1, 365),
    metavar="DAYS",
    help="Print a digital letter, once, that is not opened within DAYS, whose notice fails or that"
    " comes back. Every letter then asks for an opening receipt: priced, and felt as intrusive.",
)
@click.option("--unread-reason", help="Why openings are asked for; kept with every letter.")
@click.option("--documents-outside", is_flag=True, help="Leave the files where they are.")
@click.option("--dry-run", is_flag=True, help="Tell route, bytes and cost of all; store nothing.")
@prices_option
@json_option
def put(
    *,
    address: str,
    letters_file: Path,
    config: Path,
    documents: tuple[str, ...],
    title: str,
    notice: str | None,
    campaign: str | None,
    purpose: str,
    return_address: Path | None,
    folder: Path,
    person_column: str | None,
    key_column: str | None,
    sender: str | None,
    invoice_reference: str | None,
    urgent: bool,
    start: str | None,
    per_minute: int | None,
    quiet: str | None,
    priority: int,
    unread_to_print: int | None,
    unread_reason: str | None,
    documents_outside: bool,
    dry_run: bool,
    prices: Path | None,
    output: Output,
) -> int:
    """Store a letter for each row of LETTERS, a CSV file with headings.

    It has a column with fødselsnummer and one with your own key, and any others to fill into
    title, notice and file names. With the columns navn, adresselinje1, postnummer and poststed
    (or land, landkode), letters may go by print. Every row is checked before the first is stored.
    The same command again stores only what is missing.
    """
    settings = ClientConfig.from_toml(config)
    recipe = Recipe(
        avsender=Avsender(
            organisasjonsnummer=sender or _own_number(settings), fakturareferanse=invoice_reference
        ),
        documents=documents,
        title=title,
        notice=notice,
        retur=None if return_address is None else read_address(return_address),
        formaal=Formaal(purpose),
        urgent=urgent,
        person=person_column,
        key=key_column,
        folder=folder,
    )
    held_back = _held_back(start, per_minute, quiet, priority)
    if held_back and campaign is None:
        raise click.UsageError("--start, --per-minute, --quiet and --priority need --campaign.")
    if (unread_to_print is None) != (unread_reason is None) or (unread_reason and not campaign):
        raise click.UsageError(
            "--unread-to-print, --unread-reason and --campaign are given together."
        )
    count = checked_letters(letters_file, recipe)
    if dry_run:
        as_files = OutboxSettings(documents_outside=documents_outside)
        with tempfile.TemporaryDirectory(prefix="sdp-outbox-") as scratch:
            scratch_file = Path(scratch) / "dry-run.db"
            with Outbox.open(scratch_file, settings, settings=as_files) as outbox:
                outbox.put_many(letters(letters_file, recipe), kampanje=campaign)
                show_dry_run(outbox.dry_run(prices=price_list(prices)), output)
        return 0
    with opened(address, documents_outside=documents_outside) as outbox:
        if held_back and campaign is not None:
            outbox.campaign(campaign, **held_back)
        if unread_to_print is not None and campaign is not None:
            outbox.print_unread(campaign, unread_to_print, reason=unread_reason)
        with output.progress("Storing", count, unit="letters") as stored:
            told = _told_of_each(letters(letters_file, recipe), stored)
            lagt = outbox.put_many(told, kampanje=campaign)
    output.result(
        {"new": lagt.nye, "known": lagt.kjente, "campaign": campaign},
        facts([("Stored", lagt.nye), ("Known before", lagt.kjente or None)]),
    )
    return 0


def _told_of_each(found: Iterator[Letter], stored: Callable[[int], None]) -> Iterator[Letter]:
    for each in found:
        yield each
        stored(1)


def _own_number(settings: ClientConfig) -> str:
    with Client(settings) as client:
        return client.organisasjonsnummer


def _held_back(
    start: str | None, per_minute: int | None, quiet: str | None, priority: int
) -> dict[str, Any]:
    given: dict[str, Any] = {
        "start": None if start is None else oslo_time(start),
        "per_minutt": per_minute,
        "stille": None if quiet is None else _quiet_hours(quiet),
        "prioritet": priority,
    }
    return given if any(given.values()) else {}


def _quiet_hours(text: str) -> tuple[time, time]:
    try:
        begins, ends = map(time.fromisoformat, text.split("-"))
    except ValueError:
        raise CommandError("--quiet must be two times, such as 21:00-07:00.") from None
    return begins, ends
