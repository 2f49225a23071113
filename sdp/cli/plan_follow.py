"""`sdp plan follow`: planned against actual, by service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, table
from sdp.cli.parameters import FILE
from sdp.cli.plan_folder import (
    folder_argument,
    plan_in,
    price_list,
    prices_option,
    today_option,
)
from sdp.cli.plan_receipts import receipts_in
from sdp.plan.follow import follow as followed
from sdp.plan.follow import read_letters
from sdp.plan.money import prices_as_data, prices_as_text

if TYPE_CHECKING:
    from datetime import date

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command
@folder_argument
@click.option(
    "--letters",
    type=FILE,
    required=True,
    help="CSV of letters sent: tjeneste, konversasjons_id, sendt, vei (digital or print), bytes.",
)
@click.option("--receipts", type=_FOLDER, help="Folder of sdp receipts --store.")
@prices_option
@today_option
@json_option
def follow(
    *,
    folder: Path,
    letters: Path,
    receipts: Path | None,
    prices: Path | None,
    today: date,
    output: Output,
) -> int:
    """Compare volume, digital share, opened, returned and kroner with the plan, up to --today."""
    plan, texts = plan_in(folder)
    chosen = price_list(prices)
    sent = read_letters(letters, plan, texts)
    kinds, unread = receipts_in(receipts) if receipts else ({}, 0)
    rows = followed(plan, chosen, sent, kinds, today)
    if unread:
        output.note(f"{unread} receipts could not be read and are not counted.")
    columns = texts.keys_under("follow.column")
    output.result(
        {
            "until": today.isoformat(),
            "services": [each.as_data() for each in rows],
            "unread_receipts": unread,
            "prices": prices_as_data(chosen, today),
        },
        table(
            [texts(f"follow.column.{name}") for name in columns],
            [each.as_row(texts) for each in rows],
        ),
        facts([(texts("cost.note.prices"), prices_as_text(chosen, today, texts))]),
    )
    return 0
