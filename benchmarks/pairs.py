"""Timing of two commands in turn, A B B A, by the operating system's own accounting."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Command = list[str]

_WITHOUT_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run of a command: seconds of wall clock and processor, and peak memory."""

    wall: float
    cpu: float
    peak_bytes: int


def run(command: Command, folder: Path) -> Run:
    """Run a command once; its output is thrown away."""
    # An installed program has its bytecode on disk, and so should what is measured here.
    environment = {name: os.environ[name] for name in os.environ if name != _WITHOUT_BYTECODE}
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with _peak_of(process.pid) as peak:
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    said = process.stderr.read() if process.stderr else ""
    if process.stderr:
        process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed: {said.strip()[-500:]}")
    # Where there is no /proc, the system's figure has this process's own memory as its floor.
    return Run(wall, usage.ru_utime + usage.ru_stime, max(peak) or usage.ru_maxrss * 1024)


@contextmanager
def _peak_of(pid: int) -> Iterator[list[int]]:
    seen = [0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            with suppress(OSError, ValueError, IndexError):
                status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
                seen.append(int(status.split("VmHWM:")[1].split()[0]) * 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def in_turn(a: Command, b: Command, folder: Path, *, pairs: int) -> list[tuple[Run, Run]]:
    """Run two commands in turn, after one of each that does not count.

    Every second pair begins with the other one, so that neither gains where the machine slows down.
    """
    run(a, folder), run(b, folder)
    found = []
    for number in range(pairs):
        if number % 2:
            second = run(b, folder)
            found.append((run(a, folder), second))
        else:
            first = run(a, folder)
            found.append((first, run(b, folder)))
    return found


def median_ratio(
    pairs: Sequence[tuple[Run, Run]], figure: Callable[[Run], float], *, together: int = 1
) -> tuple[float, float, float]:
    """Return the smallest, the middle and the largest ratio A/B of the rounds.

    A round is one pair, or for short commands the medians of some pairs `together`: of a third of
    a second the system charges a tenth more or less by chance.
    """
    rounds = [pairs[start : start + together] for start in range(0, len(pairs), together)]
    ratios = sorted(_middle(figure, each, 0) / _middle(figure, each, 1) for each in rounds)
    return ratios[0], statistics.median(ratios), ratios[-1]


def _middle(figure: Callable[[Run], float], pairs: Sequence[tuple[Run, Run]], side: int) -> float:
    return statistics.median(figure(pair[side]) for pair in pairs)
