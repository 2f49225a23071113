"""Translation of the database's errors into ours, which name the outbox and tell what passes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc

from sdp.errors import OutboxError, OutboxSchemaError, OutboxUnavailableError
from sdp.outbox import closing

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_ROOM: Final = (
    "has no room left",
    "Make room on the disk; what was stored before is unharmed.",
)
_READ_ONLY: Final = (
    "may not be written to",
    "Make it writable, and its folder, or use the server that is; then try again.",
)
_PASSING: Final = {
    "SQLITE_FULL": _NO_ROOM,
    "53100": _NO_ROOM,
    "SQLITE_READONLY": _READ_ONLY,
    "25006": _READ_ONLY,
    "SQLITE_IOERR": (
        "cannot be read or written",
        "Check its disk, and how large a file may be; then try again.",
    ),
    "SQLITE_CANTOPEN": (
        "cannot be opened",
        "Check that its folder is there, and how many files may be open; then try again.",
    ),
    "SQLITE_BUSY": (
        "is held by another program",
        "Find out which one, and let it finish; then try again.",
    ),
}
"""Errors that may pass, by how their codes begin: what is wrong, and what to do."""

_LASTING: Final = {
    "SQLITE_NOTADB": ("is another kind of file", "Check the path."),
    "SQLITE_CORRUPT": ("is damaged", "Restore it from a backup."),
}


@contextmanager
def translating(name: str) -> Iterator[None]:
    """Turn each error of SQLAlchemy into one of ours; see `translated`."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise translated(error, name) from _without_values(error)


def translated(error: exc.SQLAlchemyError, name: str) -> OutboxError:
    """Return the error of ours for one of the database, without any value that was stored.

    Args:
        error: what SQLAlchemy raised.
        name: the outbox, as `Database.name`.
    """
    cause = getattr(error, "orig", None)
    code: str = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    if closing.REFUSAL in str(cause):
        return closing.moved_error(name)
    if code == "42P01" or "no such table" in str(cause):
        return OutboxSchemaError(
            f"{name} has no tables, or those of another version.",
            remedy="Run: sdp outbox migrate DATABASE",
        )
    for beginning, (words, remedy) in _PASSING.items():
        if code.startswith(beginning):
            return OutboxUnavailableError(f"{name} {words}; nothing was stored.", remedy=remedy)
    for beginning, (words, remedy) in _LASTING.items():
        if code.startswith(beginning):
            return OutboxError(f"{name} {words}.", remedy=remedy)
    if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError) or getattr(
        error, "connection_invalidated", False
    ):
        return OutboxUnavailableError(
            f"{name} does not answer.",
            remedy="Check that it runs and that its address is right; then try again.",
        )
    return OutboxError(f"{name} refused: {type(error).__name__}.")


def _without_values(error: exc.SQLAlchemyError) -> BaseException | None:
    """Return the cause to show: the text of a database error can repeat what was stored."""
    if isinstance(error, exc.DBAPIError):
        error.hide_parameters = True
        error.params = None
        return None
    return error
