"""XML from outside: one hardened parser, and look-ups of elements by number."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from sdp.testmiljo.validators import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_PATHS = 512
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def parse(data: bytes) -> etree._Element | None:
    """Return the root element, or None where the bytes are not plain XML (a DTD is not plain)."""
    try:
        root = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype else root


def exclusive(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """Return the Exclusive Canonical XML 1.0 of an element, where it stands.

    Args:
        element: the element.
        prefixes: those to declare though nothing uses them (InclusiveNamespaces PrefixList).

    Raises:
        lxml.etree.C14NError: it has no canonical form.
    """
    if prefixes:
        # A prefix that only ancestors declare is in scope in a document of the element's own alone.
        element = etree.fromstring(etree.tostring(element, with_tail=False))
    return etree.tostring(
        element,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=prefixes or None,
    )


def local_name(element: etree._Element) -> str:
    """Return the name of the element without its namespace."""
    return etree.QName(element).localname


def find_all(element: etree._Element, path: str) -> list[etree._Element]:
    """Return every descendant on the path, with the prefixes of `names.PREFIXES`."""
    found: list[etree._Element] = _compiled(path)(element)
    return found


@lru_cache(_MOST_PATHS)
def _compiled(path: str) -> etree.XPath:
    # Each look-up declares them anew, so that all of them would cost more than the look-up.
    used = {prefix: uri for prefix, uri in names.PREFIXES.items() if f"{prefix}:" in path}
    return etree.XPath(path, namespaces=used)


def exactly_one(
    element: etree._Element, path: str, refuse: Callable[[str], Exception]
) -> etree._Element:
    """Return the only element on the path; none or several is refused."""
    found = find_all(element, path)
    if len(found) != 1:
        raise refuse(f"expected exactly one {path.rpartition('/')[2]}, found {len(found)}")
    return found[0]


def at_most_one(
    element: etree._Element, path: str, refuse: Callable[[str], Exception]
) -> etree._Element | None:
    """Return the only element on the path, or None; several are refused."""
    found = find_all(element, path)
    if len(found) > 1:
        raise refuse(f"expected at most one {path.rpartition('/')[2]}, found {len(found)}")
    return found[0] if found else None


def text_of(element: etree._Element, path: str, refuse: Callable[[str], Exception]) -> str:
    """Return the text of the only element on the path; an empty one is refused."""
    text = (exactly_one(element, path, refuse).text or "").strip()
    if not text:
        raise refuse(f"{path.rpartition('/')[2]} is empty")
    return text


def instant_of(element: etree._Element, path: str, refuse: Callable[[str], Exception]) -> datetime:
    """Return the time in the only element on the path; it must be RFC 3339, with its zone."""
    text = text_of(element, path, refuse)
    if not _RFC_3339.fullmatch(text):
        raise refuse(f"{path.rpartition('/')[2]} is not an RFC 3339 time with its zone")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse(f"{path.rpartition('/')[2]} is no time that exists") from error


def expect_algorithm(
    element: etree._Element, path: str, refuse: Callable[[str], Exception], *allowed: str
) -> None:
    """Check that the only element on the path names one of the allowed algorithms."""
    if exactly_one(element, path, refuse).get("Algorithm") not in allowed:
        raise refuse(f"{path.rpartition('/')[2]} must be {allowed[0]}")


def optional_text(
    element: etree._Element, path: str, refuse: Callable[[str], Exception]
) -> str | None:
    """Return the text of the element on the path, or None where it is absent or empty."""
    found = at_most_one(element, path, refuse)
    return None if found is None else (found.text or "").strip() or None
