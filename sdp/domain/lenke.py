"""A link that a mailbox shows beside a document. Source: utvidelser/lenke.xsd."""

from __future__ import annotations

from typing import Annotated, ClassVar

from lxml.builder import ElementMaker

from sdp.domain._verdi import HttpLenke, Privat, Tidspunkt, tekst
from sdp.domain.metadata import Metadatadokument, serialised

_E = ElementMaker(
    namespace="http://begrep.difi.no/sdp/utvidelser/lenke",
    nsmap={None: "http://begrep.difi.no/sdp/utvidelser/lenke"},
)


class Lenke(Metadatadokument):
    """A link with a button."""

    mime_type: ClassVar[str] = "application/vnd.difi.dpi.lenke+xml"
    suffix: ClassVar[str] = ".lenke.xml"

    url: Privat[HttpLenke]
    """An http or https address."""
    beskrivelse: Privat[Annotated[str, tekst(1, 70)] | None] = None
    """The purpose of the link; 1..70 characters."""
    knapp_tekst: Privat[Annotated[str, tekst(1, 30)] | None] = None
    """The words on the button; 1..30 characters."""
    frist: Tidspunkt | None = None
    """The moment when the link stops being of use; an aware datetime."""

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
