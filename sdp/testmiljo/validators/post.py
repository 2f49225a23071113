"""Order in a business message: a digital letter, or one to print."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.validators.xml import (
    at_most_one,
    exactly_one,
    find_all,
    local_name,
    optional_text,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml import etree

_STREETS = ("adresselinje1", "adresselinje2", "adresselinje3", "adresselinje4")
_PLACE = ("postnummer", "poststed")
_COUNTRY = ("land", "landkode")


@dataclass(frozen=True, slots=True)
class Varsel:
    """A notification ordered by e-mail or SMS."""

    adresse: str = field(repr=False)
    tekst: str = field(repr=False)
    repetisjoner: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DigitalOrder:
    """Order of a digital letter.

    Attributes:
        personidentifikator: None on the DPI wire, where it does not leave the sender.
        spraak: the language of the title, on the DPI wire.
    """

    personidentifikator: str | None = field(repr=False)
    postkasseadresse: str = field(repr=False)
    ikke_sensitiv_tittel: str = field(repr=False)
    sikkerhetsnivaa: int
    aapningskvittering: bool
    virkningsdato: str | None
    virkningstidspunkt: str | None
    epost_varsel: Varsel | None
    sms_varsel: Varsel | None
    spraak: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as the printer prints it.

    Attributes:
        linjer: the lines under the name. Neither `land` nor `landkode` is one: the print service
            prints neither, so the country of a foreign address must stand as its last line.
        land: the country or its code, as the order names it.
    """

    navn: str = field(repr=False)
    linjer: tuple[str, ...] = field(repr=False)
    land: str | None = field(default=None, repr=False)

    @classmethod
    def printed(cls, navn: str, fields: Mapping[str, str]) -> Address:
        """Make an address of the fields of an order. Blank is not given.

        Args:
            navn: the name.
            fields: `adresselinje1` to `adresselinje4`, `postnummer`, `poststed`, `land` and
                `landkode`, as many as there are.

        Raises:
            LetterRejection: it cannot be printed.
        """
        given = {name: text.strip() for name, text in fields.items() if text.strip()}
        streets = tuple(given[line] for line in _STREETS if line in given)
        place = tuple(given[line] for line in _PLACE if line in given)
        if not navn.strip():
            raise LetterRejection("an address without a navn cannot be printed")
        if not streets:
            raise LetterRejection("an address without an adresselinje cannot be printed")
        if fields.keys().isdisjoint(_COUNTRY) and len(place) < len(_PLACE):
            raise LetterRejection(
                "a Norwegian address without postnummer and poststed cannot be printed"
            )
        if _has_control((navn, *given.values())):
            raise LetterRejection("an address with a line break or a control character in a line")
        land = given.get("land") or given.get("landkode")
        return cls(navn.strip(), (*streets, *place), land)


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """Order of a print letter."""

    mottaker: Address
    retur: Address
    posthaandtering: str
    posttype: str | None
    utskriftsfarge: str
    printinstruksjoner: tuple[tuple[str, str], ...]


def check_texts(texts: Iterable[str | None]) -> None:
    """Check titles that a mailbox shows on one line.

    Raises:
        LetterRejection: one has a line break or another control character in it.
    """
    if _has_control(text for text in texts if text is not None):
        raise LetterRejection("a title may have no line break and no control character")


def _has_control(texts: Iterable[str]) -> bool:
    return any(unicodedata.category(sign) == "Cc" for text in texts for sign in text)


def read_order(post: etree._Element) -> DigitalOrder | PrintOrder:
    """Read the order in a `digitalPost` element.

    Raises:
        LetterRejection: it lacks or doubles something.
    """
    printed = at_most_one(post, "sdp:fysiskPostInfo", LetterRejection)
    return _digital(post) if printed is None else _print(printed)


def _digital(post: etree._Element) -> DigitalOrder:
    info = exactly_one(post, "sdp:digitalPostInfo", LetterRejection)
    person = exactly_one(post, "sdp:mottaker/sdp:person", LetterRejection)
    level = _text(info, "sdp:sikkerhetsnivaa")
    if level not in ("3", "4"):
        raise LetterRejection("sikkerhetsnivaa must be 3 or 4")
    opening = _optional(info, "sdp:aapningskvittering")
    return DigitalOrder(
        personidentifikator=_text(person, "sdp:personidentifikator"),
        postkasseadresse=_text(person, "sdp:postkasseadresse"),
        ikke_sensitiv_tittel=_text(info, "sdp:ikkeSensitivTittel"),
        sikkerhetsnivaa=int(level),
        aapningskvittering=opening in ("true", "1"),
        virkningsdato=_optional(info, "sdp:virkningsdato"),
        virkningstidspunkt=_optional(info, "sdp:virkningstidspunkt"),
        epost_varsel=_varsel(info, "epostVarsel", "epostadresse"),
        sms_varsel=_varsel(info, "smsVarsel", "mobiltelefonnummer"),
    )


def _varsel(info: etree._Element, name: str, address: str) -> Varsel | None:
    element = at_most_one(info, f"sdp:varsler/sdp:{name}", LetterRejection)
    if element is None:
        return None
    days = [day.text or "" for day in find_all(element, "sdp:repetisjoner/sdp:dagerEtter")]
    if not all(re.fullmatch("[0-9]{1,2}", day) for day in days):
        raise LetterRejection("dagerEtter must be a number of days")
    return Varsel(
        adresse=_text(element, f"sdp:{address}"),
        tekst=_text(element, "sdp:varslingsTekst"),
        repetisjoner=tuple(int(day) for day in days),
    )


def _print(info: etree._Element) -> PrintOrder:
    instructions = find_all(info, "sdp:printinstruksjoner/sdp:printinstruksjon")
    return PrintOrder(
        mottaker=_address(exactly_one(info, "sdp:mottaker", LetterRejection)),
        retur=_address(exactly_one(info, "sdp:retur/sdp:mottaker", LetterRejection)),
        posthaandtering=_text(info, "sdp:retur/sdp:postHaandtering"),
        posttype=_optional(info, "sdp:posttype"),
        utskriftsfarge=_text(info, "sdp:utskriftsfarge"),
        printinstruksjoner=tuple(
            (_text(each, "sdp:navn"), _text(each, "sdp:verdi")) for each in instructions
        ),
    )


def _address(mottaker: etree._Element) -> Address:
    places = [*find_all(mottaker, "sdp:norskAdresse"), *find_all(mottaker, "sdp:utenlandskAdresse")]
    if len(places) != 1:
        raise LetterRejection("an address must be Norwegian or foreign")
    fields = {local_name(line): line.text or "" for line in places[0]}
    return Address.printed(_optional(mottaker, "sdp:navn") or "", fields)


def _text(element: etree._Element, path: str) -> str:
    return text_of(element, path, LetterRejection)


def _optional(element: etree._Element, path: str) -> str | None:
    return optional_text(element, path, LetterRejection)
