"""A test environment in a process of its own, whose contact register knows everybody."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sdp.testmiljo import Kind, Testmiljo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROOT = Path(__file__).parents[1]


@contextmanager
def serving(folder: Path) -> Iterator[Callable[[], int]]:
    """Serve it, with client configurations in a folder: `sdp.toml` (ebMS) and `sdp-dpi.toml`.

    Hands out a function that tells how many requests the register has had.
    """
    command = [sys.executable, "-m", "benchmarks.register", str(folder)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        told, ask = _open(served.stdout), _open(served.stdin)
        if told.readline().strip() != "ready":
            raise RuntimeError("the test environment did not start")

        def asked() -> int:
            print(file=ask, flush=True)
            return int(told.readline())

        try:
            yield asked
        finally:
            served.terminate()


def _open(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the test environment has no pipe")
    return stream


def main(folder: Path) -> None:
    """Write the configurations, serve, and tell the register's requests for each line read."""
    with Testmiljo.start() as miljo:
        miljo.register.know_everybody_as(Kind.REACHABLE)
        miljo.write_config(folder)
        print("ready", flush=True)
        for _ in sys.stdin:
            print(miljo.krr_rest.requests, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
