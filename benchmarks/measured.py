"""Lines of the table: what was measured, and the verdict against its targets."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table. Ratios have no unit; memory is in MiB.

    Attributes:
        at_least: whether more is better: the targets are then what must be reached.
    """

    what: str
    low: float
    median: float
    high: float
    must: float | None = None
    aim: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Aim, ok or MISSED: the median against its targets."""
        if self.must is None or self.aim is None:
            return ""
        sign = -1 if self.at_least else 1
        if sign * self.median <= sign * self.aim:
            return "aim"
        return "ok" if sign * self.median <= sign * self.must else "MISSED"


def spread(found: list[float]) -> tuple[float, float, float]:
    """Return the smallest, the middle and the largest figure."""
    return min(found), statistics.median(found), max(found)
