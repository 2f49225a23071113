"""The two programs that pack, ours and Difi's Java client, and their costs by the system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from benchmarks.pairs import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.pairs import Command

_PROJECT = Path(__file__).parents[1] / "tests" / "interop" / "java"
_KEYS = ["sender.p12", "mailbox.pem"]
_TICKS = os.sysconf("SC_CLK_TCK")


def missing() -> str | None:
    """Tell what this machine lacks, if anything."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if lacking:
        return (
            f"{' and '.join(lacking)} not found. This measures beside Difi's Java client, which "
            "takes Java 17 and Maven; on Debian: apt-get install openjdk-17-jdk-headless maven"
        )
    if not Path("/proc/self/status").exists():
        return "There is no /proc here, where memory and processor time are read; it takes Linux."
    return None


def compile_java() -> None:
    """Compile the Java program, with libraries of this machine or else of Maven's registry."""
    maven = ["mvn", "--batch-mode", "--quiet"]
    for command in ([*maven, "--offline", "compile"], [*maven, "compile"]):
        outcome = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, check=False)
        if outcome.returncode == 0:
            return
    raise SystemExit(f"The Java program does not compile:\n{outcome.stdout.strip()[-2000:]}")


def java_version() -> str:
    """Name the Java that is used, such as `17.0.15`."""
    outcome = subprocess.run(["java", "--version"], capture_output=True, text=True, check=True)
    return outcome.stdout.split()[1]


def sdp_command() -> Command:
    """Start our packer."""
    return [sys.executable, "-m", "benchmarks.packer", *_KEYS]


def java_command(
    *options: str, program: str = "Packer", arguments: Sequence[str] = _KEYS
) -> Command:
    """Start a program on Difi's Java client, the packer unless another is named."""
    target = _PROJECT / "target"
    classpath = f"{target / 'classes'}:{(target / 'classpath.txt').read_text().strip()}"
    return ["java", *options, "-cp", classpath, f"interop.{program}", *arguments]


@dataclass(frozen=True)
class Crew:
    """Processes that get the same order at once, mostly one alone."""

    processes: tuple[subprocess.Popen[str], ...]

    def ask(self, order: str) -> Run:
        """Give an order, and measure until the last has answered; memory is since its start."""
        before = self._cpu()
        start = time.perf_counter()
        for process in self.processes:
            _pipe(process.stdin).write(order + "\n")
            _pipe(process.stdin).flush()
        for process in self.processes:
            if not _pipe(process.stdout).readline():
                raise RuntimeError(f"{process.args!r} failed at: {order}")
        wall = time.perf_counter() - start
        peak = sum(_peak_bytes(process.pid) for process in self.processes)
        return Run(wall, self._cpu() - before, peak)

    def _cpu(self) -> float:
        return sum(_cpu_seconds(process.pid) for process in self.processes)


@contextmanager
def crew(command: Command, folder: Path, count: int = 1, *, quiet: bool = False) -> Iterator[Crew]:
    """Start processes, and end them."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with ExitStack() as stack:
        processes = tuple(
            stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL if quiet else None,
                    text=True,
                )
            )
            for _ in range(count)
        )
        yield Crew(processes)


def first(command: Command, folder: Path, order: str, *, quiet: bool = False) -> Run:
    """Carry out one order in a process of its own, measured from before that is started."""
    start = time.perf_counter()
    with crew(command, folder, quiet=quiet) as alone:
        asked = alone.ask(order)
        wall = time.perf_counter() - start
        return Run(wall, _cpu_seconds(alone.processes[0].pid), asked.peak_bytes)


def _pipe(found: IO[str] | None) -> IO[str]:
    if found is None:
        raise RuntimeError("the process has no pipe")
    return found


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
