"""XML canonicalization: canonical text written directly, or derived from a tree.

What this library signs it writes in canonical form, every namespace declared where it is first
used, so that a digest is simply that of the bytes that go out. Such a text is its own Canonical
XML 1.0 and its own Exclusive Canonical XML alike.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from lxml import etree

from sdp.errors import SignatureError
from sdp.xmlsec.parser import hardened_parser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)

# Looking is several times faster than translating, and there is seldom anything to translate.
_special_in_text = re.compile("[&<>\r]").search
_special_in_attribute = re.compile('[&<"\t\n\r]').search


def text(value: str) -> str:
    """Write character data."""
    return value.translate(_TEXT) if _special_in_text(value) else value


def attribute(value: str) -> str:
    """Write the value of an attribute, without the quotes."""
    return value.translate(_ATTRIBUTE) if _special_in_attribute(value) else value


def element(name: str, *content: str, attributes: Mapping[str, str] | None = None) -> str:
    """Write an element around content that is canonical already.

    Args:
        name: with its prefix.
        content: written by `text` or `element`.
        attributes: namespace declarations and attributes, in canonical order.
    """
    inside = content[0] if len(content) == 1 else "".join(content)
    if not attributes:
        return f"<{name}>{inside}</{name}>"
    written = "".join([f' {key}="{attribute(value)}"' for key, value in attributes.items()])
    return f"<{name}{written}>{inside}</{name}>"


def leaf(name: str, value: str, attributes: Mapping[str, str] | None = None) -> str:
    """Write an element that holds text alone."""
    if not attributes:
        return f"<{name}>{text(value)}</{name}>"
    return element(name, text(value), attributes=attributes)


def exclusive(node: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """Derive Exclusive Canonical XML 1.0 from a node.

    Args:
        node: the element, where it stands.
        prefixes: its InclusiveNamespaces PrefixList: those to declare though nothing uses them.

    Raises:
        SignatureError: it has no canonical form.
    """
    if prefixes:
        # Where ancestors alone declare a prefix, lxml sees it in a document of its own only.
        node = etree.fromstring(
            etree.tostring(node, encoding="utf-8", with_tail=False), hardened_parser()
        )
    try:
        return etree.tostring(
            node,
            method="c14n",
            exclusive=True,
            with_comments=False,
            inclusive_ns_prefixes=prefixes or None,
        )
    except etree.C14NError:
        raise _no_canonical_form() from None


def inclusive(document: etree._Element) -> bytes:
    """Derive Canonical XML 1.0 from a whole document.

    Not for a node inside one: namespaces that only its ancestors declare would be lost.

    Raises:
        SignatureError: it has no canonical form.
    """
    try:
        return etree.tostring(document, method="c14n", with_comments=False)
    except etree.C14NError:
        raise _no_canonical_form() from None


def cut_out(node: etree._Element) -> etree._Element:
    """Copy a node as a document of its own, with the namespaces it declares or uses and no others.

    A StandardBusinessDocument is signed standing alone, so that is how it must be verified, without
    what the SOAP envelope around it declares.
    """
    alone = copy.deepcopy(node)
    alone.tail = None
    return alone


def _no_canonical_form() -> SignatureError:
    # Canonical XML 1.0, section 1.3. The parser's own words repeat the address.
    return SignatureError(
        "The XML has a relative address for a namespace, so it has no canonical form."
    )
