"""`sdp plan init`: a new folder with commented templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option
from sdp.cli.parameters import FOLDER
from sdp.cli.plan_folder import today_option
from sdp.plan import Language, Texts
from sdp.plan.templates import folder_files

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@click.command
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--language",
    type=click.Choice([each.value for each in Language]),
    default=Language.NB.value,
    show_default=True,
    help="Bokmål, nynorsk or English.",
)
@today_option
@json_option
def init(*, folder: Path, language: str, today: date, output: Output) -> int:
    """Write the templates of a plan into DIR. A file that is already there is never touched."""
    texts = Texts(Language(language))
    folder.mkdir(parents=True, exist_ok=True)
    made, kept = [], []
    for name, text in folder_files(texts, today.year + 1).items():
        try:
            with (folder / name).open("x", encoding="utf-8", newline="") as file:
                file.write(text)
            made.append(name)
        except FileExistsError:
            kept.append(name)
    output.result(
        {"folder": folder, "made": made, "kept": kept},
        facts(
            [
                *((name, texts("template.init.made")) for name in made),
                *((name, texts("template.init.kept")) for name in kept),
            ]
        ),
        texts("template.init.next", folder=folder),
    )
    return 0
