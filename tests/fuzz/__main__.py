"""`python -m tests.fuzz [--seconds N] [TARGET...]`: fuzzes for long; keeps what breaks it."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
import traceback
import warnings
from pathlib import Path

from tests.fuzz.mutating import mutated
from tests.fuzz.target import Target
from tests.fuzz.targets import targets
from tests.fuzz.world import World

_CRASHES = Path(__file__).parent / "crashes"
_SLOW_SECONDS = 5.0


def main() -> int:
    """Fuzz each target for a while; the exit code is 1 if anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("names", nargs="*", metavar="TARGET")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    broken = 0
    for target in targets(World.make()):
        if not chosen.names or target.name in chosen.names:
            inputs, found = _fuzz(target, chosen.seconds)
            broken += found
            print(f"{target.name:24} {inputs:8} inputs  {found} broke it", flush=True)
    return 1 if broken else 0


def _fuzz(target: Target, seconds: float) -> tuple[int, int]:
    start, inputs, found = time.monotonic(), 0, set[str]()
    seed = time.time_ns()
    while time.monotonic() - start < seconds:
        data = mutated(seed + inputs, target.corpus)
        inputs += 1
        began = time.monotonic()
        try:
            target(data)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__} at {place.filename}:{place.lineno}"
            if reason not in found:
                found.add(reason)
                _keep(target, data, reason)
        if time.monotonic() - began > _SLOW_SECONDS:
            found.add("slow")
            _keep(target, data, "too slow")
    return inputs, len(found)


def _keep(target: Target, data: bytes, reason: str) -> None:
    _CRASHES.mkdir(exist_ok=True)
    digest = hashlib.sha256(data).hexdigest()[:12]
    path = _CRASHES / f"{target.name.replace(' ', '-')}-{digest}"
    path.write_bytes(data)
    print(f"{target.name}: {reason}; kept in {path}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
