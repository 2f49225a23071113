"""Work of an outbox, as commands of `sdp outbox`: making it, sending from it, cleaning up in it."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from sdp.cli._output import Output, json_option, printable, unseen
from sdp.cli.outbox_common import database, exit_code, show_dry_run, show_status
from sdp.cli.outbox_common import opened as open_outbox
from sdp.cli.parameters import FILE
from sdp.cli.prices import price_list, prices_option
from sdp.errors import SdpError
from sdp.outbox.database import Database
from sdp.outbox.migrating import migrate as migrate_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sdp.outbox import Oppfolging, Outbox

_COUNT_SECONDS: Final = 2.0


@click.command
@database
@json_option
def init(*, address: str, output: Output) -> int:
    """Make the tables of an outbox in a new database; one that is there is migrated."""
    return _migrated(address, output)


@click.command
@database
@json_option
def migrate(*, address: str, output: Output) -> int:
    """Bring the tables to the newest version. A file is migrated whenever it is opened."""
    return _migrated(address, output)


def _migrated(address: str, output: Output) -> int:
    opened = Database.open(address)
    try:
        changed = migrate_database(opened)
        version = opened.version()
    finally:
        opened.close()
    told = "is ready" if changed else "was ready already"
    output.result(
        {"changed": changed, "version": version},
        printable(f"The outbox {told}, with version {version} of the schema."),
    )
    return 0


@click.command
@database
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option("--until-empty", is_flag=True, help="End when nothing is left to do.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=600.0,
    show_default=True,
    help="With --until-empty, end all the same when nothing has moved for so many seconds.",
)
@click.option("--dry-run", is_flag=True, help="Tell route, bytes and cost of all; send nothing.")
@prices_option
@click.option("--campaign", help="With --dry-run, only the letters of this campaign.")
@json_option
def work(
    *,
    address: str,
    config: Path,
    until_empty: bool,
    wait: float,
    dry_run: bool,
    prices: Path | None,
    campaign: str | None,
    output: Output,
) -> int:
    """Send letters and fetch receipts, until Ctrl-C or a signal to terminate.

    Run it as often as wanted, on PostgreSQL on many machines. With --until-empty the exit code is
    0 if all letters have ended well, 1 if some were refused or failed, 3 if some are still to come,
    and 4 if it is not known whether some have arrived.
    """
    from sdp.config import ClientConfig  # the other commands here have none to read

    with open_outbox(address, ClientConfig.from_toml(config)) as opened:
        if dry_run:
            show_dry_run(opened.dry_run(campaign, prices=price_list(prices)), output)
            return 0
        with _shown(opened, output):
            status = opened.run(until_empty=until_empty, wait=wait, on_stuck=_teller(output))
    show_status(status, output)
    return exit_code(status)


@contextmanager
def _shown(opened: Outbox, output: Output) -> Iterator[None]:
    """Draw on stderr how many letters have been sent, for as long as somebody is there to see it.

    It counts in a thread of its own, so that the worker waits for nobody.
    """
    begun = opened.status()
    left, ended = begun.igjen, threading.Event()

    def count(sent: Callable[[int], None]) -> None:
        told = 0
        while not ended.wait(_COUNT_SECONDS):
            with suppress(SdpError):  # the worker itself tells what is the matter
                now = left - opened.status().igjen
                sent(now - told)
                told = now

    with output.progress("Sending", left, unit="letters") as sent:
        counting = threading.Thread(target=count, args=(sent,), name="sdp-outbox-progress")
        if sent is not unseen:
            counting.start()
        try:
            yield
        finally:
            ended.set()
            if counting.ident is not None:
                counting.join()


def _teller(output: Output) -> Callable[[Oppfolging], None]:
    def tell(matter: Oppfolging) -> None:
        about = f"{matter.nokkel}: " if matter.nokkel else ""
        output.note(f"{about}{matter.hva} {matter.tiltak}")

    return tell


@click.command
@database
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    help="Days since the letter came to its end.",
)
@json_option
def purge(*, address: str, older_than: int, output: Output) -> int:
    """Delete person and documents of letters that ended long ago; ids and receipts stay."""
    with open_outbox(address) as opened:
        gone = opened.purge(timedelta(days=older_than))
    output.result(
        {"letters": gone.brev, "documents": gone.dokumenter},
        printable(f"Purged: {gone.brev} letters, {gone.dokumenter} documents."),
    )
    return 0
