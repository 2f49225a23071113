"""Worker thread for one stage of packing."""

from __future__ import annotations

import threading
from collections import deque
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
        worker.end()
    except BaseException:
        worker.abandon()
        raise
    worker.raise_failure()


class _Worker:
    def __init__(self, write: Callable[[Buffer], object]) -> None:
        self._write = write
        self._waiting: deque[Buffer] = deque()
        self._no_more = False
        self._failure: BaseException | None = None
        self._changed = threading.Condition()
        # For Python 3.11, a thread has ended as soon as whoever joins it is interrupted.
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sdp-pack", daemon=True)
        self._thread.start()

    def pass_on(self, piece: Buffer) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < _DEPTH or self._no_more)
            if not self._no_more:
                self._waiting.append(piece)
                self._changed.notify_all()
        self.raise_failure()

    def end(self) -> None:
        with self._changed:
            self._no_more = True
            self._changed.notify_all()
        self._over.wait()
        self._thread.join()

    def abandon(self) -> None:
        """Drop what waits, and end. Waits for nobody but the piece that is being written."""
        with self._changed:
            self._waiting.clear()
        self.end()

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            while (piece := self._next()) is not None:
                self._write(piece)
        except BaseException as failure:
            self._failure = failure
            with self._changed:
                self._no_more = True
                self._changed.notify_all()
        self._over.set()

    def _next(self) -> Buffer | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._no_more)
            if not self._waiting:
                return None
            self._changed.notify_all()
            return self._waiting.popleft()
