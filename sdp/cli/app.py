"""The command with its subcommands, and the one place where their errors end."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
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
_SUMMARIES = {
    "brev": "Send DOCUMENT and ATTACHMENTS to a person, however the contact register says.",
    "check": "Tell what mailbox and printer would say of each FILE.",
    "demo": "Send a digital and a print letter over both wires, and fetch every receipt.",
    "doctor": "Check configuration, key, trust, addresses and clock, without sending a letter.",
    "lookup": (
        "Ask the contact register about people: status, reservation, mailbox,"
        " and how a letter goes."
    ),
    "open": "Decrypt PACKAGE, verify it, and show what is in it.",
    "outbox": "Send letters for certain: put them, work, and see what became of each.",
    "pack": "Pack DOCUMENT and ATTACHMENTS for one recipient's digital mailbox.",
    "plan": "Plan the transition: services, volumes, cost, risks, deliveries, and the year after.",
    "reach": (
        "Count how many in a CSV file are reached digitally, by print, or not at all, and why."
    ),
    "receipts": "Fetch receipts, and confirm each when it has been shown and stored.",
    "send": "Send DOCUMENT and ATTACHMENTS to a citizen's digital mailbox.",
    "send-print": "Send DOCUMENT and ATTACHMENTS, all PDF, to be printed and carried by post.",
    "testmiljo": "Serve a test environment on this machine until Ctrl-C.",
    "trust": (
        "List the CA certificates in the trust store, with a warning 90 days before one expires."
    ),
    "verify": "Check everything that sending letters takes, from the key to the last receipt.",
}
"""The first sentence that each command says of itself: help is shown without importing any."""


@click.group(
    cls=LazyGroup,
    homes=_COMMANDS,
    summaries=_SUMMARIES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="sdp")
def app() -> None:
    """Sikker Digital Post: send letters to citizens, and get verified receipts back."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    _let_anything_be_written()
    try:
        with _termination_as_interrupt():
            code: int | None = app.main(list(arguments), prog_name="sdp", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()  # whoever read it has gone
        return 1
    except Exception as error:
        told = failure(error)
        if told is None:
            raise
        with suppress(OSError):
            tell(told, as_json="--json" in arguments)
        return told.exit_code
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            _give_up_output()
    return code or 0


def _let_anything_be_written() -> None:
    """Write what a terminal in another encoding has no character for as an escape.

    A stream that was closed when the program started is none to Python.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # It stays open till the end of the program.
            nowhere = Path(os.devnull).open("w", encoding="utf-8", errors="replace")  # noqa: SIM115
            setattr(sys, name, nowhere)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """Keep the interpreter from failing at exit on output that nobody can take."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let a command that is told to stop clean up after itself, as it does on Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
