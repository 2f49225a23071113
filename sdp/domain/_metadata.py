"""What the metadata documents have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from lxml import etree

from sdp.domain._tekst import Spraakkode
from sdp.domain._verdi import Verdi
from sdp.domain.filnavn import Filnavn


class Metadatadokument(Verdi):
    """An XML file that enriches one document in the mailbox.

    Attributes:
        mime_type: the kind of metadata, as the manifest says it.
        suffix: what the file name ends in where none is given.
        spraakkode: the language of its texts.
        filnavn: the name of the file; None derives it from the document's.
    """

    mime_type: ClassVar[str]
    suffix: ClassVar[str]

    spraakkode: Spraakkode = "NO"
    filnavn: Filnavn | None = None

    @abstractmethod
    def to_xml(self) -> bytes:
        """Return the XML document, UTF-8."""


def serialised(element: etree._Element) -> bytes:
    """Return the element as a UTF-8 document of its own."""
    return etree.tostring(element, xml_declaration=True, encoding="UTF-8")
