"""Off the event loop and back."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


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
        job = self._executor.submit(task)
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


def _executor(most: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(most, thread_name_prefix="sdp-client")
