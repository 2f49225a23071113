"""`python -m tests.fuzz [--seconds N] [TARGET...]`: fuzzes for long; keeps what breaks it."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from sdp.errors import SdpError
from tests.fuzz.mutating import mutated
from tests.fuzz.target import Target
from tests.fuzz.targets import targets
from tests.fuzz.world import World

_CRASHES = Path(__file__).parent / "crashes"
_SLOW_SECONDS = 5.0
_LONGEST = 64 * 1024
"""An input that has grown longer than this is not kept to start from: it only costs time."""

_Behaviour = tuple[object, ...]


def main() -> int:
    """Fuzz each target for a while; the exit code is 1 if anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60.0, help="of CPU time, for each target")
    parser.add_argument("--list", action="store_true", help="name the targets, and stop")
    parser.add_argument("names", nargs="*", metavar="TARGET")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    broken = 0
    for target in targets(World.make()):
        if chosen.names and target.name not in chosen.names:
            continue
        if chosen.list:
            print(target.name)
            continue
        run = _Run(target)
        run.go(chosen.seconds)
        broken += len(run.broken)
        print(run.summary(), flush=True)
    return 1 if broken else 0


@dataclass
class _Run:
    """One target, fuzzed for a while.

    An input that ends as none before it did, at another line or by another way, joins those that
    are changed, so that what lies behind the first checks is reached too.
    """

    target: Target
    inputs: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    broken: set[str] = field(default_factory=set)
    seen: set[_Behaviour] = field(default_factory=set)

    def go(self, seconds: float) -> None:
        """Change inputs and read them, for that many seconds of CPU time."""
        corpus = list(self.target.corpus)
        began, began_cpu, seed = time.monotonic(), time.process_time(), time.time_ns()
        while time.process_time() - began_cpu < seconds:
            data = mutated(seed + self.inputs, corpus)
            self.inputs += 1
            behaviour = self._read(data)
            if behaviour not in self.seen and len(data) <= _LONGEST:
                self.seen.add(behaviour)
                corpus.append(data)
        self.wall, self.cpu = time.monotonic() - began, time.process_time() - began_cpu

    def _read(self, data: bytes) -> _Behaviour:
        began = time.process_time()
        try:
            self.target.read(data)
            behaviour: _Behaviour = ()
        except SdpError as error:
            behaviour = _way(error)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic of Rust is no Exception
            behaviour = _way(error)
            place = traceback.extract_tb(error.__traceback__)[-1]
            self._keep(data, f"{type(error).__name__} at {place.filename}:{place.lineno}")
        if time.process_time() - began > _SLOW_SECONDS:
            self._keep(data, "too slow")
        return behaviour

    def _keep(self, data: bytes, reason: str) -> None:
        if reason in self.broken:
            return
        self.broken.add(reason)
        _CRASHES.mkdir(exist_ok=True)
        digest = hashlib.sha256(data).hexdigest()[:12]
        path = _CRASHES / f"{self.target.name.replace(' ', '-')}-{digest}"
        path.write_bytes(data)
        print(f"{self.target.name}: {reason}; kept in {path}", file=sys.stderr, flush=True)

    def summary(self) -> str:
        """What was done, on one line."""
        return (
            f"{self.target.name:24} {self.inputs:9} inputs  {len(self.seen):5} new  "
            f"{len(self.broken)} broke it  {self.wall:6.0f} s  {self.cpu:6.0f} s CPU"
        )


def _way(error: BaseException | None) -> _Behaviour:
    """Each error from the one that came out to its first cause, by the lines that it passed."""
    way: list[object] = []
    while error is not None and len(way) < 200:
        way.append(type(error).__name__)
        way += [(f.f_code.co_filename, line) for f, line in traceback.walk_tb(error.__traceback__)]
        error = error.__cause__
    return tuple(way)


if __name__ == "__main__":
    sys.exit(main())
