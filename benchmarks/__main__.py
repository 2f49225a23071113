"""Benchmarks, all of them: a table with verdicts, JSON, and the figures in docs/."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.table import Table

from benchmarks import growth, letters, outbox_encryption, sizing, small_letters
from benchmarks.in_process import Packing
from benchmarks.inputs import MIB, Workshop
from benchmarks.limits import limits
from benchmarks.measured import Measured, spread
from benchmarks.outbox import outbox
from benchmarks.pairs import Run, in_turn, median_ratio, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Found = TypeVar("_Found")

_ROOT = Path(__file__).parents[1]
_DOCS = _ROOT / "docs"
_FIGURE_SIZES = (1, 4, 16, 64, 256)
_SHORT_TOGETHER = 3  # runs of a short command, whose median is a round
_PACKED_TOGETHER = 7  # the same of `sdp pack`, where a tenth of the ratio counts
_YARDSTICK_OF_PACK = "import click, cryptography.x509, pydantic, lxml"
_YARDSTICK_IMPORTS = "import lxml.etree, cryptography.x509, httpx, pydantic"


def main() -> None:
    """Run everything; `--quick` takes small inputs, to see that it works."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pairs", type=int, default=5)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the inputs go all the same
    results = _measure(1 if chosen.quick else chosen.pairs, chosen.quick)
    _show(results)
    if not chosen.quick:
        _write(results)


