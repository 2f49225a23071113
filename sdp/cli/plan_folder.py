"""The folder and the price list that the commands of `sdp plan` work on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE
from sdp.plan import PriceList, Texts, read_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.plan import Plan

folder_argument = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
prices_option = click.option(
    "--prices",
    type=FILE,
    help="Price list that replaces the one in the package, whole: a TOML file.",
)
today_option = click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=lambda _context, _parameter, value: value.date() if value else date.today(),  # noqa: DTZ011
    metavar="DATE",
    help="Count the age of prices to this day instead of today.",
)


def plan_in(folder: Path) -> tuple[Plan, Texts]:
    """Read a plan that has no errors, and the texts in its language.

    Raises:
        PlanError: the plan has errors.
    """
    reading = read_plan(folder)
    return reading.valid(), reading.texts


def price_list(path: Path | None) -> PriceList:
    """Return the price list of a file, or the newest one in the package.

    Raises:
        ConfigurationError: the file breaks a rule.
    """
    return PriceList.in_package() if path is None else PriceList.from_path(path)


def keep(path: Path | None, made: Callable[[], str]) -> None:
    """Write a text file that was asked for, whole or not at all."""
    if path is not None:
        with whole_or_nothing(path) as file:
            file.write(made().encode("utf-8"))
