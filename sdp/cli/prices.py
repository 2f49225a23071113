"""The price list of digital post that commands calculate by."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from sdp.cli.parameters import FILE
from sdp.prices import PriceList

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FC = TypeVar("FC", bound="Callable[..., object] | click.Command")


def prices_option(command: FC) -> FC:
    """Give a command the price list."""
    told = "Price list that replaces the one in the package, whole: a TOML file."
    return click.option("--prices", type=FILE, help=told)(command)


def price_list(path: Path | None) -> PriceList:
    """Return the price list of a file, or the newest one in the package.

    Raises:
        ConfigurationError: the file breaks a rule.
    """
    return PriceList.in_package() if path is None else PriceList.from_path(path)
