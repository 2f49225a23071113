"""XML canonicalization: the canonical form of a tree that others wrote."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from lxml import etree

from sdp.errors import SignatureError
from sdp.xmlsec.parser import hardened_parser

if TYPE_CHECKING:
    from collections.abc import Sequence


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
