"""Presence of workers: each holds a lock that ends with its process, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy import exc

from sdp.outbox.database import translated
from sdp.outbox.tables import HEAD, arbeider

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from sdp.outbox.database import Database

_LOCK_CLASS: Final = 0x5D9_0B0E
"""Keeps the advisory locks of workers apart from everybody else's in the database."""


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
            raise translated(error) from None

    def is_alive(self, worker_id: int) -> bool:
        """Tell whether another worker's process is there, running or stopped."""
        return worker_id == self.id or is_alive(self._database, worker_id)

    def close(self) -> None:
        """Let the lock go."""
        if self._file is not None and self._database.path is not None:
            _lock_file(self._database.path, self.id).unlink(missing_ok=True)
            os.close(self._file)
            self._file = None
        if self._session is not None:
            with contextlib.suppress(exc.SQLAlchemyError):
                # The lock belongs to the session, which the pool would keep open.
                self._session.invalidate()
                self._session.close()
            self._session = None

    def _hold(self) -> None:
        if self._database.path is not None:
            path = _lock_file(self._database.path, self.id)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            return
        try:
            engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._session = engine.connect()
            self._session.execute(sa.select(sa.func.pg_advisory_lock(_LOCK_CLASS, self.id)))
        except exc.SQLAlchemyError as error:
            self._session = None
            raise translated(error) from None


def is_alive(database: Database, worker_id: int) -> bool:
    """Tell whether the process of a worker is there, running or stopped."""
    if database.path is not None:
        return _is_locked(_lock_file(database.path, worker_id))
    with database.read() as connection:
        got = connection.scalar(
            sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK_CLASS, worker_id))
        )
        return not got


def _lock_file(database: Path, worker_id: int) -> Path:
    return database.with_name(f"{database.name}-worker-{worker_id}")


def _is_locked(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(file)
