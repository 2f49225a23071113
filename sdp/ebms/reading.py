"""Elements that must be there exactly once in an answer, by namespace and never by prefix."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sdp.errors import UnreadableAnswerError
from sdp.xmlsec.names import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree

_PREFIX: Final = re.compile(r"(\w+):")


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[str, ...]:
    """Split a path into the tags of its steps, with namespaces in place of prefixes."""
    return tuple(
        _PREFIX.sub(lambda found: f"{{{PREFIXES[found[1]]}}}", step) for step in path.split("/")
    )


def every(parent: etree._Element, path: str) -> Sequence[etree._Element]:
    """Return every element on the path, which leads from children to their children alone."""
    # Faster than the paths of lxml, most of all where one element leads to the next.
    found = [parent]
    for tag in _steps(path):
        if len(found) == 1:
            found = [*found[0].iterchildren(tag)]
        else:
            found = [child for each in found for child in each.iterchildren(tag)]
    return found


def at_most_one(parent: etree._Element, path: str) -> etree._Element | None:
    """Return the element on the path, or None.

    Raises:
        UnreadableAnswerError: there are several.
    """
    found = every(parent, path)
    if len(found) > 1:
        raise UnreadableAnswerError(f"The answer has more than one {_last(path)}.")
    return found[0] if found else None


def only(parent: etree._Element, path: str) -> etree._Element:
    """Return the one element on the path.

    Raises:
        UnreadableAnswerError: there are none or several.
    """
    found = every(parent, path)
    if len(found) != 1:
        many = "more than one" if found else "no"
        raise UnreadableAnswerError(f"The answer has {many} {_last(path)}.")
    return found[0]


def word(parent: etree._Element, path: str) -> str:
    """Return the text of the one element on the path, without the whitespace around it.

    Raises:
        UnreadableAnswerError: there are none or several, or it is empty.
    """
    found = (only(parent, path).text or "").strip()
    if not found:
        raise UnreadableAnswerError(f"{_last(path)} is empty in the answer.")
    return found


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _last(path: str) -> str:
    return path.rpartition("/")[2].rpartition(":")[2]
