"""Base of the metadata documents, which enrich a document in the mailbox."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from sdp.domain._verdi import Spraakkode, Verdi
from sdp.domain.filnavn import Filnavn

if TYPE_CHECKING:
    from lxml import etree


class Metadatadokument(Verdi):
    """An XML file that enriches one document in the mailbox."""

    mime_type: ClassVar[str]
    """The kind of metadata, as the manifest says it."""
    suffix: ClassVar[str]
    """The end of the file name where none is given."""
    is_in_national_table: ClassVar[bool] = True
    """Whether the national table of extensions has it, so that every mailbox shows it."""

    spraakkode: Spraakkode = "NO"
    """The language of its texts."""
    filnavn: Filnavn | None = None
    """The name of the file; None derives it from the document's."""

    @abstractmethod
    def to_xml(self) -> bytes:
        """Return the XML document, UTF-8."""


def serialised(element: etree._Element) -> bytes:
    """Return the element as a UTF-8 document of its own."""
    from lxml import etree  # whoever has an element has imported it; the base is read without

    return etree.tostring(element, xml_declaration=True, encoding="UTF-8")
