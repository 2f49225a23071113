"""Checks, each with its verdict, run one after the other until one does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from sdp.testmiljo.maskinporten import OAuthError, TokenRefused
from sdp.testmiljo.register.question import QuestionProblem
from sdp.testmiljo.validators.jose import TokenProblem
from sdp.testmiljo.validators.rejection import EbmsRejection, HttpRejection, LetterRejection

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_FINDINGS: Final = (
    HttpRejection,
    EbmsRejection,
    LetterRejection,
    QuestionProblem,
    TokenProblem,
    OAuthError,
    TokenRefused,
)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, and whether it holds. `holds` is None where nobody can tell any more."""

    rule: str
    holds: bool | None
    reason: str = ""

    @property
    def verdict(self) -> str:
        """One word for `holds`."""
        return {True: "holds", False: "broken", None: "not known"}[self.holds]


class Broken(Exception):  # noqa: N818 - a verdict, not a failure of this program
    """A check did not hold, so those that build on it cannot be run."""


class Checklist:
    """Runs checks and writes down their verdicts in `checks`."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def run(self, rule: str, check: Callable[[], T]) -> T:
        """Run one check, and return what it found.

        Raises:
            Broken: it did not hold.
        """
        try:
            found = check()
        except _FINDINGS as rejection:
            self.checks.append(Check(rule, holds=False, reason=str(rejection)))
            raise Broken from rejection
        self.checks.append(Check(rule, holds=True))
        return found

    def expect(self, rule: str, *, holds: bool, reason: str) -> None:
        """Write down a check whose answer is known.

        Raises:
            Broken: it does not hold.
        """
        self.checks.append(Check(rule, holds, "" if holds else reason))
        if not holds:
            raise Broken
