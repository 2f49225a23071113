"""Canonical XML, written directly as text.

What this library signs it writes in canonical form, every namespace declared where it is first
used, so that a digest is simply that of the bytes that go out. Such a text is its own Canonical
XML 1.0 and its own Exclusive Canonical XML alike. No parser is needed for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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
