"""Threads of an async client, and semaphores between them and the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


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


class Threads:
    """The threads of one client, apart from those that the event loop has for everybody.

    Args:
        most: how many there may be; they are started when needed.
    """

    def __init__(self, most: int) -> None:
        self._executor = _executor(most)

    async def run(self, task: Callable[[], T]) -> T:
        """Run what takes time on another thread, and wait for it even when cancelled.

        A task that was started is over when this returns or raises, so that whatever it worked on
        can be let go of; one that was not is never started. What a task raised while it was being
        cancelled is the cause of the `CancelledError`.
        """
        once = _Once(task)
        try:
            job = self._executor.submit(once.run)
        except RuntimeError:
            # No thread can be started. What is under way must come to its end all the same, for the
            # other side may have taken a letter in. (The executor may still hold the task.)
            return once.run()
        running = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError as cancelled:
            if job.cancel():
                raise
            while not running.done():
                try:
                    await asyncio.wait([running])
                except asyncio.CancelledError:
                    continue
            raise cancelled from running.exception()

    def close(self) -> None:
        """Let the threads end. What is under way still gets a thread, to end in good order."""
        ended, self._executor = self._executor, _executor(1)
        ended.shutdown(wait=False)


class _Once(Generic[T]):
    """A task that is run by whoever comes first, and by nobody after that."""

    def __init__(self, task: Callable[[], T]) -> None:
        self._task: Callable[[], T] | None = task
        self._guard = threading.Lock()

    def run(self) -> T:
        """Run the task."""
        with self._guard:
            task, self._task = self._task, None
        if task is None:
            raise CancelledError
        return task()


def _executor(most: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(most, thread_name_prefix="sdp-client")
