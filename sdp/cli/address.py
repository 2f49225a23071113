"""Postal addresses in text files, as people write them on envelopes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sdp.cli._errors import CommandError
from sdp.cli.text_files import read_text
from sdp.domain import NorskAdresse, Postadresse, UtenlandskAdresse
from sdp.domain._verdi import is_blank

if TYPE_CHECKING:
    from pathlib import Path

_POSTCODE_AND_TOWN = re.compile(r"(?P<postnummer>[0-9]{4})\s+(?P<poststed>\S.*)")
_NORWAY = frozenset({"norge", "noreg", "norway"})
_COUNTRY_CODE = re.compile(r"[A-Z]{2}")


def read_address(path: Path) -> Postadresse:
    """Read an address: the name, up to three street lines, then the postcode and town.

    An address abroad has one to four lines between the name and the country, which comes last, by
    its name or its two-letter code.

    Raises:
        CommandError: there are too few or too many lines.
        InvalidInputError: a line breaks a rule.
    """
    lines = [line.strip() for line in read_text(path).splitlines()]
    match [line for line in lines if not is_blank(line)]:
        # Norway below a domestic address does not make it foreign.
        case [navn, *middle, place, country] if country.casefold() in _NORWAY and (
            found := _POSTCODE_AND_TOWN.fullmatch(place)
        ):
            return Postadresse(navn=navn, adresse=_norwegian(middle, path, **found.groupdict()))
        case [navn, *middle, last] if found := _POSTCODE_AND_TOWN.fullmatch(last):
            return Postadresse(navn=navn, adresse=_norwegian(middle, path, **found.groupdict()))
        case [navn, first, *middle, last]:
            return Postadresse(navn=navn, adresse=_foreign(first, middle, last, path))
        case _:
            raise _unlike_an_address(path)


def _norwegian(lines: list[str], path: Path, *, postnummer: str, poststed: str) -> NorskAdresse:
    if not lines:
        raise _unlike_an_address(path)
    first, *others = lines
    second, third = _filled(others, 2, path)
    return NorskAdresse(
        adresselinje1=first,
        adresselinje2=second,
        adresselinje3=third,
        postnummer=postnummer,
        poststed=poststed,
    )


def _foreign(first: str, lines: list[str], country: str, path: Path) -> UtenlandskAdresse:
    second, third, fourth = _filled(lines, 3, path)
    is_code = _COUNTRY_CODE.fullmatch(country) is not None
    return UtenlandskAdresse(
        adresselinje1=first,
        adresselinje2=second,
        adresselinje3=third,
        adresselinje4=fourth,
        land=None if is_code else country,
        landkode=country if is_code else None,
    )


def _filled(lines: list[str], count: int, path: Path) -> list[str | None]:
    if len(lines) > count:
        raise _unlike_an_address(path)
    return [*lines, *[None] * (count - len(lines))]


def _unlike_an_address(path: Path) -> CommandError:
    return CommandError(
        f"{path} does not hold an address: it has too few lines, or too many.",
        remedy="Write the name, the street lines, and last '0155 Oslo' or the country.",
    )
