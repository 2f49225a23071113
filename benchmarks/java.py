"""Benchmark beside Difi's Java client, packing and sending the same letters: `make bench-java`.

Prints a table, writes JSON, and puts table and figure into docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import java_letters, java_peers
from benchmarks.inputs import Workshop
from benchmarks.java_check import check_packages
from benchmarks.java_peers import crew, first, java_command, sdp_command
from benchmarks.java_report import Comparison, Machine, show, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.java_peers import Crew
    from benchmarks.pairs import Command, Run

_MB = 1_000_000
_CORES = os.cpu_count() or 1
_HEAP_STEP = 32  # MiB
_AT_ONCE = 3  # large documents, since the system counts processor time in steps of 10 ms
_TICK = 0.01
_WARM_UP = 20_000  # letters packed; Java still gains after ten thousand
_WARM_UP_SENT = 5_000  # letters that Java sends, and their receipts
_A_ROUND_SENT = 300


def main() -> None:
    """Run everything; `--quick` takes few letters and a small document, and writes nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.java")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pairs", type=int, default=5)
    chosen = parser.parse_args()
    if lacking := java_peers.missing():
        raise SystemExit(lacking)
    java_peers.compile_java()
    pairs = 1 if chosen.quick else chosen.pairs
    letters = 50 if chosen.quick else 1000
    warm_up = 100 if chosen.quick else _WARM_UP
    a_round_sent, warm_up_sent = (10, 20) if chosen.quick else (_A_ROUND_SENT, _WARM_UP_SENT)
    large = (5 if chosen.quick else 100) * _MB
    with tempfile.TemporaryDirectory(prefix="sdp-bench-") as name:
        bench = _Bench(Workshop.set_up(Path(name)), pairs, letters)
        bench.workshop.random("small.bin", 50_000)
        bench.workshop.text("small.txt", 50_000)
        bench.workshop.random("large.bin", large)
        bench.workshop.text("large.txt", large)
        sent = java_letters.measure(bench.workshop, pairs, a_round_sent, warm_up_sent)
        measured = [*bench.warm(warm_up), *sent, *bench.fresh()]
        heap = bench.smallest_heap()
    machine = Machine(
        python=platform.python_version(),
        java=java_peers.java_version(),
        machine=platform.machine(),
        cores=_CORES,
        pairs=pairs,
        warm_up_letters=warm_up,
        warm_up_sent=warm_up_sent,
        java_smallest_heap_mib=heap[0],
        java_smallest_heap_peak_mb=heap[1] / _MB,
    )
    show(measured, machine)
    if chosen.quick:
        print("--quick: small inputs, cold Java; these figures and verdicts say nothing.")
    else:
        write(measured, machine)


class _Bench:
    """Measurements in pairs: we, they, we, they, after one of each that does not count."""

    def __init__(self, workshop: Workshop, pairs: int, letters: int) -> None:
        self.workshop = workshop
        self._folder = workshop.folder
        self._pairs = pairs
        self._letters = letters

    def warm(self, warm_up: int) -> Iterator[Comparison]:
        """Measure in processes that have packed a great many letters already."""
        with ExitStack() as stack:
            sdp = stack.enter_context(crew(sdp_command(), self._folder))
            java = stack.enter_context(crew(java_command(), self._folder))
            many = stack.enter_context(crew(sdp_command(), self._folder, _CORES))
            for each in (sdp, java, many):
                for document in ("large.bin", "large.txt"):
                    each.ask(f"pack {document} 1 3")
                for document in ("small.txt", "small.bin") * 2:
                    each.ask(f"pack {document} 1 {warm_up // 4}")
            for document in ("small.bin", "small.txt", "large.bin", "large.txt"):
                check_packages(self.workshop, sdp, java, document)
            yield from self._small(sdp, java, "small.bin", "that does not compress")
            yield from self._small(sdp, java, "small.txt", "of text")
            yield from self._on_all_cores(sdp, java, many)
            yield from self._large(sdp, java, "large.bin", "that does not compress")
            yield from self._large(sdp, java, "large.txt", "of text")

    def fresh(self) -> Iterator[Comparison]:
        """Measure processes from their start."""
        found = self._first_in_turn("pack small.bin 1 1")
        yield Comparison.of(
            "process start to first letter", "s", found, lambda run: run.wall, at_most=True
        )
        found = self._first_in_turn("pack large.bin 1 1")
        yield Comparison.of(
            "peak memory, 100 MB document",
            "MB",
            found,
            lambda run: run.peak_bytes / _MB,
            aim=0.1,
            at_most=True,
        )

    def smallest_heap(self) -> tuple[int, int]:
        """Find the smallest Java heap that the large document fits in: MiB, and peak in bytes."""
        low, high, peak = 1, 4096 // _HEAP_STEP, 0
        while low < high:
            middle = (low + high) // 2
            command = java_command(f"-Xmx{middle * _HEAP_STEP}m")
            try:
                peak = first(command, self._folder, "pack large.bin 1 1", quiet=True).peak_bytes
                high = middle
            except RuntimeError:
                low = middle + 1
        return high * _HEAP_STEP, peak

    def _small(self, sdp: Crew, java: Crew, document: str, kind: str) -> Iterator[Comparison]:
        found = self._in_turn(sdp, java, f"pack {document} 1 {self._letters}")
        what = f"50 KB {kind}, one thread"
        yield Comparison.of(what, "letters/s", found, self._per_wall)
        yield Comparison.of(what, "letters/CPU s", found, self._per_cpu, aim=1)

    def _on_all_cores(self, sdp: Crew, java: Crew, many: Crew) -> Iterator[Comparison]:
        each = self._letters // _CORES
        on_threads = f"pack small.bin {_CORES} {each}"
        what = f"50 KB that does not compress, {_CORES} threads"
        found = self._in_turn(sdp, java, on_threads)
        yield Comparison.of(what, "letters/s", found, self._per_wall)
        yield Comparison.of(what, "letters/CPU s", found, self._per_cpu, aim=1)
        found = [
            (many.ask(f"pack small.bin 1 {each}"), java.ask(on_threads)) for _ in range(self._pairs)
        ]
        what = f"the same, our {_CORES} processes, Java's {_CORES} threads"
        yield Comparison.of(what, "letters/s", found, self._per_wall)

    def _large(self, sdp: Crew, java: Crew, document: str, kind: str) -> Iterator[Comparison]:
        size = (self._folder / document).stat().st_size / _MB * _AT_ONCE
        found = self._in_turn(sdp, java, f"pack {document} 1 {_AT_ONCE}")
        what = f"100 MB {kind}"
        yield Comparison.of(what, "MB/s", found, lambda run: size / run.wall, aim=3)
        yield Comparison.of(what, "MB/CPU s", found, lambda run: size / max(run.cpu, _TICK))

    def _in_turn(self, sdp: Crew, java: Crew, order: str) -> list[tuple[Run, Run]]:
        sdp.ask(order), java.ask(order)
        return [(sdp.ask(order), java.ask(order)) for _ in range(self._pairs)]

    def _first_in_turn(self, order: str) -> list[tuple[Run, Run]]:
        def run(command: Command) -> Run:
            return first(command, self._folder, order)

        run(sdp_command()), run(java_command())
        return [(run(sdp_command()), run(java_command())) for _ in range(self._pairs)]

    def _per_wall(self, run: Run) -> float:
        return self._letters // _CORES * _CORES / run.wall

    def _per_cpu(self, run: Run) -> float:
        return self._letters // _CORES * _CORES / run.cpu


if __name__ == "__main__":
    main()
