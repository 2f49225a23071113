"""The one XML parser: what comes from others is parsed here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from sdp.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.errors import SdpError

_MAX_BYTES = 8 * 1024 * 1024
_MAX_DEPTH = 100


def parse(
    data: bytes,
    *,
    max_bytes: int = _MAX_BYTES,
    error: Callable[[str], SdpError] = UnreadableAnswerError,
) -> etree._Element:
    """Parse a document and return its root.

    There is no DTD, no entity, no network and no memory without bounds: elements are nested at most
    100 deep. Comments and processing instructions are dropped, so a signed processing instruction
    makes its signature fail.

    Args:
        data: the document.
        max_bytes: the longest document that is read.
        error: makes the error to raise, from a message.

    Raises:
        SdpError: whatever `error` makes, where the document is refused.
    """
    if len(data) > max_bytes:
        raise error(f"The XML document is longer than {max_bytes} bytes.")
    try:
        root = etree.fromstring(data, hardened_parser())
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise error("The document is not well-formed XML.") from problem
    if root.getroottree().docinfo.internalDTD is not None:
        raise error("The XML document has a document type declaration, which is not allowed.")
    if _depth(root) > _MAX_DEPTH:
        raise error(f"The XML document is nested deeper than {_MAX_DEPTH} elements.")
    return root


def hardened_parser() -> etree.XMLParser:
    """Make the parser behind `parse`, for libraries that parse on their own."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _depth(root: etree._Element) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest
