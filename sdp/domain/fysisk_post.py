"""Postal addresses, and the printing and posting of a print letter."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import model_validator

from sdp.domain._fields import Fritekst, Utfylt, form, tekst
from sdp.domain._verdi import Instans, Privat, ProblemsError, Rekke, Verdi
from sdp.errors import Problem

Adresselinje = Annotated[str, tekst(0, 100)]


class NorskAdresse(Verdi):
    """An address in Norway. Source: sdp-melding.xsd, NorskPostadresse.

    Attributes:
        adresselinje1, adresselinje2, adresselinje3: at most 100 characters each.
        postnummer: four digits.
        poststed: 1..80 characters.
    """

    adresselinje1: Privat[Adresselinje | None] = None
    adresselinje2: Privat[Adresselinje | None] = None
    adresselinje3: Privat[Adresselinje | None] = None
    postnummer: Privat[Annotated[str, form("[0-9]{4}", "must be 4 digits")]]
    poststed: Privat[Annotated[str, tekst(1, 80)]]


class UtenlandskAdresse(Verdi):
    """An address abroad. Source: sdp-melding.xsd, UtenlandskPostadresse.

    Attributes:
        adresselinje1: 1..100 characters.
        adresselinje2, adresselinje3, adresselinje4: at most 100 characters each.
        land: the name of the country, 1..80 characters; or else
        landkode: its two letters (ISO 3166-1).
    """

    adresselinje1: Privat[Annotated[str, tekst(1, 100)]]
    adresselinje2: Privat[Adresselinje | None] = None
    adresselinje3: Privat[Adresselinje | None] = None
    adresselinje4: Privat[Adresselinje | None] = None
    land: Privat[Annotated[str, tekst(1, 80)] | None] = None
    landkode: Privat[
        Annotated[str, form("[A-Za-z]{2}", "must be 2 letters (ISO 3166-1 alpha-2)")] | None
    ] = None

    @model_validator(mode="after")
    def _one_country(self) -> Self:
        if (self.land is None) == (self.landkode is None):
            raise ProblemsError(
                Problem("landkode", "either landkode or land must be given, and not both")
            )
        return self


class Postadresse(Verdi):
    """A name and an address. Source: sdp-melding.xsd, FysiskPostadresse.

    Attributes:
        navn: 1..130 characters.
        adresse: in Norway or abroad.
    """

    navn: Privat[Annotated[str, tekst(1, 130)]]
    adresse: Annotated[NorskAdresse | UtenlandskAdresse, Instans(NorskAdresse, UtenlandskAdresse)]


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
    mottaker: Postadresse


class Printinstruksjon(Verdi):
    """An instruction agreed with the printer."""

    navn: Utfylt
    verdi: Fritekst


class FysiskPost(Verdi):
    """Printing and posting of a letter. Source: sdp-melding.xsd, FysiskPostInfo."""

    mottaker: Postadresse
    retur: Retur
    posttype: Posttype | None = None
    utskriftsfarge: Utskriftsfarge = Utskriftsfarge.SORT_HVIT
    printinstruksjoner: Rekke[Printinstruksjon] = ()
