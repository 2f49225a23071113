"""What a run found, to show or to hand over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sdp._version import __version__
from sdp.verify.check import Verdict
from sdp.verify.guard import ADDRESSES

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.config import Environment
    from sdp.verify.running import Result


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one run.

    Attributes:
        environment: what was run against.
        started: when it began.
        results: in the order they came.
        is_whole: whether the run came to its end.
    """

    environment: Environment
    started: datetime
    results: tuple[Result, ...]
    is_whole: bool = True

    @property
    def title(self) -> str:
        """Say in a few words what was verified."""
        return f"Verified: environment {self.environment.name}, wire {self.environment.wire}"

    @property
    def succeeded(self) -> bool:
        """Whether every check was come to, and none failed."""
        return self.is_whole and self.counts[Verdict.FAILED] == 0

    @property
    def addresses(self) -> dict[str, str]:
        """The configured addresses, each by its setting."""
        urls = {name: getattr(self.environment, name) for name in ADDRESSES}
        return {name: url for name, url in urls.items() if url is not None}

    @property
    def counts(self) -> Counter[Verdict]:
        """How many checks went how."""
        return Counter(result.outcome.verdict for result in self.results)

    @property
    def summary(self) -> str:
        """Count the verdicts in words."""
        counts = ", ".join(f"{self.counts[verdict]} {verdict}" for verdict in Verdict)
        return counts if self.is_whole else f"{counts}; stopped before its end"

    def as_json(self) -> dict[str, Any]:
        """Write everything as JSON has it."""
        return {
            "environment": self.environment.name,
            "wire": self.environment.wire,
            "addresses": self.addresses,
            "version": __version__,
            "started": self.started.isoformat(),
            "succeeded": self.succeeded,
            "whole": self.is_whole,
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
