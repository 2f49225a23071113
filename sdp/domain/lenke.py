"""A link that a mailbox shows beside a document. Source: utvidelser/lenke.xsd."""

from __future__ import annotations

from typing import Annotated, ClassVar

from lxml.builder import ElementMaker

from sdp.domain._metadata import Metadatadokument, serialised
from sdp.domain._tekst import tekst
from sdp.domain._tid import Tidspunkt
from sdp.domain._verdi import Privat
from sdp.domain.url import HttpLenke

_E = ElementMaker(
    namespace="http://begrep.difi.no/sdp/utvidelser/lenke",
    nsmap={None: "http://begrep.difi.no/sdp/utvidelser/lenke"},
)


class Lenke(Metadatadokument):
    """A link with a button.

    Attributes:
        url: an http or https address.
        beskrivelse: what the link is for; 1..70 characters.
        knapp_tekst: the words on the button; 1..30 characters.
        frist: when the link stops being of use; an aware datetime.
    """

    mime_type: ClassVar[str] = "application/vnd.difi.dpi.lenke+xml"
    suffix: ClassVar[str] = ".lenke.xml"

    url: Privat[HttpLenke]
    beskrivelse: Privat[Annotated[str, tekst(1, 70)] | None] = None
    knapp_tekst: Privat[Annotated[str, tekst(1, 30)] | None] = None
    frist: Tidspunkt | None = None

    def to_xml(self) -> bytes:
        """Return the link as its XML document."""
        lang = {"lang": self.spraakkode}
        lenke = _E("lenke", _E("url", self.url))
        if self.beskrivelse is not None:
            lenke.append(_E("beskrivelse", self.beskrivelse, lang))
        if self.knapp_tekst is not None:
            lenke.append(_E("knappTekst", self.knapp_tekst, lang))
        if self.frist is not None:
            lenke.append(_E("frist", self.frist.isoformat()))
        return serialised(lenke)