def _measure(pairs: int, quick: bool) -> dict[str, Any]:  # noqa: FBT001
    scale, fewer = (64, 20) if quick else (1, 1)
    rounds_of_letters = 2 * pairs + 1  # short, so that more of them cost little
    clock = _Clock()
    with tempfile.TemporaryDirectory(prefix="sdp-bench-") as name:
        workshop = Workshop.set_up(Path(name))
        machine = limits()
        lines: dict[str, Iterator[Measured]] = {
            "large documents": _large_documents(workshop, scale, pairs),
            "small letters": _small(pairs),
            "imports": _imports(pairs),
            "sdp pack": _start_of_pack(workshop, pairs),
            "upload": _upload(workshop, scale, pairs),
            "start of testmiljo": _start_of_testmiljo(workshop, pairs),
            "encrypted outbox": _encrypted_outbox(scale, rounds_of_letters),
            "letters": letters.measure(workshop.fresh("letters"), rounds_of_letters, 60 // fewer),
            "outbox": outbox(pairs, fewer),
        }
        measured: list[Measured] = []
        for part, found in lines.items():
            measured += clock.timed(part, partial(list[Measured], found))
        folder = workshop.fresh("sizing")
        needs = clock.timed("sizing", lambda: sizing.measure(folder, pairs, 200 // fewer))
        throughput, memory = clock.timed("throughput", lambda: _by_size(workshop, pairs))
    bench = small_letters.Bench.set_up()
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "openssl": ssl.OPENSSL_VERSION,
        "rounds": pairs,
        "rounds_of_letters": rounds_of_letters,
        "limits_of_one_core": machine,
        "measured": measured,
        "scaling": clock.timed("scaling", lambda: small_letters.scaling(pairs)),
        "growth": clock.timed("growth", lambda: growth.growth(pairs, scale)),
        "sizing": needs,
        "small_letter": small_letters.where_time_goes(bench),
        "sizes_mib": _FIGURE_SIZES,
        "throughput_mib_per_s": throughput,
        "peak_memory_mib": memory,
        "seconds": clock.seconds,
    }


class _Clock:
    """Seconds that each part of the run takes, told when it ends."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, part: str, work: Callable[[], _Found]) -> _Found:
        """Do some work to its end; what is found one by one is gathered."""
        began = time.perf_counter()
        found = work()
        self.seconds[part] = round(time.perf_counter() - began, 1)
        print(f"{part}: {self.seconds[part]:.0f} s", file=sys.stderr, flush=True)
        return found


def _large_documents(workshop: Workshop, scale: int, pairs: int) -> Iterator[Measured]:
    folder = workshop.folder
    gib = workshop.random("random.bin", 1024 * MIB // scale)
    found = in_turn(workshop.sdp_pack(gib), workshop.openssl_encrypt(gib), folder, pairs=pairs)
    yield Measured("pack 1 GiB random, whole process, wall / openssl", *_wall(found), 1.25, 1.0)
    found = Packing(workshop, gib).in_turn(pairs)
    yield Measured("pack 1 GiB random, in process, wall / openssl", *_wall(found), 1.15, 1.0)
    yield Measured("the same, cpu / openssl", *_cpu(found), 2.4, 2.2)
    part = workshop.random("part.bin", 384 * MIB // scale)
    found = Packing(workshop, part).in_turn(pairs)
    yield Measured("pack 384 MiB random, in process, wall / openssl", *_wall(found), 1.15, 1.0)
    yield Measured("the same, cpu / openssl", *_cpu(found), 2.4, 2.2)
    workshop.remove(part)
    run(workshop.sdp_pack(gib), folder)  # what is opened below
    found = in_turn(workshop.sdp_open(), workshop.openssl_decrypt(), folder, pairs=pairs)
    yield Measured("open 1 GiB, wall / openssl", *_wall(found), 2.0, 1.3)
    workshop.remove("openssl.zip")
    text = workshop.text("text.txt", 512 * MIB // scale)
    found = in_turn(workshop.sdp_pack(text), workshop.openssl_encrypt(text), folder, pairs=pairs)
    yield Measured("pack 512 MiB text, whole process, wall / openssl", *_wall(found), 1.1, 1.0)
    workshop.remove(text)
    with (folder / gib).open("ab") as file, (folder / gib).open("rb") as again:
        for _ in range(1024 // scale):
            file.write(again.read(MIB))
    small = workshop.random("small.bin", MIB)
    found = in_turn(workshop.sdp_pack(gib), workshop.sdp_pack(small), folder, pairs=pairs)
    yield Measured("peak memory, 2 GiB - 1 MiB, MiB", *_peak_apart(found), 32, 8)
    workshop.remove(gib, small, "sdp.cms", "openssl.cms")


def _start_of_pack(workshop: Workshop, pairs: int) -> Iterator[Measured]:
    """Compare `sdp pack` of a small file with importing what it cannot do without."""
    small = workshop.random("small.bin", 50_000)
    yardstick = workshop.python(_YARDSTICK_OF_PACK)
    pairs *= _PACKED_TOGETHER
    found = in_turn(workshop.sdp_pack(small), yardstick, workshop.folder, pairs=pairs)
    workshop.remove(small, "sdp.cms")
    ratio = median_ratio(found, lambda one: one.cpu, together=_PACKED_TOGETHER)
    yield Measured("sdp pack of 50 KB, cpu / its dependencies", *ratio, 2.3, 2.1)


def _small(pairs: int) -> Iterator[Measured]:
    bench = small_letters.Bench.set_up()
    found = small_letters.message_over_signatures(bench, max(pairs, 5))
    yield Measured("message, cpu / three RSA signatures", *spread(found), 2.5, 1.7)
    found = small_letters.package_over_signature(bench, max(pairs, 5))
    yield Measured("package of 50 KB, cpu / RSA signature", *spread(found), 3.8, 3.6)
    found = small_letters.cost_per_attachment(bench, max(pairs, 5))
    yield Measured("cost per attachment, 200 / 20", *spread(found), 1.3, 1.05)


def _imports(pairs: int) -> Iterator[Measured]:
    here = Path.cwd()
    blank = [run([sys.executable, "-c", "pass"], here).wall for _ in range(max(pairs, 3))]
    start_up = statistics.median(blank)

    def ratio(code: str) -> tuple[float, float, float]:
        found = in_turn(
            [sys.executable, "-c", code],
            [sys.executable, "-c", _YARDSTICK_IMPORTS],
            here,
            pairs=pairs * _SHORT_TOGETHER,
        )
        return median_ratio(
            found, lambda one: max(one.wall - start_up, 0.0001), together=_SHORT_TOGETHER
        )

    yield Measured("import sdp / its dependencies", *ratio("import sdp"), 1.4, 1.1)
    yield Measured("import sdp.Client / its dependencies", *ratio("from sdp import Client"))


def _upload(workshop: Workshop, scale: int, pairs: int) -> Iterator[Measured]:
    folder = workshop.folder / "testmiljo"
    document = workshop.folder / workshop.random("upload.bin", 500 * MIB // scale)
    client = [sys.executable, "-m", "benchmarks.upload", str(folder)]
    with _testmiljo(folder):
        found = in_turn([*client, str(document)], client, _ROOT, pairs=pairs)
    workshop.remove(document.name)
    yield Measured("upload of 500 MiB, peak over idle, MiB", *_peak_apart(found), 32, 8)


def _start_of_testmiljo(workshop: Workshop, pairs: int) -> Iterator[Measured]:
    """Time from the command to its first line, when it serves. The one figure that is no ratio."""
    seconds = []
    for _ in range(max(pairs, 3)):
        start = time.perf_counter()
        with _testmiljo(workshop.folder / "testmiljo"):
            seconds.append(time.perf_counter() - start)
    yield Measured("sdp testmiljo until it serves, s", *spread(seconds), 2.0, 1.0)


def _encrypted_outbox(scale: int, rounds: int) -> Iterator[Measured]:
    for what, ratios in outbox_encryption.ratios(rounds, 500 // scale).items():
        yield Measured(f"outbox, {what}, encrypted / not, cpu", *spread(ratios), 1.3, 1.1)


@contextmanager
def _testmiljo(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "sdp", "testmiljo", "--port", "0", "--out", str(folder)]
    with subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as served:
        if served.stdout is None or not served.stdout.readline():
            raise RuntimeError("the test environment did not start")
        try:
            yield
        finally:
            served.terminate()


def _by_size(
    workshop: Workshop, pairs: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    throughput: dict[str, list[float]] = {"sdp pack": [], "openssl cms": []}
    memory: dict[str, list[float]] = {"sdp pack": [], "openssl cms": []}
    for size in _FIGURE_SIZES:
        name = workshop.random("figure.bin", size * MIB)
        ours, theirs = workshop.sdp_pack(name), workshop.openssl_encrypt(name)
        found = in_turn(ours, theirs, workshop.folder, pairs=pairs)
        for label, runs in zip(throughput, zip(*found, strict=True), strict=True):
            throughput[label].append(size / statistics.median(one.wall for one in runs))
            memory[label].append(max(one.peak_bytes for one in runs) / MIB)
    workshop.remove("figure.bin")
    return throughput, memory


def _wall(pairs: list[tuple[Run, Run]]) -> tuple[float, float, float]:
    return median_ratio(pairs, lambda one: one.wall)


def _cpu(pairs: list[tuple[Run, Run]]) -> tuple[float, float, float]:
    return median_ratio(pairs, lambda one: max(one.cpu, 0.0001))


def _peak_apart(pairs: list[tuple[Run, Run]]) -> tuple[float, float, float]:
    return spread([(a.peak_bytes - b.peak_bytes) / MIB for a, b in pairs])


def _show(results: dict[str, Any]) -> None:
    table = Table("what", "min", "median", "max", "must", "aim", "verdict")
    for one in results["measured"]:
        figures = (f"{value:.2f}" for value in (one.low, one.median, one.high))
        targets = ("" if value is None else f"{value:g}" for value in (one.must, one.aim))
        table.add_row(one.what, *figures, *targets, one.verdict)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    machine = results["limits_of_one_core"]
    console.print("This machine, one core:", ", ".join(f"{k} {v:.0f}" for k, v in machine.items()))
    for what, factors in results["scaling"].items():
        told = ", ".join(f"{count} at once {factor:.2f}" for count, factor in factors.items())
        console.print(f"{what}, times one alone: {told}")
    for one in results["growth"]["document"].values():
        console.print(
            f"{one['size'] / 1e6:g} MB packed {one['rounds']} times:"
            f" {one['packed_cpu_ms']:.1f} ms of CPU, {one['packed_mb_per_s']:.0f} MB/s,"
            f" peak {one['peak_mib']:.0f} MiB"
        )


def _write(results: dict[str, Any]) -> None:
    from benchmarks import figures, page

    measured = [asdict(one) | {"verdict": one.verdict} for one in results["measured"]]
    results = results | {"measured": measured}
    page.RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    page.write(results)
    throughput, memory = results["throughput_mib_per_s"], results["peak_memory_mib"]
    figures.by_size(_DOCS / "throughput.svg", _FIGURE_SIZES, throughput, "MiB/s, whole process")
    figures.by_size(_DOCS / "memory.svg", _FIGURE_SIZES, memory, "peak memory, MiB")
    figures.growth(page.FIGURE_OF_GROWTH, results["growth"], results["scaling"])
    figures.shares(_DOCS / "small-letter.svg", results["small_letter"])


if __name__ == "__main__":
    main()
