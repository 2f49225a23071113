"""The folder and the day that the commands of `sdp plan` work on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from sdp.cli.files import whole_or_nothing
from sdp.plan import Texts, read_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.plan import Plan

FC = TypeVar("FC", bound="Callable[..., object] | click.Command")


def folder_argument(command: FC) -> FC:
    """Give a command the folder of a plan."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    return click.argument("folder", metavar="DIR", type=folder)(command)


def today_option(command: FC) -> FC:
    """Give a command the day that it counts from."""
    return click.option(
        "--today",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=lambda _context, _parameter, value: value.date() if value else date.today(),  # noqa: DTZ011
        metavar="DATE",
        help="Count the age of prices to this day instead of today.",
    )(command)


def plan_in(folder: Path) -> tuple[Plan, Texts]:
    """Read a plan that has no errors, and the texts in its language.

    Raises:
        PlanError: the plan has errors.
    """
    reading = read_plan(folder)
    return reading.valid(), reading.texts


def keep(path: Path | None, made: Callable[[], str]) -> None:
    """Write a text file that was asked for, whole or not at all."""
    if path is not None:
        with whole_or_nothing(path) as file:
            file.write(made().encode("utf-8"))
