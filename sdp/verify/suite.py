"""Suite of checks, and one run of it: each check once, but for those whose ground has failed."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from sdp.errors import SdpError
from sdp.verify.check import Check, Outcome, Verdict, Whom, advice, failed, skipped
from sdp.verify.checks import ground, network, outbox, receipts, refusals, register, sending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sdp.verify.context import Context


@dataclass(frozen=True, slots=True)
class Result:
    """A check, what came of it, and how long it took."""

    check: Check
    outcome: Outcome
    seconds: float

    @property
    def ask(self) -> Whom:
        """The party to ask about it."""
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
            if not any(each in self._results for each in check.needs_one_of):
                for each in check.needs_one_of[:1]:
                    self.result(each)
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
            outcome = failed(error.message, remedy, ask=whom)
        except Exception as error:  # the checks that are left are worth running
            outcome = _defect(error)
        return Result(check, outcome, time.monotonic() - start)

    def _with_their_ground(self, wanted: Callable[[Check], bool]) -> list[int]:
        chosen = {check.number for check in self._checks.values() if wanted(check)}
        while more := {need for number in chosen for need in self._ground(number, chosen)} - chosen:
            chosen |= more
        return [number for number in self._checks if number in chosen]

    def _ground(self, number: int, chosen: set[int]) -> tuple[int, ...]:
        check = self._checks[number]
        is_there = not chosen.isdisjoint(check.needs_one_of)
        return check.needs if is_there else (*check.needs, *check.needs_one_of[:1])


def _defect(error: Exception) -> Outcome:
    # Its words may hold anything, and a report is handed over: only its kind and place are told.
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{PurePath(last.filename).name}, line {last.lineno}"
    return failed(
        f"The check itself failed, with {type(error).__name__} in {place}.",
        "This is a defect of this library: please report it, with this line and the version.",
        ask=Whom.MAKERS,
    )


SUITE: Final = (
    *ground.CHECKS,
    *network.CHECKS,
    *register.CHECKS,
    *sending.CHECKS,
    *refusals.CHECKS,
    *receipts.CHECKS,
    *outbox.CHECKS,
)
"""The checks. 1xx are about keys and trust, 2xx the network, 3xx tokens, 4xx the register, 5xx
packing, 6xx sending, 7xx what must be refused, 8xx receipts, 9xx an outbox."""
