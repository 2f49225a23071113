"""Check of a set-up, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.verify.context import Context


class Verdict(StrEnum):
    """Verdict of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Whom(StrEnum):
    """Party to ask when a remedy does not help."""

    SELF = "your own operations people"
    NETWORK = "your own network people"
    ISSUER = "the issuer of the certificate, Buypass or Commfides"
    OPERATOR = "the operator of the broker or access point"
    DIGDIR = "Digdir, who runs Maskinporten and the contact register"
    MAKERS = "those who make this library"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a check. Nothing in it is personal.

    Attributes:
        verdict: how it went.
        came_back: what was found, in words.
        remedy: what to do about it; empty where there is nothing to do.
        ask: whom to ask, where that is not whom the check names.
    """

    verdict: Verdict
    came_back: str
    remedy: str = ""
    ask: Whom | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check.

    Attributes:
        number: its number, which stays the same between versions; the hundreds tell the group.
        name: what it is about, in a few words.
        does: what it does, in a sentence.
        ask: whom to ask when it fails, unless the failure itself tells.
        run: does it. An SdpError that it raises is a failure.
        needs: the numbers of the checks without which it makes no sense.
        needs_one_of: the numbers of those of which it needs any; the first is run where none is.
    """

    number: int
    name: str
    does: str
    ask: Whom
    run: Callable[[Context], Outcome]
    needs: tuple[int, ...] = ()
    needs_one_of: tuple[int, ...] = ()


def ok(came_back: str) -> Outcome:
    """Say that all is well."""
    return Outcome(Verdict.OK, came_back)


def warning(came_back: str, remedy: str, *, ask: Whom | None = None) -> Outcome:
    """Say that it works, and that something should be done before long."""
    return Outcome(Verdict.WARNING, came_back, remedy, ask)


def failed(came_back: str, remedy: str, *, ask: Whom | None = None) -> Outcome:
    """Say that something is wrong."""
    return Outcome(Verdict.FAILED, came_back, remedy, ask)


def skipped(came_back: str, remedy: str = "") -> Outcome:
    """Say that it was not done, and why."""
    return Outcome(Verdict.SKIPPED, came_back, remedy)
