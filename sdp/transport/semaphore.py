"""Semaphore for threads and an event loop together: nobody is held up who need not wait."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress


class Semaphore:
    """A semaphore that threads take if it is free, and that is awaited on the event loop."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._guard = threading.Lock()

    def acquire_if_free(self) -> bool:
        """Take a place if there is one. From any thread."""
        with self._guard:
            if not self._free:
                return False
            self._free -= 1
            return True

    async def acquire(self) -> None:
        """Take a place, when it is the caller's turn."""
        with self._guard:
            if self._free:
                self._free -= 1
                return
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Give a place back, or pass it on to who waits longest. From any thread."""
        with self._guard:
            if not self._waiting:
                self._free += 1
                return
            turn = self._waiting.popleft()
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            turn.get_loop().call_soon_threadsafe(self._pass_on, turn)

    def _pass_on(self, turn: asyncio.Future[None]) -> None:
        if turn.cancelled():
            self.release()
        else:
            turn.set_result(None)
