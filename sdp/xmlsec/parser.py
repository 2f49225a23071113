"""The one parser for XML that others wrote."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from lxml import etree

from sdp.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from sdp.errors import SdpError

_MAX_BYTES: Final = 4 * 1024 * 1024
_MAX_DEPTH: Final = 64

_too_deep = etree.XPath(f"boolean({'/*' * (_MAX_DEPTH + 1)})")


def hardened_parser() -> etree.XMLParser:
    """Make a parser that reads UTF-8, fetches nothing, expands nothing and drops comments."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
    )


def parse(
    data: bytes, *, refuse: type[SdpError] = UnreadableAnswerError, max_bytes: int = _MAX_BYTES
) -> etree._Element:
    """Read a document in UTF-8 and return its root.

    Comments are dropped. Refused are document type declarations, and with them every entity,
    processing instructions, documents of more than `max_bytes`, and elements more than 64 deep.

    Args:
        data: the whole document.
        refuse: the error to raise.
        max_bytes: the most the document may be.

    Raises:
        SdpError: of the type `refuse`; the document is not plain, well-formed XML.
    """
    if len(data) > max_bytes:
        raise refuse(f"The XML is larger than {max_bytes} bytes.")
    if b"<!DOCTYPE" in data:
        raise refuse("The XML has a document type declaration, which the profile does not allow.")
    try:
        root = etree.fromstring(data, hardened_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refuse("The content is not well-formed XML in UTF-8.") from error
    unusual = chain(
        root.itersiblings(preceding=True),
        root.itersiblings(),
        root.iter(etree.ProcessingInstruction, etree.Entity),
    )
    if next(unusual, None) is not None:
        raise refuse("The XML has a processing instruction or an entity; neither is allowed.")
    if _too_deep(root):
        raise refuse(f"The XML is more than {_MAX_DEPTH} elements deep.")
    return root
