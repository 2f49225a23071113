"""Messages of failed commands, and the exit codes they end with.

Exit codes follow what may be done next: 1 do not try again as it is, 2 the command was written
wrongly, 3 the same command may succeed later, 4 it is not known whether the message arrived.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import click

from sdp.cli._output import as_json_line, in_line
from sdp.errors import (
    CertificateError,
    DocumentError,
    EbmsError,
    Fault,
    InvalidInputError,
    Retry,
    SdpError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXIT_CODES = {Retry.NEVER: 1, Retry.LATER: 3, Retry.SAME_MESSAGE: 4}
_USAGE = 2
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the command tells it."""

    kind: str
    message: str
    remedy: str
    fault: Fault
    retry: Retry
    exit_code: int
    details: Mapping[str, object] = field(default_factory=dict)


class CommandError(SdpError):
    """The command cannot do what it was asked, for a reason of its own."""


def failure(error: Exception) -> Failure | None:
    """Return what to tell about an error; None for one that is a defect of this program."""
    match error:
        case SdpError():
            return Failure(
                kind=type(error).__name__,
                message=error.message,
                remedy=error.remedy,
                fault=error.fault,
                retry=error.retry,
                exit_code=_EXIT_CODES[error.retry],
                details=_details(error),
            )
        case click.ClickException():
            return _of_the_caller("UsageError", error.format_message(), _USAGE, _help_hint(error))
        case click.Abort():
            return _of_the_caller("Interrupted", "Interrupted.", _INTERRUPTED)
        case OSError():
            words = ": ".join(str(part) for part in (error.filename, error.strerror) if part)
            return _of_the_caller("OSError", f"{words or error}.", _EXIT_CODES[Retry.NEVER])
        case MemoryError():
            remedy = "Give it more memory, or fewer and smaller documents."
            return _of_the_caller("MemoryError", "The command ran out of memory.", 1, remedy)
        case _:
            return None


def tell(told: Failure, *, as_json: bool) -> None:
    """Write the failure: as JSON on stdout, or for people on stderr."""
    if as_json:
        print(as_json_line({"error": asdict(told)}), flush=True)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
    console.print(Text("Error: ", style="bold red"), in_line(told.message), sep="")
    if told.remedy:
        console.print(Text("Remedy: ", style="bold"), in_line(told.remedy), sep="")


def _of_the_caller(kind: str, message: str, exit_code: int, remedy: str = "") -> Failure:
    return Failure(kind, message, remedy, Fault.CLIENT, Retry.NEVER, exit_code)


def _help_hint(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"See {context.command_path} --help." if context else ""


def _details(error: SdpError) -> dict[str, object]:
    match error:
        case InvalidInputError():
            return {"problems": [asdict(problem) for problem in error.problems]}
        case EbmsError():
            return {"code": error.code}
        case CertificateError():
            return {"problem": error.problem.name}
        case DocumentError():
            return {"document": error.filnavn}
        case _:
            return {}
