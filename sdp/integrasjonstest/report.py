"""What a run found, to show or to hand over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sdp._version import __version__
from sdp.integrasjonstest.check import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.config import Environment
    from sdp.integrasjonstest.running import Result


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one run.

    Attributes:
        environment: what was run against.
        started: when it began.
        results: in the order they came.
    """

    environment: Environment
    started: datetime
    results: tuple[Result, ...]

    @property
    def title(self) -> str:
        """Say in a few words what was verified."""
        return f"Verified: environment {self.environment.name}, wire {self.environment.wire}"

    @property
    def succeeded(self) -> bool:
        """Whether no check failed."""
        return self.counts[Verdict.FAILED] == 0

    @property
    def counts(self) -> Counter[Verdict]:
        """How many checks went how."""
        return Counter(result.outcome.verdict for result in self.results)

    @property
    def summary(self) -> str:
        """Count the verdicts in words."""
        return ", ".join(f"{self.counts[verdict]} {verdict}" for verdict in Verdict)

    def as_json(self) -> dict[str, Any]:
        """Write everything as JSON has it."""
        return {
            "environment": self.environment.name,
            "wire": self.environment.wire,
            "version": __version__,
            "started": self.started.isoformat(),
            "succeeded": self.succeeded,
            "counts": {verdict.value: self.counts[verdict] for verdict in Verdict},
            "checks": [_as_json(result) for result in self.results],
        }


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "number": result.check.number,
        "name": result.check.name,
        "does": result.check.does,
        "verdict": result.outcome.verdict.value,
        "came_back": result.outcome.came_back,
        "remedy": result.outcome.remedy,
        "ask": result.ask.value,
        "seconds": round(result.seconds, 3),
    }
