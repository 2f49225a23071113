"""Report of the benchmark beside Java: a table, JSON, and a part of docs/performance.md."""

from __future__ import annotations

import json
import re
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.table import Table

from benchmarks.pairs import Run, median_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ROOT = Path(__file__).parents[1]
_RESULTS = _ROOT / "benchmarks" / "java-results.json"
_PAGE = _ROOT / "docs" / "performance.md"
_FIGURE = _ROOT / "docs" / "java.svg"
_VERDICTS = {"aim": "met", "must": "must met"}
_START, _END = "<!-- written by make bench-java -->", "<!-- until here -->"


@dataclass(frozen=True, slots=True)
class Machine:
    """Machine and versions of a measurement."""

    python: str
    java: str
    machine: str
    cores: int
    pairs: int
    warm_up_letters: int
    warm_up_sent: int
    java_smallest_heap_mib: int
    java_smallest_heap_peak_mb: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the table: medians of both sides, and the ratio of ours to Java's."""

    what: str
    unit: str
    sdp: float
    java: float
    low: float
    median: float
    high: float
    aim: float | None
    at_most: bool
    must: float | None = None

    @classmethod
    def of(
        cls,
        what: str,
        unit: str,
        pairs: Sequence[tuple[Run, Run]],
        figure: Callable[[Run], float],
        *,
        must: float | None = None,
        aim: float | None = None,
        at_most: bool = False,
    ) -> Self:
        """Compare pairs by a figure; `at_most` says that less of it is better.

        `must` is where the aim is what one hopes for, and less of it will do.
        """
        sdp, java = (statistics.median(figure(pair[side]) for pair in pairs) for side in (0, 1))
        ratio = median_ratio(pairs, figure)
        return cls(what, unit, sdp, java, *ratio, aim, at_most, must)

    @property
    def label(self) -> str:
        """Name it in a figure."""
        return f"{self.what}, {self.unit}"

    @property
    def target(self) -> str:
        """Say the aim in words."""
        if self.aim is None:
            return ""
        aim = f"{'≤' if self.at_most else '≥'} {self.aim:g}"
        return aim if self.must is None else f"{aim}, must {self.must:g}"

    @property
    def verdict(self) -> str:
        """Verdict: the median against the aim, and against what it must be."""
        if self.aim is None:
            return ""
        if self._meets(self.aim):
            return "aim"
        return "MISSED" if self.must is None or not self._meets(self.must) else "must"

    def _meets(self, target: float) -> bool:
        return self.median <= target if self.at_most else self.median >= target

    def ahead(self, ratio: float) -> float:
        """Turn a ratio into how many times better that is."""
        return 1 / ratio if self.at_most else ratio


def show(measured: Sequence[Comparison], machine: Machine) -> None:
    """Print the table."""
    table = Table("what", "unit", "sdp", "Java", "min", "median", "max", "aim", "verdict")
    for one in measured:
        sides = (_figure(value) for value in (one.sdp, one.java))
        ratios = (f"{value:.2f}" for value in (one.low, one.median, one.high))
        table.add_row(one.what, one.unit, *sides, *ratios, one.target, one.verdict)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    console.print(_heap(machine))


def write(measured: Sequence[Comparison], machine: Machine) -> None:
    """Write the results, draw the figure, and put the table into the page."""
    from benchmarks import java_figure

    lines = [asdict(one) | {"verdict": one.verdict} for one in measured]
    results = asdict(machine) | {"measured": lines}
    _RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    java_figure.draw(
        _FIGURE,
        {one.label: one.ahead(one.median) for one in measured},
        {one.label: one.ahead(one.aim) for one in measured if one.aim is not None},
    )
    page = _PAGE.read_text(encoding="utf-8")
    written = f"{_START}\n\n{_markdown(measured, machine)}\n\n{_END}"
    replaced, count = re.subn(
        f"{_START}.*?{_END}", lambda _: written, page, count=1, flags=re.DOTALL
    )
    if not count:
        raise RuntimeError(f"{_PAGE} has no place for the table: {_START}")
    _PAGE.write_text(replaced, encoding="utf-8")


def _markdown(measured: Sequence[Comparison], machine: Machine) -> str:
    made_on = (
        f"{machine.cores} virtual cores, Linux, CPython {machine.python}, OpenJDK {machine.java}; "
        f"medians of {machine.pairs} pairs, in brackets the smallest and the largest ratio. "
        f"Warm after {machine.warm_up_letters} letters packed by each, "
        f"or {machine.warm_up_sent} sent by Java."
    )
    rows = (
        f"| {one.what} | {one.unit} | {_figure(one.sdp)} | {_figure(one.java)} "
        f"| {one.median:.2f} ({one.low:.2f}..{one.high:.2f}) "
        f"| {one.target} | {_VERDICTS.get(one.verdict, one.verdict)} |"
        for one in measured
    )
    head = "| What | Unit | sdp | Java | sdp ÷ Java | Aim | |\n| --- " + "| --- " * 6 + "|"
    missed = [one for one in measured if one.verdict == "MISSED"]
    return "\n".join([made_on, "", head, *rows, "", _missed(missed), _heap(machine)])


def _missed(missed: Sequence[Comparison]) -> str:
    if not missed:
        return "Everything that must be was met."
    return f"Missed: {'; '.join(one.label for one in missed)}."


def _heap(machine: Machine) -> str:
    return (
        "Java chose its own heap. The smallest that it can pack the 100 MB document in is "
        f"{machine.java_smallest_heap_mib} MiB (`-Xmx`), and its process then peaks at "
        f"{machine.java_smallest_heap_peak_mb:.0f} MB."
    )


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
