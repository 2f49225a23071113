"""Where a print letter goes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from sdp.domain._problems import ProblemsError
from sdp.domain._tekst import form, tekst
from sdp.domain._verdi import Instans, Privat, Verdi
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
