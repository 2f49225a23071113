"""Price lists of digital post: a dated TOML file, replaced whole by the user's own."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sdp.errors import ConfigurationError
from sdp.gate import decoded
from sdp.gate.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_MEGABYTE: Final = Decimal(10**6)
_MEBIBYTE: Final = Decimal(2**20)
_DEAREST: Final = Decimal(100_000_000)
_SUPPLIERS: Final = ("a", "b")


@dataclass(frozen=True, slots=True)
class Step:
    """A price step: letters of up to `upper` bytes, that bound included, cost `price` kroner."""

    upper: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of digital post in kroner without VAT. What is not known is not in it.

    Attributes:
        kilde: who published them, and under which title.
        gyldig_fra: the day from which they are valid.
        lest: the day they were read.
        transport: kroner for each sending, by channel.
        steps: the dearest supplier's price by size, in rising order.
        over: base price and price for each started MB above the last step, for each supplier.
        megabyte: how many bytes a MB is taken to be.
        tillegg: kroner for each letter with `sms` or `aapningskvittering`.
    """

    kilde: str
    gyldig_fra: date
    lest: date
    transport: Mapping[str, Decimal]
    steps: tuple[Step, ...]
    over: tuple[tuple[Decimal, Decimal], ...]
    megabyte: Decimal
    tillegg: Mapping[str, Decimal]

    def size_price(self, size: Decimal, *, megabyte: Decimal | None = None) -> Decimal | None:
        """Return the price of a size in bytes at the dearest supplier; None if it is unknown.

        Args:
            size: billed bytes: the content of the package before packing.
            megabyte: another reading of how many bytes a MB is.
        """
        scale = (megabyte or self.megabyte) / self.megabyte
        for step in self.steps:
            if size <= step.upper * scale:
                return step.price
        if not self.over or not self.steps:
            return None
        above = size - self.steps[-1].upper * scale
        started = (above / (self.megabyte * scale)).to_integral_value(ROUND_CEILING)
        return max(base + each * started for base, each in self.over)

    def letter_price(
        self, size: Decimal, extras: Iterable[str] = (), *, channel: str = "egen"
    ) -> Decimal | None:
        """Return the price of a letter: transport, size, and extras with a known price.

        Args:
            size: as for `size_price`.
            extras: what else is ordered with it: the keys of `tillegg`.
            channel: how it is transported: a key of `transport`.

        Returns:
            None if the price of its transport or its size is unknown.
        """
        transport, by_size = self.transport.get(channel), self.size_price(size)
        if transport is None or by_size is None:
            return None
        return transport + by_size + sum(self.tillegg.get(name, Decimal(0)) for name in extras)

    def depends_on_megabyte(self, size: Decimal) -> bool:
        """Tell whether 10⁶ and 2²⁰ bytes to a MB give this size different prices."""
        return self.size_price(size) != self.size_price(size, megabyte=_MEBIBYTE)

    def step_down(self, size: Decimal) -> Step | None:
        """Return the cheaper step right below the one of a size; None if there is none."""
        price = self.size_price(size)
        lower = [step for step in self.steps if step.upper < size]
        return lower[-1] if price is not None and lower and lower[-1].price < price else None

    def age_in_days(self, today: date) -> int:
        """Count the days since the prices became valid."""
        return (today - self.gyldig_fra).days

    @classmethod
    def in_package(cls) -> PriceList:
        """Read the newest price list in the package."""
        folder = files("sdp.prices")
        newest = max(
            (each for each in folder.iterdir() if each.name.endswith(".toml")),
            key=lambda each: each.name,
        )
        return _read(newest.read_text(encoding="utf-8"), newest.name)

    @classmethod
    def from_path(cls, path: Path) -> PriceList:
        """Read a price list that replaces the package's, whole.

        Raises:
            ConfigurationError: the file breaks a rule; its name and the setting are told.
        """
        try:
            text = decoded(read_file(path))
        except OSError as error:
            raise ConfigurationError(f"{path.name} cannot be read: {error.strerror}.") from error
        except ValueError as rule:
            raise ConfigurationError(f"{path.name} {rule}.", remedy="Save it as UTF-8.") from None
        return _read(text, path.name)


def _read(text: str, name: str) -> PriceList:
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        line = re.search(r"line \d+", str(error))
        raise ConfigurationError(
            f"{name} is not TOML{f', {line[0]}' if line else ''}.", remedy="Correct it."
        ) from None
    rows = told.get("trinn", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(
            f"{name}, trinn: must be an array of tables.", remedy="Write [[trinn]] for each step."
        )
    transport, over, extras = (_table(told, key, name) for key in ("transport", "over", "tillegg"))
    megabyte = _price(told, "megabyte", name)
    if megabyte not in {_MEGABYTE, _MEBIBYTE}:
        raise ConfigurationError(
            f"{name}, megabyte: must be {_MEGABYTE} or {_MEBIBYTE} bytes.",
            remedy="Use the dearer reading, the first, unless the supplier says otherwise.",
        )
    steps = [
        Step(
            _price(row, "til_mb", name) * megabyte,
            max(_price(row, each, name) for each in _SUPPLIERS if each in row or each == "a"),
        )
        for row in rows
    ]
    if not steps or [step.upper for step in steps] != sorted({step.upper for step in steps}):
        raise ConfigurationError(
            f"{name}, trinn: must be at least one, in rising order of til_mb.",
            remedy="Write each [[trinn]] once, the smallest first.",
        )
    return PriceList(
        kilde=str(told.get("kilde") or _missing("kilde", name)),
        gyldig_fra=_date(told, "gyldig_fra", name),
        lest=_date(told, "lest", name),
        transport={key: _price(transport, key, name) for key in transport},
        steps=tuple(steps),
        over=tuple(
            (_price(over, each, name), _price(over, f"{each}_per_mb", name))
            for each in _SUPPLIERS
            if each in over
        ),
        megabyte=megabyte,
        tillegg={key: _price(extras, key, name) for key in extras},
    )


def _price(table: Mapping[str, Any], key: str, name: str) -> Decimal:
    value = table.get(key)
    if value is None:
        _missing(key, name)
    if not isinstance(value, bool) and isinstance(value, (int, Decimal)):
        number = Decimal(value)
        if number.is_finite() and 0 <= number <= _DEAREST:
            return number
    raise ConfigurationError(
        f"{name}, {key}: must be a number from 0 to {_DEAREST}.", remedy="Correct it."
    )


def _table(told: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    table = told.get(key, {})
    if not isinstance(table, dict):
        raise ConfigurationError(
            f"{name}, {key}: must be a table.", remedy=f"Write [{key}], and its values below."
        )
    return table


def _date(table: Mapping[str, Any], key: str, name: str) -> date:
    value = table.get(key)
    if type(value) is not date:
        raise ConfigurationError(
            f"{name}, {key}: must be a date.", remedy=f"Write it like {key} = 2027-01-31."
        )
    return value


def _missing(key: str, name: str) -> NoReturn:
    raise ConfigurationError(
        f"{name}, {key}: is missing.",
        remedy="A price list stands alone: it has every price it uses.",
    )
