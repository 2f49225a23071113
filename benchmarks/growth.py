"""Growth of the cost of a letter: by the size of its document, and by its attachments.

Documents are made while they are read and stored nowhere, so that four gigabytes need no disk.
`python -m benchmarks.growth` measures these alone, and writes them into the results, the page and
the figure.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from benchmarks.small_letters import Bench
from sdp import Dokument, pack_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from sdp import DigitalForsendelse

_ROOT = Path(__file__).parents[1]
_KB, _MB, _GB = 10**3, 10**6, 10**9
_SIZES = {
    "1 KB": _KB,
    "10 KB": 10 * _KB,
    "100 KB": 100 * _KB,
    "1 MB": _MB,
    "10 MB": 10 * _MB,
    "50 MB": 50 * _MB,
    "500 MB": 500 * _MB,
    "1 GB": _GB,
    "4 GB": 4 * _GB,
}
_ATTACHMENTS = (0, 1, 10, 50, 200)
_SENDABLE = 50 * _MB  # what the mailboxes take; larger letters are packed only
_IN_A_ROUND = 20 * _MB  # so many bytes of small letters make a round, and 100 letters at most
_IN_ALL = 2 * _GB  # large letters are packed until so much has been read, and once at least
_BLOCK = 8 * 1024 * 1024
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Packed:
    """Cost of letters with a document of one size.

    Attributes:
        size: of the document, in bytes.
        rounds: how often it was measured; figures are medians of so many.
        packed_cpu_ms: processor time of packing it into nothing, by all threads.
        packed_mb_per_s: bytes of the document for each second of the clock, in millions.
        message_cpu_ms: the same of a whole ebMS message; None for what no mailbox takes.
        peak_mib: most memory that the process ever held, Python and its modules included.
    """

    size: int
    rounds: int
    packed_cpu_ms: float
    packed_mb_per_s: float
    message_cpu_ms: float | None
    peak_mib: float


def growth(rounds: int, scale: int = 1) -> dict[str, Any]:
    """Measure both; `scale` divides the sizes that are large."""
    sizes = {name: size if size <= _MB else size // scale for name, size in _SIZES.items()}
    return {
        "document": {name: _in_a_process_of_its_own(size, rounds) for name, size in sizes.items()},
        "attachments": _by_attachments(rounds),
    }


def _in_a_process_of_its_own(size: int, rounds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.growth", str(size), str(rounds)]
    told = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def packed(size: int, rounds: int) -> Packed:
    """Pack letters of one size here; rounds are fewer where they would take long."""
    bench = Bench.set_up()
    dokument = Dokument.from_stream(
        lambda: cast("BinaryIO", _Generated(size)), filnavn="brev.pdf", tittel="Brev", size=size
    )
    letter = bench.letter(hoveddokument=dokument)
    rounds = max(1, min(rounds, _IN_ALL // size))
    times = max(1, min(100, _IN_A_ROUND // size))
    bench.message(bench.letter())
    packing = [_costs(lambda: _pack(bench, letter), times) for _ in range(rounds)]
    whole = None
    if size <= _SENDABLE:
        whole = [_costs(lambda: bench.message(letter), times)[0] for _ in range(rounds)]
    return Packed(
        size=size,
        rounds=rounds,
        packed_cpu_ms=statistics.median(cpu for cpu, _ in packing) * 1e3,
        packed_mb_per_s=size / _MB / statistics.median(wall for _, wall in packing),
        message_cpu_ms=None if whole is None else statistics.median(whole) * 1e3,
        peak_mib=_peak_bytes() / _MIB,
    )


class _Generated(io.RawIOBase):
    """Stream of bytes that do not compress: one random block over and over."""

    _block = memoryview(os.urandom(_BLOCK))

    def __init__(self, size: int) -> None:
        self._size = size
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        target, at = memoryview(buffer), self._read % _BLOCK
        count = min(len(target), self._size - self._read, _BLOCK - at)
        target[:count] = self._block[at : at + count]
        self._read += count
        return count


def _pack(bench: Bench, letter: DigitalForsendelse) -> None:
    moment = datetime.now(UTC)
    pack_to(lambda _: None, letter, bench.signer, moment=moment, size_limit=10 * _GB)


def _by_attachments(rounds: int) -> dict[str, float]:
    bench = Bench.set_up()
    letters = {str(count): bench.letter(attachments=count) for count in _ATTACHMENTS}
    found: dict[str, list[float]] = {count: [] for count in letters}
    for _ in range(rounds):
        for count, letter in letters.items():
            found[count].append(_costs(partial(bench.message, letter), 30)[0])
    return {count: statistics.median(each) * 1e3 for count, each in found.items()}


def _costs(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the seconds of processor and of clock for each time that work is done."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        work()
    return (time.process_time() - cpu) / times, (time.perf_counter() - wall) / times


def _peak_bytes() -> int:
    """Return the most memory this process has held (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main() -> None:
    """Measure one size for the process that asks, or everything for the page."""
    if len(sys.argv) > 1:
        print(json.dumps(asdict(packed(*map(int, sys.argv[1:])))))
        return
    from benchmarks import figures, page

    results = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    results["growth"] = growth(results["rounds"])
    page.RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    page.write(results)
    figures.growth(page.FIGURE_OF_GROWTH, results["growth"], results["scaling"])


if __name__ == "__main__":
    main()
