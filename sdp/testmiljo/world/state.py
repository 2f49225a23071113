"""Records that the stores write to: nowhere, in memory, or in a state file (SQLite and JSON)."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, Self, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm

from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """Form in which one kind of thing is written as JSON.

    Attributes:
        write: makes it of what `json` takes.
        read: makes the thing of that again; raises KeyError, TypeError or ValueError.
    """

    write: Callable[[T], Any]
    read: Callable[[Any], T]


class Records(Protocol[T]):
    """Values of one kind, by key. A change is kept once `lock` is let go.

    A store holds the lock while it changes anything, and changes its memory and the records alike.
    """

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Can be taken again by the thread that has it. What happens meanwhile happens as one."""

    def all(self) -> Iterable[tuple[str, T]]:
        """Give what was kept before, in the order in which the keys were first written."""

    def put(self, key: str, value: T) -> None:
        """Keep a value, in the place of the one with this key where there is one."""

    def drop(self, key: str) -> None:
        """Keep the value of this key no longer."""


class Nowhere(Generic[T]):
    """Records that keep nothing: all there is, is in memory."""

    def __init__(self) -> None:
        self.lock: AbstractContextManager[object] = threading.RLock()

    def all(self) -> Iterable[tuple[str, T]]:
        """Give nothing."""
        return ()

    def put(self, key: str, value: T) -> None:
        """Keep nothing."""

    def drop(self, key: str) -> None:
        """Do nothing."""


class Keeper(Protocol):
    """Has the records of every kind."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Makes what happens in several stores happen as one, where anything is kept at all."""

    def records(self, kind: str, form: Form[T]) -> Records[T]:
        """Return the records of a kind."""

    def close(self) -> None:
        """Keep nothing more."""


class Memory:
    """Keeps nothing."""

    lock: AbstractContextManager[object] = nullcontext()

    def records(self, kind: str, form: Form[T]) -> Records[T]:  # noqa: ARG002
        """Return records that keep nothing."""
        return Nowhere()

    def close(self) -> None:
        """Do nothing."""


VERSION: Final = 1
_APPLICATION: Final = 0x73647031  # "sdp1"
_MAGIC: Final = b"SQLite format 3\0"
_HEADER_SIZE: Final = 100
_APPLICATION_AT: Final = slice(68, 72)
_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE kept (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, key)
);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""
_PUT: Final = """
INSERT INTO kept (kind, key, value) VALUES (?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value
"""
_DROP: Final = "DELETE FROM kept WHERE kind = ? AND key = ?"
_ALL: Final = "SELECT key, value FROM kept WHERE kind = ? ORDER BY number"
_UNREADABLE: Final = (AttributeError, LookupError, TypeError, ValueError, UnsupportedAlgorithm)
_ANEW: Final = "Name another file, or delete this one to start anew."


class State:
    """One open state file. Safe to share between threads, and never open twice at once.

    It can be read by its owner alone, since it holds the keys of the test CA. What is read of it
    is data and no more: a file of another hand can put letters in the environment, not run code.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self.lock: _Transaction = _Transaction(connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a state file, and make it where there is none.

        Raises:
            ConfigurationError: it cannot be opened, is in use, is no state file, is damaged, or is
                of another version. The message names it.
        """
        with _told_of(path):
            _create(path)
            _check_header(path)
            connection = sqlite3.connect(path, timeout=0, check_same_thread=False)
            try:
                _prepare(path, connection)
                path.chmod(0o600)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    def records(self, kind: str, form: Form[T]) -> StoredRecords[T]:
        """Return the records of a kind, each written in a form."""
        return StoredRecords(self._path, self._connection, self.lock, kind, form)

    def close(self) -> None:
        """Close the file."""
        self.lock.close()


class StoredRecords(Generic[T]):
    """The records of one kind in a state file; see `Records`."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        lock: _Transaction,
        kind: str,
        form: Form[T],
    ) -> None:
        self._path = path
        self._connection = connection
        self.lock = lock
        self._kind = kind
        self._form = form

    def all(self) -> Iterator[tuple[str, T]]:
        """Give what is kept, in the order in which the keys were first written.

        Raises:
            ConfigurationError: the file is damaged.
        """
        with self.lock, _told_of(self._path):
            for key, value in self._connection.execute(_ALL, (self._kind,)):
                try:
                    yield key, self._form.read(json.loads(value))
                except _UNREADABLE as error:
                    raise _damaged(self._path, f"one of its {self._kind}") from error

    def put(self, key: str, value: T) -> None:
        """Keep a value, in the place of the one with this key where there is one.

        Raises:
            sqlite3.Error: the file cannot be written to.
        """
        written = json.dumps(self._form.write(value), ensure_ascii=False)
        with self.lock:
            self._connection.execute(_PUT, (self._kind, key, written))

    def drop(self, key: str) -> None:
        """Keep the value of this key no longer.

        Raises:
            sqlite3.Error: the file cannot be written to.
        """
        with self.lock:
            self._connection.execute(_DROP, (self._kind, key))


class _Transaction:
    """A lock, and what is written while it is held is committed as one when it is let go."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._depth -= 1
            if self._depth == 0 and self._connection.in_transaction:
                self._end(holds=kind is None)
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _end(self, *, holds: bool) -> None:
        if holds:
            try:
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise
        else:
            self._connection.rollback()


def _create(path: Path) -> None:
    """Make an empty file that its owner alone can read, before SQLite makes one of another mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _check_header(path: Path) -> None:
    """Refuse a foreign file unopened: what is too short for a database, SQLite would write over."""
    if not path.is_file() and not path.is_dir():  # a pipe or a device may never end
        raise _foreign(path)
    with path.open("rb") as file:
        header = file.read(_HEADER_SIZE)
    is_ours = (
        len(header) == _HEADER_SIZE
        and header.startswith(_MAGIC)
        and int.from_bytes(header[_APPLICATION_AT], "big") == _APPLICATION
    )
    if header and not is_ours:
        raise _foreign(path)


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    # Exclusive, so that no second environment gives out the same receipts.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    connection.commit()
    if _number(connection, "application_id") == 0:
        connection.executescript(_SCHEMA)
        return
    version = _number(connection, "user_version")
    if version != VERSION:
        raise ConfigurationError(
            f"{path} is a state file of version {version}, and this sdp reads version {VERSION}.",
            remedy="Use the sdp that wrote it, name another file, or delete it to start anew.",
        )
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _damaged(path, "its pages")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    return int(found)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except sqlite3.DatabaseError as error:
        # What the module itself cannot decode has no code.
        match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF:
            case sqlite3.SQLITE_NOTADB:
                raise _foreign(path) from error
            case sqlite3.SQLITE_BUSY:
                raise ConfigurationError(
                    f"{path} is in use by another process.",
                    remedy="Stop that test environment, or name another file.",
                ) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_ERROR:
                raise _damaged(path, "its pages") from error
            case _:
                raise _unusable(path, str(error)) from error


def _foreign(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is no state file of the test environment.",
        remedy="Name another file; one that is not there yet is made.",
    )


def _damaged(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"The state file {path} is damaged: {what} cannot be read.", remedy=_ANEW
    )


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The state file {path} cannot be used: {why}.",
        remedy="Name a file in a folder that can be written to.",
    )
