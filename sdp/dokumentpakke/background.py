"""A second thread for the second half of the work."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_DEPTH = 4


class BackgroundWriter:
    """Passes pieces on to a writer that runs on a thread of its own.

    At most four pieces wait. What the writer raises is raised here at the next call, and the
    thread has ended when `close` or `abandon` returns.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._pieces: queue.Queue[bytes | None] = queue.Queue(_DEPTH)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sdp-pack", daemon=True)
        self._thread.start()

    def write(self, piece: bytes) -> None:
        """Pass a piece on; waits while the writer is behind."""
        self._raise_failure()
        self._pieces.put(piece)

    def close(self) -> None:
        """Wait until everything is written."""
        self.abandon()
        self._raise_failure()

    def abandon(self) -> None:
        """End the thread, whatever it thinks of it."""
        self._pieces.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if self._failure is None:
                try:
                    self._write(piece)
                except BaseException as failure:
                    self._failure = failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
