"""Texts of the plan in bokmål, nynorsk and English, side by side in one file for each subject."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sdp.plan.numbers import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLACE: Final = re.compile(r"\{(\w+)\}")


class Language(StrEnum):
    """The languages of a plan."""

    NB = "nb"
    NN = "nn"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language, and its way of writing numbers and dates."""

    language: Language
    space: str = " "
    """Between thousands and before units: a document gives one that does not break."""

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its places filled in.

        Raises:
            KeyError: there is no such text.
        """
        text = _all()[key][self.language]
        return _PLACE.sub(lambda place: self.value(values[place[1]]), text)

    def keys_under(self, prefix: str) -> list[str]:
        """List the names right under a key, in the order of the file."""
        begin = f"{prefix}."
        found = [key.removeprefix(begin) for key in _all() if key.startswith(begin)]
        return list(dict.fromkeys(name.partition(".")[0] for name in found))

    def value(self, value: object) -> str:
        """Write a value as the language does: `1 995,10`, `05.01.2027`."""
        match value:
            case None:
                return self("words.unknown")
            case bool():
                return self("words.yes" if value else "words.no")
            case Decimal():
                return self.number(value, decimals=0 if value == value.to_integral_value() else 2)
            case int():
                return self.number(Decimal(value))
            case date() if self.language is not Language.EN:
                return f"{value:%d.%m.%Y}"
            case _:
                return str(value)

    def number(self, value: Decimal | None, *, decimals: int = 0) -> str:
        """Write a number rounded half up, with its thousands apart; unknown for None."""
        if value is None:
            return self("words.unknown")
        if decimals == 2:
            shown = rounded(value)
        else:
            shown = value.quantize(Decimal(1).scaleb(-decimals), "ROUND_HALF_UP")
        text = f"{shown:,f}".replace(",", self.space).replace("-", "\u2212")
        return text if self.language is Language.EN else text.replace(".", ",")

    def percent(self, share: Decimal, *, decimals: int = 0) -> str:
        """Write a share between 0 and 1 as per cent."""
        return f"{self.number(share * 100, decimals=decimals)}{self.space}%"


@cache
def _all() -> Mapping[str, Mapping[Language, str]]:
    found: dict[str, Mapping[Language, str]] = {}
    folder = files("sdp.plan") / "words"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            subject = file.name.removesuffix(".toml")
            found |= dict(_leaves(subject, tomllib.loads(file.read_text(encoding="utf-8"))))
    return found


def _leaves(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, dict[Language, str]]]:
    for name, inner in table.items():
        if not isinstance(inner, dict):
            raise TypeError(f"{prefix}.{name} is no text in three languages")
        if all(isinstance(text, str) for text in inner.values()):
            yield f"{prefix}.{name}", {Language(key): str(text) for key, text in inner.items()}
        else:
            yield from _leaves(f"{prefix}.{name}", inner)
