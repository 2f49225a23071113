"""`sdp outbox`: letters that are sent for certain, and what became of them."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, local_time, printable, table
from sdp.cli.files import whole_or_nothing
from sdp.cli.outbox_common import (
    database,
    exit_code,
    post_data,
    post_table,
    show_dry_run,
    show_status,
    status_data,
    who,
)
from sdp.cli.outbox_common import opened as open_outbox
from sdp.cli.outbox_copy import copy
from sdp.cli.outbox_dossier import verify, write_dossier
from sdp.cli.outbox_key import rotate_key
from sdp.cli.outbox_put import put
from sdp.cli.outbox_serve import serve
from sdp.cli.outbox_unread import seen_to, unread
from sdp.cli.parameters import FILE, FOLDER, NEW_FILE, number_in
from sdp.cli.prices import price_list, prices_option
from sdp.config import ClientConfig
from sdp.outbox import Tilstand
from sdp.outbox.database import Database
from sdp.outbox.decisions import what_to_do
from sdp.outbox.migrating import migrate as migrate_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rich.table import Table

    from sdp.outbox import Mottatt, Oppfolging, Post

_campaign = click.option("--campaign", help="Only the letters of this campaign.")


@click.group
def outbox() -> None:
    """Send letters for certain: put them, work, and see what became of each.

    DATABASE is a file, or an address that begins with postgresql://; SDP_OUTBOX may hold it.
    """


outbox.add_command(copy)
outbox.add_command(put)
outbox.add_command(rotate_key)
outbox.add_command(serve)
outbox.add_command(unread)
outbox.add_command(seen_to)
outbox.add_command(verify)


@outbox.command
@database
@json_option
def init(*, address: str, output: Output) -> int:
    """Make the tables of an outbox in a new database; one that is there is migrated."""
    return _migrated(address, output)


@outbox.command
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


@outbox.command
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
    with open_outbox(address, ClientConfig.from_toml(config)) as opened:
        if dry_run:
            show_dry_run(opened.dry_run(campaign, prices=price_list(prices)), output)
            return 0
        status = opened.run(until_empty=until_empty, wait=wait, on_stuck=_teller(output))
    show_status(status, output)
    return exit_code(status)


def _teller(output: Output) -> Callable[[Oppfolging], None]:
    def tell(matter: Oppfolging) -> None:
        about = f"{matter.nokkel}: " if matter.nokkel else ""
        output.note(f"{about}{matter.hva} {matter.tiltak}")

    return tell


@outbox.command
@database
@click.argument("campaign", required=False)
@click.option("--openmetrics", is_flag=True, help="Write metrics of all letters, for Prometheus.")
@json_option
def status(*, address: str, campaign: str | None, openmetrics: bool, output: Output) -> int:
    """Count letters in each state, of a campaign or all; show rate and time left."""
    with open_outbox(address) as opened:
        if openmetrics:
            click.echo(opened.openmetrics(), nl=False)
            return 0
        show_status(opened.status(campaign), output)
    return 0


@outbox.command
@database
@click.option("--state", type=click.Choice([each.value for each in Tilstand]), help="Only these.")
@_campaign
@click.option(
    "--person",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Only letters to the person whose number is in this file; - asks for it.",
)
@json_option
def letters(
    *, address: str, state: str | None, campaign: str | None, person: str | None, output: Output
) -> int:
    """List letters, with the reason of those that wait or were refused.

    With --json, one letter a line.
    """
    tilstand = None if state is None else Tilstand(state)
    number = None if person is None else number_in(person)
    with open_outbox(address) as opened:
        found = opened.letters(tilstand=tilstand, kampanje=campaign, personidentifikator=number)
        _list(found, output)
    return 0


@outbox.command
@database
@click.argument("key")
@click.option("--dossier", type=NEW_FILE, help="Write its evidence into this file, a ZIP.")
@click.option("--config", type=FILE, help="With --dossier: who signs it. Client configuration.")
@json_option
def show(
    *, address: str, key: str, dossier: Path | None, config: Path | None, output: Output
) -> int:
    """Show all that is known of one letter: route and rule, history, attempts and receipts."""
    settings = None if config is None else ClientConfig.from_toml(config)
    with open_outbox(address, settings) as opened:
        if dossier is not None:
            return write_dossier(opened, key, dossier, output)
        found = opened.show(key)
    post = found.post
    output.result(
        {
            "letter": post_data(post),
            "history": [dataclasses.asdict(line) for line in found.hendelser],
            "attempts": list(found.forsok),
            "receipts": [_receipt_data(each) for each in found.kvitteringer],
            "what_to_do": what_to_do(post.tilstand),
        },
        facts((name.replace("_", " "), value) for name, value in post_data(post).items()),
        table(
            ["Time", "From", "To", "Cause", "Detail"],
            [
                (local_time(line.tid), line.fra, line.til, line.aarsak, line.detalj)
                for line in found.hendelser
            ],
            title="History",
        ),
        _receipt_table(found.kvitteringer),
        printable(what_to_do(post.tilstand)),
    )
    return 0


@outbox.command
@database
@click.argument("key", required=False)
@click.option("--store", type=FOLDER, help="Write each signed receipt into this folder.")
@json_option
def receipts(*, address: str, key: str | None, store: Path | None, output: Output) -> int:
    """List the receipts of a letter, or all, and what is kept aside.

    With --json, one receipt a line. The exit code is 1 if something is kept aside.
    """
    with open_outbox(address) as opened:
        shown: list[Mottatt] = []
        for each in opened.receipts(key):
            if store is not None:
                _write(store, each)
            if output.as_json:
                output.result(_receipt_data(each))
            else:
                shown.append(each)
        aside = opened.kept_aside()
    output.part(_receipt_table(shown))
    for one in aside:
        output.note(f"Kept aside, {one.ganger} times: {one.grunn}")
    return 1 if aside and key is None else 0


def _write(folder: Path, received: Mottatt) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "xml" if received.raw.startswith(b"<") else "jwt"
    digest = hashlib.sha256(received.raw).hexdigest()[:16]
    when = f"{received.tidspunkt:%Y%m%dT%H%M%SZ}"
    with whole_or_nothing(folder / f"{when}-{received.slag}-{digest}.{suffix}") as file:
        file.write(received.raw)


@outbox.command
@database
@click.argument("campaign")
@who
@json_option
def pause(*, address: str, campaign: str, who: str | None, output: Output) -> int:
    """Hold the letters of a campaign back; those on their way this moment are not stopped."""
    with open_outbox(address) as opened:
        opened.pause(campaign, hvem=who)
        show_status(opened.status(campaign), output)
    return 0


@outbox.command
@database
@click.argument("campaign")
@who
@json_option
def resume(*, address: str, campaign: str, who: str | None, output: Output) -> int:
    """Let the letters of a paused campaign go on."""
    with open_outbox(address) as opened:
        opened.resume(campaign, hvem=who)
        show_status(opened.status(campaign), output)
    return 0


@outbox.command
@database
@click.argument("key", required=False)
@click.option("--campaign", help="Cancel all of this campaign that has not been sent.")
@who
@json_option
def cancel(
    *, address: str, key: str | None, campaign: str | None, who: str | None, output: Output
) -> int:
    """Cancel one letter by its key, or a campaign: what has certainly not been sent."""
    if (key is None) == (campaign is None):
        raise click.UsageError("Give either a KEY or --campaign.")
    with open_outbox(address) as opened:
        count = opened.cancel(key, kampanje=campaign, hvem=who)
    output.result({"cancelled": count}, printable(f"Cancelled: {count}."))
    return 0


@outbox.command
@database
@click.argument("key")
@who
@json_option
def retry(*, address: str, key: str, who: str | None, output: Output) -> int:
    """Try a letter again that was refused, has failed or is unsettled."""
    with open_outbox(address) as opened:
        post = opened.retry(key, hvem=who)
    output.result(post_data(post), post_table([post]))
    return 0


@outbox.command("give-up")
@database
@click.argument("key")
@who
@json_option
def give_up(*, address: str, key: str, who: str | None, output: Output) -> int:
    """Give up a letter that may or may not have arrived. A receipt still counts if it comes."""
    with open_outbox(address) as opened:
        post = opened.give_up(key, hvem=who)
    output.result(post_data(post), post_table([post]))
    return 0


@outbox.command
@database
@click.option("--new", is_flag=True, help="Only what nobody has been told of; it is told once.")
@json_option
def overdue(*, address: str, new: bool, output: Output) -> int:
    """List what is stuck, each with what to do: the exit code is 1 if something is.

    That is letters without a levering after their deadline, unsettled letters, receipts that are
    set aside, and providers slower than they usually are. With --json, one matter a line.
    """
    with open_outbox(address) as opened:
        found = opened.stuck(untold=new)
    for each in found:
        if output.as_json:
            output.result(dataclasses.asdict(each))
    if found:
        output.part(
            table(
                ["Since", "Letter", "Campaign", "What", "What to do"],
                [
                    (
                        local_time(each.siden),
                        each.nokkel or "",
                        each.kampanje or "",
                        each.hva,
                        " ".join([each.tiltak, "; ".join(each.kommandoer)]),
                    )
                    for each in found
                ],
            )
        )
    elif not output.as_json:
        output.part(printable("Nothing is stuck."))
    return 1 if found else 0


@outbox.command
@database
@json_option
def campaigns(*, address: str, output: Output) -> int:
    """List campaigns, with what holds their letters back."""
    with open_outbox(address) as opened:
        found = [(each, opened.status(each.navn)) for each in opened.campaigns()]
    output.result(
        {
            "campaigns": [
                {**dataclasses.asdict(each), "status": status_data(status)}
                for each, status in found
            ]
        },
        table(
            ["Campaign", "Letters", "Left", "Start", "A minute", "Priority", "Unread", "State"],
            [
                (
                    each.navn,
                    status.total,
                    status.igjen,
                    each.start and local_time(each.start),
                    each.per_minutt,
                    each.prioritet,
                    f"to print after {each.ulest_dager} days" if each.ulest_dager else None,
                    "cancelled" if each.avbrutt else "paused" if each.pauset else "open",
                )
                for each, status in found
            ],
        ),
    )
    return 0


@outbox.command
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


def _list(posts: Iterator[Post], output: Output) -> int:
    count = 0
    shown: list[Post] = []
    for post in posts:
        count += 1
        if output.as_json:
            output.result(post_data(post))
        else:
            shown.append(post)
    output.part(post_table(shown))
    return count


def _receipt_data(received: Mottatt) -> dict[str, object]:
    values = dataclasses.asdict(received)
    del values["raw"]
    return values


def _receipt_table(found: Iterable[Mottatt]) -> Table:
    return table(
        ["Time", "Receipt", "Key", "From", "Confirmed"],
        [
            (
                local_time(each.tidspunkt),
                each.slag,
                each.nokkel,
                each.avsender,
                each.bekreftet and local_time(each.bekreftet),
            )
            for each in found
        ],
        title="Receipts",
    )
