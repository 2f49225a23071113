"""Tasks for threads, done at once where the system lets this process start no more of them."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

T = TypeVar("T")


class Once(Generic[T]):
    """A task that is run by whoever comes first, and by nobody after that."""

    def __init__(self, task: Callable[[], T]) -> None:
        self._left = [task]

    def take(self) -> Callable[[], T] | None:
        """Return the task to whoever comes first; None to everybody after that."""
        try:
            return self._left.pop()  # one thread alone gets it
        except IndexError:
            return None

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


class Workers:
    """Threads that take tasks in turn. One is started for a task when none is free.

    An executor of the standard library makes a future for each task, with a condition and a lock,
    and tells it of everything. Nobody waits for one here, and it cost as much as the hop itself.
    They end when they are closed or nobody knows them any more, and never hold up the process.

    Args:
        most: how many threads there may be.
        name: what their names begin with.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._started = 0
        self._guard = threading.Lock()
        self._state = _State()
        weakref.finalize(self, self._state.tasks.put, None).atexit = False

    def submit(self, task: Callable[[], object]) -> None:
        """Have a task done by a thread. It must not raise.

        Raises:
            RuntimeError: there is no thread, and none can be started.
        """
        try:
            self._state.free.pop()
        except IndexError:
            with self._guard:
                if self._started < self._most:
                    self._start()
        self._state.tasks.put(task)

    def close(self) -> None:
        """Let the threads end when what was submitted is done."""
        self._state.tasks.put(None)

    def _start(self) -> None:
        name = f"{self._name}_{self._started}"
        thread = threading.Thread(target=self._state.work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._started:
                raise
            return  # one of the others does it later
        self._started += 1


class _State:
    """State that workers share. They must not keep alive whoever submits their tasks.

    Attributes:
        tasks: what is to be done; None when there is to be no more.
        free: an item for each worker that waits, which whoever submits a task takes away.
    """

    def __init__(self) -> None:
        self.tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self.free: list[None] = []

    def work(self) -> None:
        """Do tasks until there are to be no more."""
        while (task := self.tasks.get()) is not None:
            task()
            task = None  # what it holds may be large
            self.free.append(None)
        self.tasks.put(None)  # for the next
