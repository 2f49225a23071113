"""An event that a mailbox shows beside a document. Source: utvidelser/arrangement.xsd."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from lxml.builder import ElementMaker
from pydantic import model_validator

from sdp.domain._verdi import (
    Fritekst,
    HttpLenke,
    Privat,
    ProblemsError,
    Rekke,
    Tidspunkt,
    Verdi,
    antall,
    form,
    tekst,
)
from sdp.domain.metadata import Metadatadokument, serialised
from sdp.errors import Problem

if TYPE_CHECKING:
    from lxml import etree

_E = ElementMaker(
    namespace="http://begrep.difi.no/sdp/utvidelser/arrangement",
    nsmap={None: "http://begrep.difi.no/sdp/utvidelser/arrangement"},
)

Tittel = Annotated[str, tekst(1, 100)]
Beskrivelse = Annotated[str, tekst(1, 400)]
Strekkodeverdi = Annotated[str, tekst(1, 20)]
Postnummer = Annotated[str, form("[0-9]{1,9}", "must be digits, at most 9")]


class Strekkodetype(StrEnum):
    """The symbology of a bar code."""

    CODE_128 = "code-128"
    CODE_39 = "code-39"


class Tidsrom(Verdi):
    """A span of time: from, to, or both."""

    fra: Tidspunkt | None = None
    """The beginning; an aware datetime."""
    til: Tidspunkt | None = None
    """The end; an aware datetime."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fra is not None and self.til is not None and self.til < self.fra:
            raise ProblemsError(Problem("til", "must not be before fra"))
        return self


class Moeteplass(Verdi):
    """A meeting place."""

    tittel: Privat[Tittel]
    """A title for the place; 1..100 characters."""
    navn: Privat[Fritekst]
    """The name of the place."""
    gateadresse: Privat[Fritekst | None] = None
    """Its street address."""
    postnummer: Privat[Postnummer | None] = None
    """Its postal code: digits, kept as they are given."""
    sted: Privat[Fritekst | None] = None
    """Its town."""
    land: Privat[Fritekst | None] = None
    """Its country."""


class Strekkode(Verdi):
    """A bar code to bring along."""

    verdi: Privat[Strekkodeverdi]
    """The value it encodes; 1..20 characters."""
    type: Strekkodetype
    """The symbology."""
    tittel: Privat[Tittel | None] = None
    """A title; 1..100 characters."""
    tekst: Privat[Beskrivelse | None] = None
    """A text beside it; 1..400 characters."""
    vis_verdi: bool = True
    """True prints the value under the bars."""


class Arrangementsinfo(Verdi):
    """A titled piece of information; 1..100 and 1..400 characters."""

    tittel: Privat[Tittel]
    """Its title; 1..100 characters."""
    tekst: Privat[Beskrivelse]
    """Its text; 1..400 characters."""


class Arrangementslenke(Verdi):
    """A named link; the name is 1..100 characters."""

    navn: Privat[Tittel]
    """The words of the link."""
    url: Privat[HttpLenke]
    """An http or https address."""


class Arrangement(Metadatadokument):
    """An event: what, when and where."""

    mime_type: ClassVar[str] = "application/vnd.difi.dpi.arrangement+xml"
    suffix: ClassVar[str] = ".arrangement.xml"
    is_in_national_table: ClassVar[bool] = False

    tittel: Privat[Tittel]
    """Its title; 1..100 characters."""
    moeteplass: Moeteplass
    """The place to meet."""
    tidsrom: Annotated[Rekke[Tidsrom], antall(0, 10)] = ()
    """The times of it; at most 10."""
    tidsrom_tittel: Privat[Tittel | None] = None
    """A title for the times; 1..100 characters."""
    oppmoete_informasjon: Privat[Beskrivelse | None] = None
    """Things to know before coming; 1..400 characters."""
    strekkode: Strekkode | None = None
    """A bar code to bring."""
    info: Annotated[Rekke[Arrangementsinfo], antall(0, 10)] = ()
    """Pieces of information; at most 10."""
    lenker: Annotated[Rekke[Arrangementslenke], antall(0, 2)] = ()
    """Links; at most 2."""

    def to_xml(self) -> bytes:
        """Return the event as its XML document."""
        lang = self.spraakkode
        arrangement = _E(
            "arrangement",
            *_text("tittel", self.tittel, lang),
            *_text("tidsrom-tittel", self.tidsrom_tittel, lang),
            *(_tidsrom(tidsrom) for tidsrom in self.tidsrom),
            *_text("oppmøte-informasjon", self.oppmoete_informasjon, lang),
            _moeteplass(self.moeteplass, lang),
            *(() if self.strekkode is None else (_strekkode(self.strekkode, lang),)),
            *(_info(info, lang) for info in self.info),
            *(() if not self.lenker else (_lenker(self.lenker, lang),)),
        )
        return serialised(arrangement)


def _text(name: str, text: str | None, lang: str | None = None) -> tuple[etree._Element, ...]:
    if text is None:
        return ()
    return (_E(name, text, {} if lang is None else {"lang": lang}),)


def _tidsrom(tidsrom: Tidsrom) -> etree._Element:
    ends = (("fra", tidsrom.fra), ("til", tidsrom.til))
    return _E("tidsrom", *(_E(name, end.isoformat()) for name, end in ends if end is not None))


def _moeteplass(moeteplass: Moeteplass, lang: str) -> etree._Element:
    return _E(
        "møteplass",
        *_text("tittel", moeteplass.tittel, lang),
        *_text("navn", moeteplass.navn),
        *_text("gateadresse", moeteplass.gateadresse),
        *_text("postnummer", moeteplass.postnummer),
        *_text("sted", moeteplass.sted),
        *_text("land", moeteplass.land),
    )


def _strekkode(strekkode: Strekkode, lang: str) -> etree._Element:
    return _E(
        "strekkode",
        *_text("tittel", strekkode.tittel, lang),
        *_text("verdi", strekkode.verdi),
        *_text("type", strekkode.type),
        *_text("tekst", strekkode.tekst, lang),
        *_text("vis-verdi", None if strekkode.vis_verdi else "false"),
    )


def _info(info: Arrangementsinfo, lang: str) -> etree._Element:
    return _E("info", *_text("tittel", info.tittel, lang), *_text("tekst", info.tekst, lang))


def _lenker(lenker: tuple[Arrangementslenke, ...], lang: str) -> etree._Element:
    return _E(
        "lenker",
        *(
            _E("lenke", *_text("navn", lenke.navn, lang), *_text("url", lenke.url))
            for lenke in lenker
        ),
    )
