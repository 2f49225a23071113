"""A credential that a mailbox shows beside a document. Source: utvidelser/bevis.xsd."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from lxml.builder import ElementMaker
from pydantic import AfterValidator, model_validator

from sdp.domain._verdi import (
    Fritekst,
    Instans,
    Privat,
    ProblemsError,
    Rekke,
    Tidspunkt,
    Verdi,
    antall,
    form,
    tekst,
)
from sdp.domain.aktorer import Personidentifikator
from sdp.domain.metadata import Metadatadokument, serialised
from sdp.errors import Problem

if TYPE_CHECKING:
    from lxml import etree

_E = ElementMaker(
    namespace="http://begrep.difi.no/sdp/utvidelser/bevis",
    nsmap={None: "http://begrep.difi.no/sdp/utvidelser/bevis"},
)

_Tekst100 = Annotated[str, tekst(1, 100)]
_Tekst255 = Annotated[str, tekst(1, 255)]


def _within(lowest: int, highest: int) -> AfterValidator:
    def check(value: int) -> int:
        if lowest <= value <= highest:
            return value
        raise ValueError(f"must be from {lowest} to {highest}")

    return AfterValidator(check)


class Bevisperiode(Verdi):
    """The span in which a credential is good: from, to, or both."""

    fra: Tidspunkt | None = None
    """The first moment; None has no beginning."""
    til: Tidspunkt | None = None
    """The last moment; None has no end."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fra is not None and self.til is not None and self.til < self.fra:
            raise ProblemsError(Problem("til", "must not be before fra"))
        return self


class Maanedstidspunkt(Verdi):
    """A point of every year."""

    maaned: Annotated[int, _within(1, 12)]
    """The month, 1..12."""
    dag: Annotated[int, _within(1, 31)] | None = None
    """The day, 1..31; the schema takes 1 where none is given."""
    time: Annotated[int, _within(0, 23)] | None = None
    """The hour, 0..23."""
    minutt: Annotated[int, _within(0, 59)] | None = None
    """The minute, 0..59."""
    tidssone: (
        Annotated[str, form(r"Z|[+-][01][0-9](:?[0-5][0-9])?", "must be an offset, such as +02:00")]
        | None
    ) = None
    """The offset from UTC, such as `+02:00`, which the schema takes if none is given."""


class AarligPeriode(Verdi):
    """A span that returns each year, in the years from `start_aar` to `slutt_aar`."""

    fra: Maanedstidspunkt
    """The point of the year at which it begins."""
    til: Maanedstidspunkt
    """The point of the year at which it ends."""
    start_aar: Annotated[int, _within(1, 9999)] | None = None
    """The first year."""
    slutt_aar: Annotated[int, _within(1, 9999)] | None = None
    """The last year."""


class Bevisadresse(Verdi):
    """The address of the holder."""

    gate: Privat[Fritekst]
    """The street."""
    postnummer: Privat[Fritekst]
    """The postal code."""
    sted: Privat[Fritekst]
    """The town."""
    land: Privat[Fritekst | None] = None
    """The country."""


class Bevisholder(Verdi):
    """The person who holds a credential."""

    fornavn: Privat[Fritekst]
    """The first name."""
    etternavn: Privat[Fritekst]
    """The last name."""
    personidentifikator: Privat[Personidentifikator | None] = None
    """Fødselsnummer or D-number."""
    adresse: Bevisadresse | None = None
    """The address."""


class Bevisattributt(Verdi):
    """A named value of a credential; 1..100 characters each."""

    navn: Privat[_Tekst100]
    """Its name; 1..100 characters."""
    verdi: Privat[_Tekst100]
    """Its value; 1..100 characters."""


class Bevisinfo(Verdi):
    """A piece of information on a credential; 1..100 and 1..255 characters."""

    verdi: Privat[_Tekst255]
    """The information; 1..255 characters."""
    navn: Privat[_Tekst100 | None] = None
    """Its name; 1..100 characters."""


