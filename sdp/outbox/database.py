"""The database of an outbox: opening it, and its transactions."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import make_url

from sdp.errors import (
    ConfigurationError,
    OutboxSchemaError,
    OutboxUnavailableError,
)
from sdp.outbox import closing
from sdp.outbox.database_errors import translating
from sdp.outbox.tables import HEAD, lager
from sdp.outbox.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import URL, Connection, Engine

_T = TypeVar("_T")

_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_BUSY_SECONDS: Final = 30.0
_IDLE_SECONDS: Final = 10
_BEGIN: Final = "sdp_begin"
_ONE_MOMENT: Final = {"isolation_level": "REPEATABLE READ"}
_TIMES_ASKED: Final = 30
_PAUSE_SECONDS: Final = 0.5

SILENT: Final = {"hide_parameters": True, "logging_name": "sdp.outbox"}
"""Options of an engine whose log shows statements and no value: letters are among the values."""


class Database:
    """One database, and the two kinds of transactions on it. Safe to share between threads.

    Attributes:
        engine: its connections.
        path: the file; None on PostgreSQL.
        vault: encrypts and decrypts what is private in it.
    """

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path
        self.vault = Vault()
        self._file = None if path is None else _identity(path)
        # SQLite lets one write at a time and the others poll; threads of ours wait in line instead.
        self._one_at_a_time = nullcontext() if path is None else threading.Lock()

    @classmethod
    def open(cls, address: str | os.PathLike[str]) -> Database:
        """Open a SQLite file, which is made where it is not there, or a PostgreSQL database.

        Args:
            address: a path, `sqlite:///path`, or `postgresql://…`.

        Raises:
            ConfigurationError: it is neither, or the file cannot be made.
        """
        place = _place(address)
        return cls._sqlite(place) if isinstance(place, Path) else cls(_postgresql(place), None)

    @classmethod
    def look(cls, address: str | os.PathLike[str]) -> Database:
        """Open a database to read it alone: nothing is made, migrated or changed.

        It is connected to anew for every transaction, so that a file may come or go in between.

        Raises:
            ConfigurationError: the address is neither a path nor PostgreSQL.
        """
        place = _place(address)
        if isinstance(place, Path):
            engine = sa.create_engine(
                "sqlite://", creator=lambda: _read_only(place), poolclass=sa.NullPool, **SILENT
            )
            event.listen(engine, "begin", _sqlite_begin)
            return cls(engine, place)
        return cls(_postgresql(place, read_only=True), None)

    @classmethod
    def _sqlite(cls, path: Path) -> Database:
        path = _made_private(path)
        # A file that is gone is not made anew: letters in an empty one would be lost.
        there = sa.URL.create("sqlite", database=path.as_uri(), query={"mode": "rw", "uri": "true"})
        engine = sa.create_engine(
            there,
            connect_args={"timeout": _BUSY_SECONDS, "isolation_level": None},
            pool_size=4,
            max_overflow=8,
            # The connection that was used last has in memory what the next transaction reads.
            pool_use_lifo=True,
            **SILENT,
        )
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
        return cls(engine, path)

    @property
    def is_sqlite(self) -> bool:
        """True for a file of this machine."""
        return self.path is not None

    @property
    def name(self) -> str:
        """The file, or the database and its server, as errors tell it: no user and no password."""
        if self.path is not None:
            return f"The outbox {self.path}"
        url = self.engine.url
        host = url.host or url.query.get("host") or "this machine"
        if ":" in host:
            host = f"[{host}]"
        port = "" if url.port is None else f":{url.port}"
        return f"The outbox {url.database or ''} at {host}{port}".replace("  ", " ")

    @contextmanager
    def write(self, *, streaming: bool = False) -> Iterator[Connection]:
        """Run a transaction that writes; on SQLite it is the only one for as long as it lasts.

        Args:
            streaming: it waits for something else between its statements, and may take its time.

        Raises:
            OutboxUnavailableError: the database does not answer or has no room. Nothing is stored.
            OutboxSchemaError: the tables are missing.
        """
        with self._one_at_a_time, translating(self.name), self.engine.begin() as connection:
            self._refuse_if_gone()
            if streaming:
                self._let_idle(connection)
            yield connection

    @contextmanager
    def read(self, *, streaming: bool = False) -> Iterator[Connection]:
        """Run a transaction that only reads, and sees one moment. Errors are those of `write`.

        Args:
            streaming: the caller reads row by row and may take its time over each.
        """
        with translating(self.name), self.engine.connect() as connection:
            # A letter that moves between two statements must not be missed by both.
            one_moment = {_BEGIN: "DEFERRED"} if self.is_sqlite else _ONE_MOMENT
            reading = connection.execution_options(**one_moment)
            if streaming:
                self._let_idle(reading)
            yield reading

    def _let_idle(self, connection: Connection) -> None:
        if not self.is_sqlite:
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")

    def _refuse_if_gone(self) -> None:
        """Refuse to write to a file that has been taken away: SQLite would, and nobody find it."""
        if self.path is not None and _identity(self.path) != self._file:
            raise OutboxUnavailableError(
                f"{self.name} is not the file any more that was opened: it was removed or"
                " replaced. Nothing was stored.",
                remedy="Put the file back, or stop this program and start it anew; then try again.",
            )

    @contextmanager
    def outside_transaction(self) -> Iterator[Connection]:
        """Run statements that cannot be part of a transaction. Errors are those of `write`."""
        with translating(self.name), self.engine.connect() as connection:
            options: dict[str, Any] = {_BEGIN: None}
            if not self.is_sqlite:
                options = {"isolation_level": "AUTOCOMMIT"}
            yield connection.execution_options(**options)

    def version(self) -> str | None:
        """Return the version of the schema; None where there is none yet."""
        with self.read() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(
                sa.text("SELECT version_num FROM alembic_version")
            )
            return found

    def require_head(self) -> None:
        """Refuse to work on a schema of another version.

        A newer one is worked on if it says that code of this version may: see `lager.eldste`.

        Raises:
            OutboxSchemaError: saying what to do about it.
            OutboxError: it was moved to another database.
        """
        version = self.version()
        if version is None:
            raise OutboxSchemaError(
                "The database has no outbox yet.", remedy="Run: sdp outbox init DATABASE"
            )
        if version in {closing.MOVING, closing.MOVED}:
            raise closing.moved_error(self.name, complete=version == closing.MOVED)
        if version < HEAD:
            raise OutboxSchemaError(
                f"The outbox has version {version} of the schema, and this library needs {HEAD}.",
                remedy="Run: sdp outbox migrate DATABASE",
            )
        if version > HEAD and not self._lets_us_work(version):
            raise OutboxSchemaError(
                f"The outbox has version {version} of the schema, and this library knows {HEAD}.",
                remedy="Use the version of the library that migrated it, or a newer one.",
            )

    def _lets_us_work(self, version: str) -> bool:
        with self.read() as connection:
            if not sa.inspect(connection).has_table("lager"):
                return False
            told = connection.execute(sa.select(lager.c.versjon, lager.c.eldste)).one()
            return bool(told.versjon == version and told.eldste <= HEAD)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _place(address: str | os.PathLike[str]) -> Path | URL:
    """Read an address: the path of a file, or the URL of a PostgreSQL database.

    Raises:
        ConfigurationError: it is neither.
    """
    text = os.fspath(address)
    if "://" not in text:
        return _path(text)
    try:
        url = make_url(text)
        (url.host or "").encode("idna")  # as whoever looks it up does
    except (exc.ArgumentError, ValueError):  # which may repeat a password
        raise ConfigurationError(
            "The address of the outbox is no URL of a database.",
            remedy="Write it like postgresql://user@host:5432/database",
        ) from None
    match url.get_backend_name():
        case "sqlite" if url.database:
            return _path(url.database)
        case "postgresql" | "postgres":
            return url
        case _:
            raise ConfigurationError(
                "An outbox is kept in a file or in PostgreSQL.",
                remedy="Give the path of a file, or an address that begins with postgresql://",
            )


def _path(text: str) -> Path:
    try:
        is_path = b"\0" not in os.fsencode(text)
    except ValueError:
        is_path = False
    if not is_path:
        raise ConfigurationError(
            f"The file of the outbox, {text}, cannot be made or opened: it is no path.",
            remedy="Give the path of a file.",
        )
    return Path(text)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _postgresql(url: URL, *, read_only: bool = False) -> Engine:
    told = {"connect_timeout": 10, "application_name": "sdp outbox"}
    pool: dict[str, Any] = {"pool_size": 4, "max_overflow": 8, "pool_pre_ping": True}
    if read_only:
        told["options"] = "-c default_transaction_read_only=on"
        pool = {"poolclass": sa.NullPool}
    try:
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"), connect_args=told, **pool, **SILENT
        )
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "An outbox in PostgreSQL needs psycopg.",
            remedy="Run: pip install 'sikker-digital-post[outbox-postgres]'",
        ) from error
    event.listen(engine, "connect", _end_idle_transactions)
    event.listen(engine, "after_cursor_execute", _start_idle_timer, named=True)
    return engine


def _end_idle_transactions(connection: Any, _record: object) -> None:
    """Let PostgreSQL end what a process began and, stopped or cut off, does not go on with.

    It would keep its locks, and every other worker would wait for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'")
    connection.commit()


