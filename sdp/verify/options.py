"""What a run is told, read and checked before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.domain import check_organisasjonsnummer, check_personidentifikator

if TYPE_CHECKING:
    from pathlib import Path


def people_in(path: Path) -> tuple[str, ...]:
    """Read the numbers of test persons in a file, with blanks or line breaks between them.

    Raises:
        ValueError: it holds none, or something else. The message names no number.
        OSError: it cannot be read.
    """
    try:
        numbers = path.read_text(encoding="utf-8").split()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text in UTF-8.") from None
    if not numbers:
        raise ValueError(f"{path} holds no number.")
    for place, number in enumerate(numbers, start=1):
        person(number, f"number {place} in {path}")
    return tuple(numbers)


def person(number: str, name: str = "the number") -> str:
    """Return the number of a person unchanged.

    Raises:
        ValueError: it is none. The message has `name` in its place.
    """
    try:
        return check_personidentifikator(number)
    except ValueError as error:
        raise ValueError(f"{name} {error}.") from None


def organisation(number: str) -> str:
    """Return the number of an organisation unchanged.

    Raises:
        ValueError: it is none.
    """
    try:
        return check_organisasjonsnummer(number)
    except ValueError as error:
        raise ValueError(f"{number} {error}.") from None
