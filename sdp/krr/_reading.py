"""What both wires read alike about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.errors import InvalidInputError
from sdp.krr.person import OppslagFeil, Person, Status, read_reservasjon

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.krr.person import Oppslag


def read_oppslag(number: str, read: Callable[[], Person]) -> Oppslag:
    """Return the person that is read, or what cannot be read about them."""
    try:
        return read()
    except (InvalidInputError, ValueError) as error:
        grunn = f"the register's answer cannot be read: {in_words(error)}"
        return OppslagFeil(personidentifikator=number, grunn=grunn)


def read_status(words: str | None) -> Status:
    """Read `status`.

    Raises:
        ValueError: it is missing or another.
    """
    try:
        return Status(words or "")
    except ValueError:
        raise ValueError(f"status: must be one of {', '.join(Status)}") from None


def read_reservert(words: str | None, status: Status) -> bool:
    """Read `reservasjon`; see `read_reservasjon`.

    Raises:
        ValueError: naming the field.
    """
    try:
        return read_reservasjon(words, status)
    except ValueError as error:
        raise ValueError(f"reservasjon: {error}") from None


def in_words(error: InvalidInputError | ValueError) -> str:
    """Name each field with its rule, and no value."""
    if isinstance(error, InvalidInputError):
        return "; ".join(str(problem) for problem in error.problems)
    return str(error)
