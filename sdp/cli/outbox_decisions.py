"""Decisions of a person about letters and campaigns, as commands of `sdp outbox`."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import click

from sdp.cli._output import json_option, printable
from sdp.cli.outbox_common import database, post_data, post_table, show_status
from sdp.cli.outbox_common import opened as open_outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.cli._output import Output
    from sdp.outbox import Outbox

    Decide = Callable[[Outbox, str, str | None], object]
    """Decides about the letter or the campaign of a name, for whoever it is."""

_who = click.option(
    "--who", default=lambda: os.environ.get("USER"), help="Who decides, and why; kept in history."
)


def _about_a_letter(decide: Decide) -> click.Command:
    """Make a command of a decision about one letter, which is shown as it is then."""

    @database
    @click.argument("key")
    @_who
    @json_option
    def command(*, address: str, key: str, who: str | None, output: Output) -> int:
        with open_outbox(address) as opened:
            decide(opened, key, who)
            post = opened.post(key)
        output.result(post_data(post), post_table([post]))
        return 0

    return click.command(_name(decide), help=decide.__doc__)(command)


def _about_a_campaign(decide: Decide) -> click.Command:
    """Make a command of a decision about one campaign, whose letters are counted then."""

    @database
    @click.argument("campaign")
    @_who
    @json_option
    def command(*, address: str, campaign: str, who: str | None, output: Output) -> int:
        with open_outbox(address) as opened:
            decide(opened, campaign, who)
            show_status(opened.status(campaign), output)
        return 0

    return click.command(_name(decide), help=decide.__doc__)(command)


def _name(decide: Decide) -> str:
    return decide.__name__.replace("_", "-")


@_about_a_campaign
def pause(opened: Outbox, campaign: str, who: str | None) -> None:
    """Hold the letters of a campaign back; those on their way this moment are not stopped."""
    opened.pause(campaign, hvem=who)


@_about_a_campaign
def resume(opened: Outbox, campaign: str, who: str | None) -> None:
    """Let the letters of a paused campaign go on."""
    opened.resume(campaign, hvem=who)


@_about_a_letter
def retry(opened: Outbox, key: str, who: str | None) -> None:
    """Try a letter again that was refused, has failed or is unsettled."""
    opened.retry(key, hvem=who)


@_about_a_letter
def give_up(opened: Outbox, key: str, who: str | None) -> None:
    """Give up a letter that may or may not have arrived. A receipt still counts if it comes."""
    opened.give_up(key, hvem=who)


@_about_a_letter
def seen_to(opened: Outbox, key: str, who: str | None) -> None:
    """Say that a person has seen to an unread letter that could not be printed."""
    opened.seen_to(key, hvem=who)


@click.command
@database
@click.argument("key", required=False)
@click.option("--campaign", help="Cancel all of this campaign that has not been sent.")
@_who
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


@click.command
@database
@click.argument("campaign")
@click.option("--days", type=click.IntRange(1, 365), help="Days from when a letter is available.")
@click.option("--reason", help="Why openings are asked for; kept with every letter.")
@click.option("--off", is_flag=True, help="Print no more of them.")
@_who
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