class Bevis(Metadatadokument):
    """A credential: what, whose, and when it is good."""

    mime_type: ClassVar[str] = "application/vnd.difi.dpi.bevis+xml"
    suffix: ClassVar[str] = ".bevis.xml"

    bevisholder: Bevisholder
    """The person it belongs to."""
    tittel: Privat[_Tekst255]
    """Its title; 1..255 characters."""
    utsteder_visningsnavn: Privat[_Tekst100 | None] = None
    """The issuer, as shown; 1..100 characters."""
    bakgrunnsfarge: (
        Annotated[str, form("#[A-Fa-f0-9]{6}", "must be a colour such as #F0EC99")] | None
    ) = None
    """A colour such as `#F0EC99`."""
    utstedt_tidspunkt: Tidspunkt | None = None
    """The moment of issue; an aware datetime."""
    gyldighet: Annotated[
        Bevisperiode | AarligPeriode | None, Instans(Bevisperiode, AarligPeriode, NoneType)
    ] = None
    """The span in which it is good, once or each year."""
    bevis_id_navn: Privat[_Tekst100 | None] = None
    """The name of its number; 1..100 characters."""
    bevis_id_verdi: Privat[_Tekst100 | None] = None
    """Its number; 1..100 characters."""
    attributter: Annotated[Rekke[Bevisattributt], antall(0, 5)] = ()
    """Named values; at most 5."""
    info: Annotated[Rekke[Bevisinfo], antall(0, 3)] = ()
    """Pieces of information; at most 3."""

    def to_xml(self) -> bytes:
        """Return the credential as its XML document."""
        lang = self.spraakkode
        utstedt = self.utstedt_tidspunkt
        periods = () if self.gyldighet is None else (_gyldig(self.gyldighet),)
        bevis = _E(
            "bevis",
            *_text("utsteder-visningsnavn", self.utsteder_visningsnavn, lang),
            *_text("bakgrunnsfarge", self.bakgrunnsfarge),
            *_text("utstedt-tidspunkt", None if utstedt is None else utstedt.isoformat()),
            *(_E("gyldighetsperiode", period) for period in periods),
            _holder(self.bevisholder),
            *_text("tittel", self.tittel, lang),
            *_text("bevis-id-navn", self.bevis_id_navn, lang),
            *_text("bevis-id-verdi", self.bevis_id_verdi),
            *(_pair("attributt", each.navn, each.verdi, lang) for each in self.attributter),
            *(_pair("info", each.navn, each.verdi, lang) for each in self.info),
        )
        return serialised(bevis)


def _text(name: str, text: str | int | None, lang: str | None = None) -> list[etree._Element]:
    return [] if text is None else [_E(name, str(text), {} if lang is None else {"lang": lang})]


def _gyldig(gyldighet: Bevisperiode | AarligPeriode) -> etree._Element:
    match gyldighet:
        case Bevisperiode(fra=fra, til=til):
            ends = (("fra", fra), ("til", til))
            return _E("periode", *(_E(n, end.isoformat()) for n, end in ends if end is not None))
        case AarligPeriode():
            return _E(
                "aarlig-repeterende-periode",
                *_text("start-aar", gyldighet.start_aar),
                *_text("slutt-aar", gyldighet.slutt_aar),
                _point("fra", gyldighet.fra),
                _point("til", gyldighet.til),
            )


def _point(name: str, point: Maanedstidspunkt) -> etree._Element:
    return _E(
        name,
        *_text("maaned", point.maaned),
        *_text("dag", point.dag),
        *_text("time", point.time),
        *_text("minutt", point.minutt),
        *_text("tidssone", point.tidssone),
    )


def _holder(holder: Bevisholder) -> etree._Element:
    adresse = holder.adresse
    return _E(
        "bevisholder",
        *_text("fornavn", holder.fornavn),
        *_text("etternavn", holder.etternavn),
        *_text("foedselsnummer", holder.personidentifikator),
        *(
            ()
            if adresse is None
            else (
                _E(
                    "adresse",
                    *_text("gate", adresse.gate),
                    *_text("postnummer", adresse.postnummer),
                    *_text("sted", adresse.sted),
                    *_text("land", adresse.land),
                ),
            )
        ),
    )


def _pair(name: str, navn: str | None, verdi: str, lang: str) -> etree._Element:
    return _E(name, *_text("navn", navn, lang), *_text("verdi", verdi, lang))
