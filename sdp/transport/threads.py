"""Tasks for threads, done at once where the system lets this process start no more of them."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

T = TypeVar("T")


class Once(Generic[T]):
    """A task that is run by whoever comes first, and by nobody after that."""

    def __init__(self, task: Callable[[], T]) -> None:
        self._task: Callable[[], T] | None = task
        self._guard = threading.Lock()

    def take(self) -> Callable[[], T] | None:
        """Return the task to whoever comes first; None to everybody after that."""
        with self._guard:
            task, self._task = self._task, None
        return task

    def run(self) -> T:
        """Run the task."""
        task = self.take()
        if task is None:
            raise CancelledError
        return task()


def submitted(executor: Executor, task: Callable[[], T]) -> Future[T]:
    """Submit a task, or run it here where no thread can be started for it.

    An executor that could start none still holds the task, and runs it later if it can.
    """
    once = Once(task)
    try:
        return executor.submit(once.run)
    except RuntimeError:
        done: Future[T] = Future()
        try:
            done.set_result(once.run())
        except BaseException as error:
            done.set_exception(error)
        return done
