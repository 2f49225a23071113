"""Postal addresses, and the printing and posting of a print letter."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, model_validator

from sdp.domain._verdi import (
    Fritekst,
    Instans,
    Privat,
    ProblemsError,
    Rekke,
    Utfylt,
    Verdi,
    form,
    is_blank,
    tekst,
)
from sdp.domain.landkoder import check_landkode, name_of, names_land
from sdp.errors import Problem


def _readable(value: str) -> str:
    """Refuse text in which there is nothing to read: databases write blanks for what is missing."""
    if is_blank(value):
        raise ValueError("must hold something to read, not blanks alone")
    return value


Adresselinje = Annotated[str, tekst(1, 100)]
_Navn = Annotated[str, tekst(1, 130), AfterValidator(_readable)]
_Stedsnavn = Annotated[str, tekst(1, 80), AfterValidator(_readable)]


class _Adresse(Verdi):
    """An address whose blank lines are taken as not given, and whose others move up."""

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        names = [name for name in cls.__pydantic_fields__ if name.startswith("adresselinje")]
        may_be_blank = {*names, "land", "landkode"}
        kept = {
            name: value
            for name, value in given.items()
            if name not in may_be_blank or not (value is None or is_blank(value))
        }
        lines = [kept.pop(name) for name in names if name in kept]
        return kept | dict(zip(names, lines, strict=False))


class NorskAdresse(_Adresse):
    """An address in Norway. Source: sdp-melding.xsd, NorskPostadresse.

    Blank text is taken as not given, and lines below it move up.
    """

    adresselinje1: Privat[Adresselinje]
    """A street, a post office box or a place; 1..100 characters."""
    adresselinje2: Privat[Adresselinje | None] = None
    """At most 100 characters."""
    adresselinje3: Privat[Adresselinje | None] = None
    """At most 100 characters."""
    postnummer: Privat[Annotated[str, form("[0-9]{4}", "must be 4 digits")]]
    """The postal code: four digits."""
    poststed: Privat[_Stedsnavn]
    """The town; 1..80 characters."""


class UtenlandskAdresse(_Adresse):
    """An address abroad. Source: sdp-melding.xsd, UtenlandskPostadresse.

    The printer prints lines alone, and neither `land` nor `landkode`. So the name of the country is
    added as the last line, unless it stands there. Blank text is taken as not given.

    Raises:
        InvalidInputError: also if four lines are used and the last is not the country.
    """

    adresselinje1: Privat[Adresselinje]
    """The first line; 1..100 characters."""
    adresselinje2: Privat[Adresselinje | None] = None
    """At most 100 characters."""
    adresselinje3: Privat[Adresselinje | None] = None
    """At most 100 characters."""
    adresselinje4: Privat[Adresselinje | None] = None
    """At most 100 characters."""
    land: Privat[_Stedsnavn | None] = None
    """The name of the country, 1..80 characters; give this or `landkode`."""
    landkode: Privat[Annotated[str, AfterValidator(check_landkode)] | None] = None
    """The two letters of the country (ISO 3166-1 alpha-2)."""

    @model_validator(mode="after")
    def _ends_with_its_country(self) -> Self:
        if (self.land is None) == (self.landkode is None):
            raise ProblemsError(
                Problem("landkode", "either landkode or land must be given, and not both")
            )
        names = ("adresselinje1", "adresselinje2", "adresselinje3", "adresselinje4")
        lines = [line for name in names if (line := getattr(self, name)) is not None]
        if names_land(lines[-1], land=self.land, landkode=self.landkode):
            return self
        if len(lines) == len(names):
            rule = (
                "must be the name of the country, which the printer prints nowhere else; write the "
                "address in three lines and the country in the fourth"
            )
            raise ProblemsError(Problem("adresselinje4", rule))
        # The value is not handed out yet, so that whoever has it finds it frozen.
        self.__dict__[names[len(lines)]] = name_of(land=self.land, landkode=self.landkode)
        return self


class Postadresse(Verdi):
    """A name and an address. Source: sdp-melding.xsd, FysiskPostadresse."""

    navn: Privat[_Navn]
    """The name; 1..130 characters."""
    adresse: Annotated[NorskAdresse | UtenlandskAdresse, Instans(NorskAdresse, UtenlandskAdresse)]
    """An address in Norway or abroad."""


class Posttype(StrEnum):
    """The speed of carriage."""

    A = "A"
    B = "B"


class Utskriftsfarge(StrEnum):
    """The colour of printing."""

    SORT_HVIT = "SORT_HVIT"
    FARGE = "FARGE"


class Posthaandtering(StrEnum):
    """The fate of a letter that cannot be delivered."""

    DIREKTE_RETUR = "DIREKTE_RETUR"
    MAKULERING_MED_MELDING = "MAKULERING_MED_MELDING"


class Retur(Verdi):
    """The fate of a letter that cannot be delivered, and the address to return it to."""

    posthaandtering: Posthaandtering
    """The fate of the letter."""
    mottaker: Postadresse
    """The name and address it is returned to."""


class Printinstruksjon(Verdi):
    """An instruction agreed with the printer."""

    navn: Utfylt
    """Its name, as agreed with the printer."""
    verdi: Fritekst
    """Its value."""


class FysiskPost(Verdi):
    """Printing and posting of a letter. Source: sdp-melding.xsd, FysiskPostInfo."""

    mottaker: Postadresse
    """The name and address it goes to."""
    retur: Retur
    """The fate of the letter if it cannot be delivered."""
    posttype: Posttype | None = None
    """The speed of carriage; None leaves it to the printer."""
    utskriftsfarge: Utskriftsfarge = Utskriftsfarge.SORT_HVIT
    """The colour of printing."""
    printinstruksjoner: Rekke[Printinstruksjon] = ()
    """Instructions agreed with the printer."""
