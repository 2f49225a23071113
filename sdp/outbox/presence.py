"""Presence of workers: each holds a lock that ends with its process, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from sdp.errors import OutboxError, OutboxUnavailableError
from sdp.outbox.database_errors import translated
from sdp.outbox.tables import HEAD, arbeider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from sdp.outbox.database import Database

try:
    _fcntl: Any = import_module("fcntl")
except ModuleNotFoundError:  # Windows has a module of its own
    _fcntl = None

_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_LOCK_CLASS: Final = 0x5D9_0B0E
"""Keeps the advisory locks of workers apart from everybody else's in the database."""
_MOMENT: Final = 0.01


class Presence:
    """One worker of one outbox. Close it when the worker ends.

    On SQLite the lock is on a small file beside the database, and on PostgreSQL it belongs to a
    connection: the dead are known at once. A worker that is stopped keeps its lock, and loses its
    blocks when their lease is over.

    Attributes:
        id: the number of the worker; never used again.
    """

    def __init__(self, database: Database, moment: datetime) -> None:
        self._database = database
        self._file: int | None = None
        self._session: Connection | None = None
        with database.write() as connection:
            made = sa.insert(arbeider).values(startet=moment, sett=moment, skjema=HEAD)
            made = made.returning(arbeider.c.id)
            self.id: int = connection.execute(made).scalar_one()
        self._hold()

    def renew(self) -> None:
        """Take the lock again where the connection that held it was lost."""
        if self._session is None:
            if self._file is None:
                self._hold()
            return
        try:
            self._session.execute(sa.select(1))
        except exc.SQLAlchemyError as error:
            with contextlib.suppress(exc.SQLAlchemyError):
                self._session.invalidate()
                self._session.close()
            self._session = None
            raise translated(error, self._database.name) from None

    def is_alive(self, worker_id: int) -> bool:
        """Tell whether another worker's process is there, running or stopped."""
        return worker_id == self.id or is_alive(self._database, worker_id)

    def close(self) -> None:
        """Let the lock go."""
        if self._file is not None and self._database.path is not None:
            os.close(self._file)
            self._file = None
            _remove(_lock_file(self._database.path, self.id))
        if self._session is not None:
            with contextlib.suppress(exc.SQLAlchemyError):
                # The lock belongs to the session, which the pool would keep open.
                self._session.invalidate()
                self._session.close()
            self._session = None

    def _hold(self) -> None:
        if self._database.path is not None:
            with _told(self._database.path):
                path = _lock_file(self._database.path, self.id)
                self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                while not _locks(self._file):  # somebody asks whether this worker is there
                    time.sleep(_MOMENT)
            return
        try:
            engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._session = engine.connect()
            self._session.execute(sa.select(sa.func.pg_advisory_lock(_LOCK_CLASS, self.id)))
        except exc.SQLAlchemyError as error:
            self._session = None
            raise translated(error, self._database.name) from None


def is_alive(database: Database, worker_id: int) -> bool:
    """Tell whether the process of a worker is there, running or stopped."""
    if database.path is not None:
        with _told(database.path):
            return _is_locked(_lock_file(database.path, worker_id))
    with database.read() as connection:
        got = connection.scalar(
            sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK_CLASS, worker_id))
        )
        return not got


def refuse_older_workers(
    database: Database, connection: Connection, oldest: str, unknown: str
) -> None:
    """Refuse what workers of older versions of the schema would get wrong while one is at work.

    Args:
        database: the outbox.
        connection: a transaction on it.
        oldest: the oldest version whose workers may be there.
        unknown: what those before do not know, in words.

    Raises:
        OutboxError: one is there.
    """
    older = sa.or_(arbeider.c.skjema.is_(None), arbeider.c.skjema < oldest)
    found = connection.scalars(sa.select(arbeider.c.id).where(older)).all()
    if any(is_alive(database, each) for each in found):
        raise OutboxError(
            f"A worker of an older version, which knows no {unknown}, is at work.",
            remedy="Stop it, and start the new version; then do this again.",
        )


def _lock_file(database: Path, worker_id: int) -> Path:
    return database.with_name(f"{database.name}-worker-{worker_id}")


def _is_locked(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        if not _locks(file):
            return True
    finally:
        os.close(file)
    _remove(path)
    return False


def _locks(file: int) -> bool:
    """Take the lock of a file, unless somebody else has it; it ends when the file is closed."""
    try:
        if _fcntl is None:
            windows = import_module("msvcrt")
            windows.locking(file, windows.LK_NBLCK, 1)
        else:
            _fcntl.flock(file, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # one that stays says nothing: its number is not used again
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _told(database: Path) -> Iterator[None]:
    """Tell of a lock that can be neither taken nor looked at: nobody is dead because of that."""
    try:
        yield
    except OSError as error:
        raise OutboxUnavailableError(
            f"A file beside the outbox {database} cannot be opened: {error.strerror}.",
            remedy="Make room for it, and for more open files; then try again.",
        ) from error
