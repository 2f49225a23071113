"""The command with its subcommands, and the one place where their errors end."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sdp import __version__
from sdp.cli._errors import failure, tell
from sdp.cli.lazy_group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_COMMANDS = {
    "brev": "sdp.cli.brev:brev",
    "check": "sdp.cli.check:check",
    "demo": "sdp.cli.demo:demo",
    "doctor": "sdp.cli.verify:doctor",
    "lookup": "sdp.cli.lookup:lookup",
    "open": "sdp.cli.open:open_package",
    "outbox": "sdp.cli.outbox:outbox",
    "pack": "sdp.cli.pack:pack",
    "plan": "sdp.cli.plan:plan",
    "reach": "sdp.cli.reach:reach",
    "receipts": "sdp.cli.receipts:receipts",
    "send": "sdp.cli.send:send",
    "send-print": "sdp.cli.send:send_print",
    "testmiljo": "sdp.cli.testmiljo:testmiljo",
    "trust": "sdp.cli.trust:trust",
    "verify": "sdp.cli.verify:verify",
}


@click.group(
    cls=LazyGroup,
    homes=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="sdp")
def app() -> None:
    """Sikker Digital Post: send letters to citizens, and get verified receipts back."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        with _termination_as_interrupt():
            code: int | None = app.main(list(arguments), prog_name="sdp", standalone_mode=False)
    except BrokenPipeError:
        # Whoever read our output has gone; keep the interpreter from failing on it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        told = failure(error)
        if told is None:
            raise
        tell(told, as_json="--json" in arguments)
        return told.exit_code
    return code or 0


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let a command that is told to stop clean up after itself, as it does on Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
