"""Hardened parser, the only one for XML that others wrote."""

from __future__ import annotations

import re
import threading
from itertools import chain
from typing import TYPE_CHECKING, Final

from lxml import etree

from sdp.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from sdp.errors import SdpError

_MAX_BYTES: Final = 4 * 1024 * 1024
_MAX_DEPTH: Final = 64
# Canonicalization looks each element up against every namespace in scope, and sorts attributes.
_MAX_NAMESPACES: Final = 64
_MAX_ATTRIBUTES: Final = 64
_MAX_ATTRIBUTE: Final = 16 * 1024
# A package of 1024 files has some 5100 elements in its signature, and a receipt a few hundred.
_MAX_ELEMENTS: Final = 20_000

# No value holds a "<" (XML 1.0, section 3.1), so a tag is read in one pass, up to the next.
_TAG: Final = rb"""<[^!?/<>"'][^<>"']*+"""
_VALUE: Final = rb"""(?:"[^"<]*+"|'[^'<]*+')[^<>"']*+"""
_LONG: Final = rb"""(?:"[^"<]{%d}|'[^'<]{%d})""" % (_MAX_ATTRIBUTE + 1, _MAX_ATTRIBUTE + 1)
_crowded_tag = re.compile(rb"%b(?:%b){%d}" % (_TAG, _VALUE, _MAX_ATTRIBUTES + _MAX_NAMESPACES + 1))
_long_value = re.compile(rb"%b(?:(?!%b)%b)*+%b" % (_TAG, _LONG, _VALUE, _LONG))

_too_deep = etree.XPath(f"boolean({'/*' * (_MAX_DEPTH + 1)})")
_too_many_attributes = etree.XPath(f"boolean(//*/@*[{_MAX_ATTRIBUTES + 1}])")


class _Parsers(threading.local):
    """One parser for each thread, since making one costs as much as reading a small document."""

    def __init__(self) -> None:
        self.own = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            huge_tree=False,
            remove_comments=True,
        )


_parsers: Final = _Parsers()


def hardened_parser() -> etree.XMLParser:
    """Return a parser that reads UTF-8, fetches nothing, expands nothing and drops comments.

    It is for the thread that asks.
    """
    return _parsers.own


def parse(
    data: bytes,
    *,
    refuse: type[SdpError] = UnreadableAnswerError,
    max_bytes: int = _MAX_BYTES,
    max_elements: int = _MAX_ELEMENTS,
) -> etree._Element:
    """Read a document in UTF-8 and return its root.

    Comments are dropped. Refused are document type declarations, and with them every entity,
    processing instructions, documents of more than `max_bytes` or `max_elements`, elements more
    than 64 deep, elements of more than 64 attributes, attributes of more than 16 KiB, and more than
    64 namespace declarations in force at once.

    Args:
        data: the whole document.
        refuse: the error to raise.
        max_bytes: the most the document may be.
        max_elements: the most elements it may have.

    Raises:
        SdpError: of the type `refuse`; the document is not plain, well-formed XML.
    """
    if len(data) > max_bytes:
        raise refuse(f"The XML is larger than {max_bytes} bytes.")
    _check_text(data, refuse, max_elements)
    try:
        root = etree.fromstring(data, hardened_parser())
    except (etree.XMLSyntaxError, ValueError):
        # Without its cause, which repeats names out of the document.
        raise refuse("The content is not well-formed XML in UTF-8.") from None
    _check_tree(root, data, refuse)
    return root


def _check_text(data: bytes, refuse: type[SdpError], max_elements: int) -> None:
    """Refuse what would cost much to parse. Looking is cheap where there is little to look for."""
    if b"<!DOCTYPE" in data:
        raise refuse("The XML has a document type declaration, which the profile does not allow.")
    # Known before a tree of them fills memory; the one more is the XML declaration.
    if len(data) > max_elements and data.count(b"<") - data.count(b"</") > max_elements + 1:
        raise refuse(f"The XML has more than {max_elements} elements.")
    is_plain = data.count(b"=") <= _MAX_ATTRIBUTES + _MAX_NAMESPACES
    if not is_plain and _crowded_tag.search(data):
        raise refuse(f"An element of the XML has more than {_MAX_ATTRIBUTES} attributes.")
    if len(data) > _MAX_ATTRIBUTE and _long_value.search(data):
        raise refuse(f"An attribute of the XML is longer than {_MAX_ATTRIBUTE} bytes.")


def _check_tree(root: etree._Element, data: bytes, refuse: type[SdpError]) -> None:
    """Refuse what would cost much to canonicalize, and what is neither element nor text."""
    if _may_be_unusual(data) and _is_unusual(root):
        raise refuse("The XML has a processing instruction or an entity; neither is allowed.")
    # Each element around another has an end tag; each attribute or namespace, an equals sign.
    if data.count(b"</") >= _MAX_DEPTH and _too_deep(root):
        raise refuse(f"The XML is more than {_MAX_DEPTH} elements deep.")
    equals = data.count(b"=")
    if equals > _MAX_ATTRIBUTES and _too_many_attributes(root):
        raise refuse(f"An element of the XML has more than {_MAX_ATTRIBUTES} attributes.")
    if equals > _MAX_NAMESPACES and _too_many_namespaces(root):
        raise refuse(f"The XML has more than {_MAX_NAMESPACES} namespaces at once.")


def _may_be_unusual(data: bytes) -> bool:
    """Tell whether there may be an entity, or a processing instruction after the declaration."""
    start = data.find(b"?>") + 2 if data.startswith(b"<?xml ") else 0
    return b"&" in data or data.find(b"?", start) >= 0


def _is_unusual(root: etree._Element) -> bool:
    unusual = chain(
        root.itersiblings(preceding=True),
        root.itersiblings(),
        root.iter(etree.ProcessingInstruction, etree.Entity),
    )
    return next(unusual, None) is not None


def _too_many_namespaces(root: etree._Element) -> bool:
    in_scope = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        in_scope += 1 if event == "start-ns" else -1
        if in_scope > _MAX_NAMESPACES:
            return True
    return False
