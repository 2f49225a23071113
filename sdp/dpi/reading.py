"""Values that must be there in a JSON document that somebody else made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdp.errors import UnreadableAnswerError
from sdp.gate import canonical_uuid, read_instant
from sdp.jose import read_json

if TYPE_CHECKING:
    from datetime import datetime


def read_document(content: bytes) -> dict[str, Any]:
    """Parse a JSON object in which no name stands twice, so that all who read it read the same.

    Raises:
        UnreadableAnswerError: it is something else.
    """
    try:
        document = read_json(content, signed=True)
    except ValueError:
        raise UnreadableAnswerError("The message is not JSON that can be read.") from None
    if not isinstance(document, dict):
        raise UnreadableAnswerError("The message is not a JSON object.")
    return document


def only_item(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the one object in a list.

    Raises:
        UnreadableAnswerError: there is no such list, or it holds something else.
    """
    match parent.get(name):
        case [dict() as item]:
            return item
        case _:
            raise UnreadableAnswerError(f"{name} must be a list of one object in the message.")


def inner(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object.

    Raises:
        UnreadableAnswerError: there is none by that name.
    """
    found = parent.get(name)
    if not isinstance(found, dict):
        raise UnreadableAnswerError(f"{name} must be an object in the message.")
    return found


def word(parent: dict[str, Any], name: str) -> str:
    """Return a text that says something.

    Raises:
        UnreadableAnswerError: there is none by that name, or it is empty.
    """
    found = parent.get(name)
    if not isinstance(found, str) or not found.strip():
        raise UnreadableAnswerError(f"{name} must be a text in the message.")
    return found


def text(parent: dict[str, Any], name: str) -> str | None:
    """Return a text, or None where there is none.

    Raises:
        UnreadableAnswerError: there is something else.
    """
    found = parent.get(name)
    if found is not None and not isinstance(found, str):
        raise UnreadableAnswerError(f"{name} must be a text in the message.")
    return found


def instant(written: str) -> datetime:
    """Read a point in time (RFC 3339), with its time zone.

    Raises:
        UnreadableAnswerError: it is something else, or outside the years 1970 to 2999.
    """
    try:
        return read_instant(written)
    except ValueError as rule:
        raise UnreadableAnswerError(f"A time in the message {rule}.") from None


def uuid(parent: dict[str, Any], name: str) -> str:
    """Return a UUID in its canonical form.

    Raises:
        UnreadableAnswerError: there is something else by that name, or nothing.
    """
    try:
        return canonical_uuid(word(parent, name))
    except ValueError as rule:
        raise UnreadableAnswerError(f"{name} of the message {rule}.") from None
