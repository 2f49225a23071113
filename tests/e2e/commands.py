"""Processes that start at once: forked from one that has imported everything.

A process spends half a second on starting otherwise, and the tests start hundreds.
"""

from __future__ import annotations

import gc
import marshal
import os
import socket
import subprocess
import sys
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn, Self

import pytest

from sdp import cli
from sdp.cli import main
from sdp.config import ClientConfig
from sdp.outbox import Outbox, OutboxSettings
from tests.keys import used_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import ForkServerProcess

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *("sdp", "sdp.client", "sdp.outbox", "sdp.outbox.procrastinating"),
        *("sdp.cli.brev", "sdp.cli.outbox", "sdp.cli.plan", "sdp.cli.verify", __name__),
    ]
)


class Started:
    """A function in a process of its own, that real signals can be sent to.

    End it with `kill`; `with` does.
    """

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._process: ForkServerProcess = _CONTEXT.Process(
            target=function, args=arguments, daemon=True
        )
        self._process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def is_running(self) -> bool:
        return self._process.is_alive()

    def signal(self, number: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def wait(self, *, within: float = 400.0) -> int:
        """Wait for its end, and return its exit code."""
        self._process.join(within)
        assert self._process.exitcode is not None, "it did not end in time"
        return self._process.exitcode


def command(*arguments: object, log: Path) -> Started:
    """Start a command of `sdp`, which writes to a file."""
    return Started(_command, [*map(str, arguments)], log)


def work(address: str, config: Path, *, log: Path, wait: float = 240.0) -> Started:
    """Start `sdp outbox work` until there is nothing left to do.

    It waits for longer than a block does whose worker died before it had taken it: two minutes.
    """
    until_empty = ("--until-empty", "--wait", wait)
    return command("outbox", "work", address, "--config", config, *until_empty, log=log)


def work_by(
    settings: OutboxSettings, address: str, config: Path, *, log: Path, wait: float | None = None
) -> Started:
    """Start a worker with settings that the command has no options for.

    Args:
        settings: how it works.
        address: the outbox.
        config: the file of the client's configuration.
        log: the file that it writes to.
        wait: end when nothing is left, or has moved for so many seconds; None goes on for ever.
    """
    return Started(_work_by, settings, address, config, log, wait)


def write_to(log: Path) -> None:
    """Let this process write to a file, whatever it says on stdout and stderr."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)


def _command(arguments: list[str], log: Path) -> None:
    write_to(log)
    sys.exit(main(arguments))


def _work_by(
    settings: OutboxSettings, address: str, config: Path, log: Path, wait: float | None
) -> None:
    write_to(log)
    with Outbox.open(address, ClientConfig.from_toml(config), settings=settings) as outbox:
        if wait is None:
            outbox.run()
        else:
            outbox.run(until_empty=True, wait=wait)


# --- programs

_PROGRAM = """#!{python} -IS
import marshal, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
socket.send_fds(server, [b"."], [0, 1, 2])
server.sendall(marshal.dumps(({name!r}, sys.argv[1:], os.getcwd(), dict(os.environ))))
sys.exit(int(server.makefile().read() or 70))
"""


@dataclass(frozen=True)
class Programs:
    """`sdp` and `pytest` in a folder, as programs that have a warm process do their work.

    They are the same to whoever starts them, but that signals do not reach the work.
    """

    folder: Path

    def run(
        self, name: str, *arguments: object, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one to its end, whatever its exit code, and return what it wrote."""
        command = [str(self.folder / name), *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@contextmanager
def warm_programs(keys: Path) -> Iterator[Programs]:
    """Serve programs that start at once.

    Args:
        keys: where the environments that tests start take their keys from.
    """
    with (
        TemporaryDirectory(prefix="sdp-programs-") as folder,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        address = f"{folder}/address"
        listening.bind(address)
        listening.listen()
        for name in ("sdp", "pytest"):
            program = Path(folder, name)
            program.write_text(_PROGRAM.format(python=sys.executable, address=address, name=name))
            program.chmod(0o700)
        # It is no daemon, which may have no children.
        server = _CONTEXT.Process(target=_serve, args=(listening, keys))
        server.start()
        try:
            yield Programs(Path(folder))
        finally:
            server.kill()
            server.join()


_WHEN_CALLED = ("holidays.countries", "icalendar", "pypdfium2", "rich._emoji_codes")
"""What the library imports for single commands, where they are called."""


def _serve(listening: socket.socket, keys: Path) -> None:
    for command in iter_modules(cli.__path__, f"{cli.__name__}."):
        import_module(command.name)
    for name in _WHEN_CALLED:
        import_module(name)
    # The worker that `sdp verify` starts and kills may be forked too, since the program has one
    # thread. In test_verify.py the command is no such program, and starts a new interpreter.
    patch = pytest.MonkeyPatch()
    patch.setattr("sdp.verify.checks.outbox.get_context", lambda _: get_context("fork"))
    gc.collect()
    gc.freeze()  # so that no program looks through all of this once more
    while True:
        connection, _ = listening.accept()
        with connection:
            if os.fork() == 0:
                listening.close()
                _answer(connection, keys)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass


def _answer(connection: socket.socket, keys: Path) -> NoReturn:
    """Do what is ordered as the program would, tell the exit code, and end."""
    code: object = 70
    try:
        _, streams, _, _ = socket.recv_fds(connection, 1, 3)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        with connection.makefile("rb") as order:
            name, arguments, folder, environ = marshal.load(order)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        sys.argv = [name, *arguments]
        sys.stdin, sys.stdout, sys.stderr = (open(0), open(1, "w"), open(2, "w"))  # noqa: SIM115
        if name == "sdp":
            code = main()
        else:
            # The library is imported already, so that its own assertions are not rewritten.
            sys.argv += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
            with used_again(keys):
                code = pytest.console_main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(str(code).encode())
        os._exit(0)
