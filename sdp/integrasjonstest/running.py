"""Runs checks, each once, and passes over those whose ground has failed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.errors import SdpError
from sdp.integrasjonstest.advice import advice
from sdp.integrasjonstest.check import Check, Outcome, Verdict, Whom, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sdp.integrasjonstest.context import Context


@dataclass(frozen=True, slots=True)
class Result:
    """A check, what came of it, and how long it took."""

    check: Check
    outcome: Outcome
    seconds: float

    @property
    def ask(self) -> Whom:
        """Whom to ask about it."""
        return self.outcome.ask or self.check.ask


class Run:
    """One run of the checks over one context.

    Args:
        checks: in the order they make sense in; each after those it needs.
        context: what they look at.
    """

    def __init__(self, checks: Iterable[Check], context: Context) -> None:
        self._checks = {check.number: check for check in checks}
        self._context = context
        self._results: dict[int, Result] = {}

    def results(self, wanted: Callable[[Check], bool] = lambda _: True) -> Iterator[Result]:
        """Run the wanted checks and those they need, and give each result as it comes."""
        for number in self._with_their_ground(wanted):
            yield self.result(number)

    def result(self, number: int) -> Result:
        """Give the result of one check. It is run, after those it needs, if it has not been."""
        if number not in self._results:
            check = self._checks[number]
            ground = [self.result(need) for need in check.needs]
            self._results[number] = self._run(check, ground)
        return self._results[number]

    def _run(self, check: Check, ground: list[Result]) -> Result:
        missing = [
            str(result.check.number)
            for result in ground
            if result.outcome.verdict in (Verdict.FAILED, Verdict.SKIPPED)
        ]
        if missing:
            return Result(check, skipped(f"It needs check {' and '.join(missing)} to succeed."), 0)
        start = time.monotonic()
        try:
            outcome = check.run(self._context)
        except SdpError as error:
            remedy, whom = advice(error)
            outcome = Outcome(Verdict.FAILED, error.message, remedy, whom)
        return Result(check, outcome, time.monotonic() - start)

    def _with_their_ground(self, wanted: Callable[[Check], bool]) -> list[int]:
        chosen = {check.number for check in self._checks.values() if wanted(check)}
        while more := {need for number in chosen for need in self._checks[number].needs} - chosen:
            chosen |= more
        return [number for number in self._checks if number in chosen]
