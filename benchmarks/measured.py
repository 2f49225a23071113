"""Lines of the table: what was measured, and the verdict against its targets."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table. Ratios have no unit; memory is in MiB."""

    what: str
    low: float
    median: float
    high: float
    must: float | None = None
    aim: float | None = None

    @property
    def verdict(self) -> str:
        """Aim, ok or MISSED: the median against its targets."""
        if self.must is None or self.aim is None:
            return ""
        if self.median <= self.aim:
            return "aim"
        return "ok" if self.median <= self.must else "MISSED"


def spread(found: list[float]) -> tuple[float, float, float]:
    """Return the smallest, the middle and the largest figure."""
    return min(found), statistics.median(found), max(found)
