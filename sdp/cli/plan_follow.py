"""`sdp plan follow`: planned against actual, by service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, facts, json_option, table
from sdp.cli.plan_folder import folder_argument, plan_in, today_option
from sdp.cli.plan_sent import sent_letters, sent_options
from sdp.cli.prices import price_list, prices_option
from sdp.plan.follow import follow as followed
from sdp.plan.money import prices_as_data, prices_as_text

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@click.command
@folder_argument
@sent_options
@prices_option
@today_option
@json_option
def follow(
    *,
    folder: Path,
    letters: Path | None,
    receipts: Path | None,
    outbox: str | None,
    prices: Path | None,
    today: date,
    output: Output,
) -> int:
    """Compare volume, digital share, opened, returned and kroner with the plan, up to --today."""
    plan, texts = plan_in(folder)
    chosen = price_list(prices)
    sent = sent_letters(plan, texts, letters=letters, receipts=receipts, outbox=outbox)
    if sent is None:
        raise CommandError(
            "Nothing says where the letters are found.",
            remedy="Give --outbox, or --letters and perhaps --receipts.",
        )
    for note in sent.notes:
        output.note(note)
    rows = followed(plan, chosen, sent.letters, sent.receipts, today)
    columns = texts.keys_under("follow.column")
    output.result(
        {
            "until": today.isoformat(),
            "services": [each.as_data() for each in rows],
            "notes": list(sent.notes),
            "prices": prices_as_data(chosen, today),
        },
        table(
            [texts(f"follow.column.{name}") for name in columns],
            [each.as_row(texts) for each in rows],
        ),
        facts([(texts("cost.note.prices"), prices_as_text(chosen, today, texts))]),
    )
    return 0