def _start_idle_timer(*, conn: Connection, executemany: bool, **_: object) -> None:
    """Make PostgreSQL count idle seconds after a statement with many rows too.

    Such a statement goes in a pipeline, whose last message is a flush. The server has begun to
    count by then, takes the flush for a sign of life, and does not begin again by itself.
    """
    if executemany:
        conn.connection.cursor().execute("SELECT 1")


def _made_private(path: Path) -> Path:
    """Make the file and its folder for their owner alone; a folder that is there stays as it is.

    Returns the whole path: the program may go to another folder.
    """
    try:
        if path.exists() and not path.is_file():
            # What the rest of the machine uses too, such as a device, keeps its rights.
            raise ConfigurationError(
                f"The file of the outbox, {path}, cannot be made or opened: it is no file.",
                remedy="Give the path of a file.",
            )
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE))
        if stat.S_IMODE(path.stat().st_mode) & ~_PRIVATE_FILE:
            path.chmod(_PRIVATE_FILE)
        return path.absolute()
    except OSError as error:
        raise ConfigurationError(
            f"The file of the outbox, {path}, cannot be made or opened: {error.strerror}.",
            remedy="Give a path in a folder that exists and that you may write to.",
        ) from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell one file from another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _sqlite_pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is purged is overwritten in the file, not only let go of
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # A deferred transaction that turns out to write can fail halfway; an immediate one waits first.
    kind = connection.get_execution_options().get(_BEGIN, "IMMEDIATE")
    if kind is not None:
        connection.exec_driver_sql(f"BEGIN {kind}")


def patiently(ask: Callable[[], _T]) -> _T:
    """Ask the database, and wait for one that is just starting again.

    Raises:
        OutboxUnavailableError: it has not answered for a quarter of a minute.
    """
    for _ in range(_TIMES_ASKED - 1):
        try:
            return ask()
        except OutboxUnavailableError:
            threading.Event().wait(_PAUSE_SECONDS)
    return ask()


def _show_statements_alone(record: logging.LogRecord) -> bool:
    """Keep rows out of the log of an engine, which shows them at DEBUG."""
    return record.levelno > logging.DEBUG


logging.getLogger(f"sqlalchemy.engine.Engine.{SILENT['logging_name']}").addFilter(
    _show_statements_alone
)
