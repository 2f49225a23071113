"""`sdp outbox unread` and `seen-to`: letters that are not read, and go to print instead."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from sdp.cli._output import json_option, printable
from sdp.cli.outbox_common import database, post_data, post_table, who
from sdp.cli.outbox_common import opened as open_outbox

if TYPE_CHECKING:
    from sdp.cli._output import Output


@click.command
@database
@click.argument("campaign")
@click.option("--days", type=click.IntRange(1, 365), help="Days from when a letter is available.")
@click.option("--reason", help="Why openings are asked for; kept with every letter.")
@click.option("--off", is_flag=True, help="Print no more of them.")
@who
@json_option
def unread(
    *,
    address: str,
    campaign: str,
    days: int | None,
    reason: str | None,
    off: bool,
    who: str | None,
    output: Output,
) -> int:
    """Let digital letters of a campaign that are not read go to print, once each; off by default.

    One is unread that is not opened within the days, whose notice could not be sent, or that came
    back with a feil. Letters that are sent from now on ask for an opening receipt, which is priced,
    and felt as intrusive by the citizen: so a reason must be given.
    """
    if off == (days is not None):
        raise click.UsageError("Give either --days with --reason, or --off.")
    with open_outbox(address) as opened:
        found = opened.print_unread(campaign, days, reason=reason, hvem=who)
    told = (
        "Unread letters stay digital."
        if found.ulest_dager is None
        else f"Unread letters go to print after {found.ulest_dager} days: {found.ulest_grunn}"
    )
    output.result(dataclasses.asdict(found), printable(told))
    return 0


@click.command("seen-to")
@database
@click.argument("key")
@who
@json_option
def seen_to(*, address: str, key: str, who: str | None, output: Output) -> int:
    """Say that a person has seen to an unread letter that could not be printed."""
    with open_outbox(address) as opened:
        opened.seen_to(key, hvem=who)
        post = opened.post(key)
    output.result(post_data(post), post_table([post]))
    return 0
