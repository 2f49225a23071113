"""A PostgreSQL of the tests' own: in a temporary folder, on a Unix socket, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.locks import alone

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin", "/usr/local/pgsql/bin")


_PLAIN = ("shared_buffers=64MB", "max_connections=100")
_FRUGAL = ("fsync=off", "full_page_writes=off", "autovacuum=off", "jit=off")
"""What is committed outlives any end of the server's processes all the same, and that is the only
end a test can give it: what they have written is with the operating system."""


class Server:
    """One server. As root it runs as the user `postgres`, since it refuses to run as root.

    Args:
        programs: the folder of PostgreSQL's programs.
        is_frugal: without what only outlives a power cut, and what only pays in the long run.
        template: a folder whose `data` holds a server's first files, or will when one has made
            them. To make them takes much longer than to copy them.
    """

    def __init__(
        self, programs: Path, *, is_frugal: bool = False, template: Path | None = None
    ) -> None:
        self._programs = programs
        self._settings = _PLAIN + _FRUGAL if is_frugal else _PLAIN
        self._user = "postgres" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="sdp-pg-"))
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self._data = self._folder / "data"
        if template is None:
            self._initialise(self._data)
        else:
            self._copy_initialised(template)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        place = ("listen_addresses=", f"unix_socket_directories={self._folder}")
        options = [part for each in (*place, *self._settings) for part in ("-c", each)]
        log = (self._folder / "log").open("ab")
        self.process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, *options],
            stdout=log,
            stderr=log,
            user=self._user,
            cwd=self._folder,
        )
        log.close()
        for _ in range(300):
            ready = subprocess.run(
                [self._programs / "pg_isready", "-q", "-h", self._folder], check=False
            )
            if ready.returncode == 0:
                return
            time.sleep(0.1)
        raise TimeoutError((self._folder / "log").read_text())

    def stop_hard(self) -> None:
        """Stop it as a power cut would, as far as a process can be: without a checkpoint."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def new_database(self, *, copy_of: str = "template1") -> str:
        """Make a database, empty or as another one that nobody uses, and return its address."""
        name = f"test_{uuid4().hex}"
        self._run("createdb", "-h", self._folder, "-U", "sdp", "-T", copy_of, name)
        return f"postgresql://sdp@/{name}?host={self._folder}"

    def raw(self, oid: int) -> bytes:
        """Return every byte of the tables and indexes of a database; not the write-ahead log."""
        files = (self._data / "base" / str(oid)).iterdir()
        return b"".join(each.read_bytes() for each in files if each.is_file())

    def program(self, name: str) -> str:
        """The path of a program that belongs to this version of PostgreSQL."""
        return str(self._programs / name)

    def close(self) -> None:
        """Stop it and remove all of it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self, data: Path) -> None:
        self._run("initdb", "-D", data, "-U", "sdp", "-A", "trust", "-N", "-E", "UTF8")

    def _copy_initialised(self, template: Path) -> None:
        first = template / "data"
        with alone(template / "lock"):
            if not first.exists():
                self._initialise(self._data)
                unfinished = template / f"unfinished-{uuid4().hex}"
                _copy(self._data, unfinished)
                unfinished.rename(first)
                return
        _copy(first, self._data)

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self._programs / program, *map(str, arguments)],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )


def _copy(folder: Path, to: Path) -> None:
    # Owners and rights are copied too: PostgreSQL refuses files that are not its user's alone.
    subprocess.run(["cp", "-Rp", folder, to], check=True)


def postgres_or_skip(*, is_frugal: bool = False, template: Path | None = None) -> Server:
    """Start a server; skip the test where PostgreSQL is not installed, or fail where CI is set.

    The arguments are those of `Server`.
    """
    for place in _PLACES:
        for folder in sorted(Path("/").glob(place.removeprefix("/")), reverse=True):
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                if os.geteuid() == 0 and not _is_user("postgres"):
                    break
                return Server(folder, is_frugal=is_frugal, template=template)
    if os.environ.get("CI"):
        pytest.fail("PostgreSQL is not installed; its tests must run in CI")
    pytest.skip("PostgreSQL is not installed")


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
