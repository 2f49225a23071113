"""Off the event loop and back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def in_thread(task: Callable[[], T]) -> T:
    """Run what takes time on another thread, and wait for it even when cancelled.

    A task that was started is over when this returns or raises, so that whatever it worked on can
    be let go of.
    """
    running = asyncio.get_running_loop().run_in_executor(None, task)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue
        running.exception()  # nobody else will ask for it
        raise
