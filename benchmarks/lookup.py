"""Benchmark of `sdp lookup` with a file of people: requests, memory and time."""

from __future__ import annotations

import sys
import tempfile
from itertools import islice
from pathlib import Path

from benchmarks.pairs import Run, run
from benchmarks.register import serving
from sdp.testmiljo.world.register import synthetic_people

_ROOT = Path(__file__).parents[1]


def measure(people: int) -> tuple[int, Run, Run]:
    """Look up so many people, and then a thousand, each in a process of its own.

    Returns:
        The number of requests for the many, their run, and the run for the thousand.
    """
    with tempfile.TemporaryDirectory(prefix="sdp-lookup-") as name, serving(Path(name)) as asked:
        folder = Path(name)
        few = _looked_up(folder, 1000)
        before = asked()
        many = _looked_up(folder, people)
        return asked() - before, many, few


def _looked_up(folder: Path, people: int) -> Run:
    file = folder / f"{people}.csv"
    if not file.exists():
        numbers = islice(synthetic_people(), people)
        file.write_text("\n".join(numbers), encoding="utf-8")
    command = [sys.executable, "-m", "sdp", "lookup", "--config", str(folder / "sdp.toml")]
    out = folder / f"{people}.out"
    return run([*command, "--file", str(file), "--out", str(out), "--json"], _ROOT)


if __name__ == "__main__":
    requests, many, few = measure(100_000)
    grown = (many.peak_bytes - few.peak_bytes) / 2**20
    print(
        f"100 000 people: {requests} requests, {many.wall:.1f} s, peak {grown:+.1f} MiB over 1000"
    )
