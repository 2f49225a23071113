"""Processes that start at once: forked from one that has imported everything.

A worker that is killed ten times spends most of its time on starting otherwise.
"""

from __future__ import annotations

import os
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from sdp.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["sdp", "sdp.client", "sdp.cli.outbox", "sdp.outbox", "sdp.outbox.procrastinating", __name__]
)


class Started:
    """A function in a process of its own, that real signals can be sent to. End it with `kill`."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._process: ForkServerProcess = _CONTEXT.Process(
            target=function, args=arguments, daemon=True
        )
        self._process.start()

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


def _command(arguments: list[str], log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.exit(run(arguments))
