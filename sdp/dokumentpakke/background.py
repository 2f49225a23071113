"""Another thread for another stage of the work."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Buffer

_DEPTH = 4


@contextmanager
def background(write: Callable[[Buffer], object]) -> Iterator[Callable[[Buffer], None]]:
    """Run a writer on a thread of its own for as long as the block lasts.

    Hands out a function that passes pieces on, which must not change afterwards. At most four
    wait. What the writer raises is raised at the next piece, or when the block ends; the thread
    has ended by then, whichever way the block does.
    """
    worker = _Worker(write)
    try:
        yield worker.pass_on
    finally:
        worker.end()
    worker.raise_failure()


class _Worker:
    def __init__(self, write: Callable[[Buffer], object]) -> None:
        self._write = write
        self._pieces: queue.Queue[Buffer | None] = queue.Queue(_DEPTH)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sdp-pack", daemon=True)
        self._thread.start()

    def pass_on(self, piece: Buffer) -> None:
        self.raise_failure()
        self._pieces.put(piece)

    def end(self) -> None:
        self._pieces.put(None)
        self._thread.join()

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if self._failure is None:
                try:
                    self._write(piece)
                except BaseException as failure:
                    self._failure = failure
