"""Views of an outbox, as commands of `sdp outbox`: letters, their history, receipts, campaigns."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, local_time, printable, table
from sdp.cli.files import whole_or_nothing
from sdp.cli.outbox_common import (
    database,
    post_data,
    post_table,
    show_status,
    status_data,
)
from sdp.cli.outbox_common import opened as open_outbox
from sdp.cli.parameters import FILE, FOLDER, NEW_FILE, number_in, person
from sdp.outbox import Mottatt, Tilstand
from sdp.outbox.decisions import commands, what_to_do

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.table import Table

    from sdp.outbox import Avvik, Post


@click.command
@database
@click.argument("campaign", required=False)
@click.option("--openmetrics", is_flag=True, help="Write metrics of all letters, for Prometheus.")
@json_option
def status(*, address: str, campaign: str | None, openmetrics: bool, output: Output) -> int:
    """Count letters in each state, of a campaign or all; show rate and time left."""
    if openmetrics and (campaign or output.as_json):
        raise click.UsageError("--openmetrics is of all letters, and a format of its own.")
    with open_outbox(address) as opened:
        if openmetrics:
            click.echo(opened.openmetrics(), nl=False)
            return 0
        show_status(opened.status(campaign), output)
    return 0


def person_or_file(value: str) -> str:
    """Read a number as every command does, or from a file without @, as this one did before."""
    return person(value) if value.startswith("@") or value.strip().isdecimal() else number_in(value)


@click.command
@database
@click.option("--state", type=click.Choice([each.value for each in Tilstand]), help="Only these.")
@click.option("--campaign", help="Only the letters of this campaign.")
@click.option(
    "--person",
    "number",
    type=person_or_file,
    metavar="FNR",
    help="Only letters to this person: a fødselsnummer, @FILE with it, or @- to be asked for it.",
)
@json_option
def letters(
    *, address: str, state: str | None, campaign: str | None, number: str | None, output: Output
) -> int:
    """List letters, with the reason of those that wait or were refused.

    With --json, one letter a line.
    """
    tilstand = None if state is None else Tilstand(state)
    with open_outbox(address) as opened:
        found = opened.letters(tilstand=tilstand, kampanje=campaign, personidentifikator=number)
        _list(found, output)
    return 0


@click.command
@database
@click.argument("key")
@click.option("--dossier", type=NEW_FILE, help="Write its evidence into this file, a ZIP.")
@click.option("--config", type=FILE, help="With --dossier: who signs it. Client configuration.")
@json_option
def show(
    *, address: str, key: str, dossier: Path | None, config: Path | None, output: Output
) -> int:
    """Show all that is known of one letter: route and rule, history, attempts and receipts."""
    from sdp.cli.outbox_dossier import write_dossier  # to look at an outbox takes neither
    from sdp.config import ClientConfig

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
            "commands": commands(post.tilstand, key),
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
        printable("\n".join((what_to_do(post.tilstand), *commands(post.tilstand, key)))),
    )
    return 0


@click.command
@database
@click.argument("key", required=False)
@click.option("--store", type=FOLDER, help="Write each signed receipt into this folder.")
@json_option
def receipts(*, address: str, key: str | None, store: Path | None, output: Output) -> int:
    """List the receipts of a letter, or all, and what was set aside.

    With --json, one receipt a line. The exit code is 1 if something was set aside.
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
        aside = opened.kept_aside() if key is None else []
    output.part(_receipt_table(shown))
    for one in aside:
        if output.as_json:
            output.result(_set_aside_data(one))
        output.note(f"Set aside, {one.ganger} times: {one.grunn}")
    return 1 if aside else 0


def _write(folder: Path, received: Mottatt) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "xml" if received.raw.startswith(b"<") else "jwt"
    digest = hashlib.sha256(received.raw).hexdigest()[:16]
    when = f"{received.tidspunkt:%Y%m%dT%H%M%SZ}"
    with whole_or_nothing(folder / f"{when}-{received.slag}-{digest}.{suffix}") as file:
        file.write(received.raw)


@click.command
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


@click.command
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
    """Describe a receipt; what was set aside has the same names."""
    values = dataclasses.asdict(received)
    del values["raw"]
    return {**values, "set_aside": False, "grunn": None, "ganger": 1}


def _set_aside_data(avvik: Avvik) -> dict[str, object]:
    nothing = dict.fromkeys(each.name for each in dataclasses.fields(Mottatt) if each.name != "raw")
    known = {"meldings_id": avvik.message_id, "slag": avvik.slag, "mottatt": avvik.tid}
    return {**nothing, **known, "set_aside": True, "grunn": avvik.grunn, "ganger": avvik.ganger}


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
