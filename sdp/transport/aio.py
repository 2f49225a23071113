"""Driver of flows on an event loop, which it never holds up.

A flow computes on a thread. It stays there from one effect that takes time to the next: a lock that
is free is taken there, and the first part of what a request sends is read there too.

What is soon done has no hop to a thread: the first part of a flow that `begins_soon`, and the rest
of one after a short answer to a request that `is_last`. On a thread it would keep the interpreter
from the event loop just as long, for threads take turns every five milliseconds. So a letter costs
one hop.
"""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from sdp.errors import SdpError
from sdp.transport.effects import Done, Emit, Limit, Lock, Sleep, presented, resume
from sdp.transport.request import HttpRequest, gathered
from sdp.transport.semaphore import Semaphore
from sdp.transport.threads import Once, Workers

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        Awaitable,
        Callable,
        Hashable,
    )

    from sdp.transport.effects import Effect, Flow
    from sdp.transport.http import AsyncHttpTransport
    from sdp.transport.request import HttpResponse

T = TypeVar("T")


class Threads:
    """The threads of one client, apart from those that the event loop has for everybody.

    Args:
        most: how many there may be; they are started when needed.
    """

    def __init__(self, most: int) -> None:
        self._workers = _workers(most)

    async def run(self, task: Callable[[], T]) -> T:
        """Run what takes time on another thread, and wait for it even when cancelled.

        A task that was started is over when this returns or raises, so that whatever it worked on
        can be let go of; one that was not is never started. What a task raised while it was being
        cancelled is the cause of the `CancelledError`.
        """
        job = _Job(task, asyncio.get_running_loop())
        try:
            self._workers.submit(job.run)
        except RuntimeError:
            # No thread can be started. What is under way must come to its end all the same, for the
            # other side may have taken a letter in.
            job.run()
        cancelled: asyncio.CancelledError | None = None
        while not job.is_over:
            try:
                await job.turn
            except asyncio.CancelledError as error:
                if job.withdraw():
                    raise
                cancelled = cancelled or error
                job.wait_anew()
        if cancelled is not None:
            raise cancelled from job.failure
        return job.result()

    def close(self) -> None:
        """Let the threads end. What is under way still gets a thread, to end in good order."""
        ended, self._workers = self._workers, _workers(1)
        ended.close()


class _Job(Generic[T]):
    """A task that is run by whoever comes first, and whose end its event loop is told of.

    Attributes:
        is_over: whether the event loop has been told.
        turn: done when it has; whoever is cancelled while awaiting it needs a new one.
        failure: what the task raised.
    """

    def __init__(self, task: Callable[[], T], loop: asyncio.AbstractEventLoop) -> None:
        self._once = Once(task)
        self._loop = loop
        self._result: list[T] = []
        self.is_over = False
        self.turn = loop.create_future()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Run the task, unless somebody has or it was withdrawn. From any thread."""
        task = self._once.take()
        if task is None:
            return
        try:
            self._result.append(task())
        except BaseException as failure:
            self.failure = failure
        try:
            self._loop.call_soon_threadsafe(self._end)
        except RuntimeError:
            return  # the loop is closed, and nobody waits any more

    def withdraw(self) -> bool:
        """Keep the task from being run; tell whether it had not begun."""
        return self._once.take() is not None

    def wait_anew(self) -> None:
        """Make a new turn."""
        self.turn = self._loop.create_future()

    def result(self) -> T:
        """Return what the task returned, or raise what it raised."""
        if self.failure is None:
            return self._result.pop()
        failure, self.failure = self.failure, None
        try:
            raise failure
        finally:
            del failure  # whose traceback holds this frame

    def _end(self) -> None:
        self.is_over = True
        if not self.turn.done():
            self.turn.set_result(None)


def _workers(most: int) -> Workers:
    return Workers(most, "sdp-client")


_MORE_THREADS = 4
"""Beside one for each letter on its way: for receipts and questions, which are soon done."""

_FIRST_REDIRECT = 300

_PIECE = 1024 * 1024
"""How much of a body is read on a thread at a time."""

_SHORT = 64 * 1024
"""An answer up to here is read on the event loop, where it is the last."""


class AsyncDriver:
    """Carries out the effects of flows, any number of flows at once, on one event loop.

    Args:
        http: sends the requests.
        sleep: waits a number of seconds.
        show_remote_text: whether errors show the other side's own words.
    """

    def __init__(
        self,
        http: AsyncHttpTransport,
        sleep: Callable[[float], Awaitable[None]],
        *,
        show_remote_text: bool = False,
    ) -> None:
        self._http = http
        self._sleep = sleep
        self._show_remote_text = show_remote_text
        self._threads = Threads(http.pool_size + _MORE_THREADS)
        self._places = Semaphore(http.pool_size)
        self._locks: dict[Hashable, Semaphore] = {}
        self._locks_guard = threading.Lock()

    async def run(self, flow: Flow[T], *, begins_soon: bool = False) -> T:
        """Drive a flow that emits nothing to its end, and return its result.

        Args:
            flow: the flow.
            begins_soon: whether next to nothing is to be done before its first effect: no key is
                used and no function of the caller's that may take a while, so that the event loop
                may do it.
        """
        running = _Running(flow)
        try:
            self._http.refuse_if_not_usable()
            came = await (self._begun(running) if begins_soon else self._computed(running))
            while not isinstance(came, Done):
                came = await self._advance(running, came)
        except SdpError as error:
            raise presented(error, show_remote_text=self._show_remote_text) from error.__cause__
        finally:
            running.close()
        return came.result

    async def iterate(self, flow: Flow[None]) -> AsyncGenerator[Any]:
        """Drive a flow and yield what it emits. A caller who stops early ends the flow there."""
        running = _Running(flow)
        try:
            self._http.refuse_if_not_usable()
            came = await self._computed(running)
            while not isinstance(came, Done):
                if isinstance(came, Emit):
                    yield came.item
                    came = await self._computed(running)
                else:
                    came = await self._advance(running, came)
        except SdpError as error:
            raise presented(error, show_remote_text=self._show_remote_text) from error.__cause__
        finally:
            running.close()

    def close(self) -> None:
        """Let the threads end. What is under way still gets one, to end in good order."""
        self._threads.close()

    async def _begun(self, running: _Running[T]) -> Effect | _Upload | Done[T]:
        came = resume(running.flow)
        if isinstance(came, HttpRequest) and came.body.length <= _PIECE:
            return self._until_slow(running, came)
        if isinstance(came, Done | Emit | Sleep):
            return came
        return await self._threads.run(partial(self._until_slow, running, came))

    async def _advance(self, running: _Running[T], came: Effect | _Upload) -> Any:
        try:
            result = await self._perform(running, came)
        except Exception as failure:
            return await self._computed(running, failure=failure)
        except asyncio.CancelledError as cancelled:
            resume(running.flow, failure=cancelled)  # which tells what was under way
            raise
        if isinstance(came, _Upload) and came.is_soon_over(result):
            return self._compute(running, result, None)
        return await self._computed(running, result)

    async def _perform(self, running: _Running[Any], came: Effect | _Upload) -> Any:
        match came:
            case _Upload():
                return await self._http.send(came.request, came)
            case Sleep(seconds):
                return await self._sleep(seconds)
            case Lock() | Limit():
                semaphore = self._semaphore(came)
                await semaphore.acquire()
                return running.holds(semaphore)
            case Emit():
                raise TypeError("this flow emits items; iterate over it")
            case HttpRequest():
                raise AssertionError("a request is made an upload on the thread")

    async def _computed(
        self, running: _Running[T], result: Any = None, failure: Exception | None = None
    ) -> Effect | _Upload | Done[T]:
        return await self._threads.run(partial(self._compute, running, result, failure))

    def _compute(
        self, running: _Running[T], result: Any, failure: Exception | None
    ) -> Effect | _Upload | Done[T]:
        """Run on to the end, or to an effect that takes time."""
        return self._until_slow(running, resume(running.flow, result, failure))

    def _until_slow(
        self, running: _Running[T], came: Effect | Done[T]
    ) -> Effect | _Upload | Done[T]:
        while True:
            match came:
                case Lock() | Limit():
                    semaphore = self._semaphore(came)
                    if not semaphore.acquire_if_free():
                        return came
                    came = resume(running.flow, running.holds(semaphore))
                case HttpRequest():
                    try:
                        return _Upload(came, self._threads)
                    except Exception as unreadable:
                        came = resume(running.flow, failure=unreadable)
                case _:
                    return came

    def _semaphore(self, effect: Lock | Limit) -> Semaphore:
        if isinstance(effect, Limit):
            return self._places
        # Keys are hashed and compared by Python code, where another thread may come in between.
        with self._locks_guard:
            return self._locks.setdefault(effect.key, Semaphore(1))


class _Running(Generic[T]):
    """A flow on its way, and what it holds."""

    def __init__(self, flow: Flow[T]) -> None:
        self.flow = flow
        self._held: list[_Held] = []

    def holds(self, semaphore: Semaphore) -> _Held:
        """Note a semaphore that was acquired for the flow."""
        held = _Held(semaphore)
        self._held.append(held)
        return held

    def close(self) -> None:
        """End the flow, and release what it was given and did not release itself."""
        try:
            self.flow.close()
        finally:
            for held in self._held:
                held.release()


class _Held:
    """A place in a semaphore, given back once."""

    def __init__(self, semaphore: Semaphore) -> None:
        self._semaphore: Semaphore | None = semaphore

    def release(self) -> None:
        """Give the place back."""
        semaphore, self._semaphore = self._semaphore, None
        if semaphore is not None:
            semaphore.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class _Upload:
    """A request, and its body piece by piece: the first is read at once, the others on threads."""

    def __init__(self, request: HttpRequest, threads: Threads) -> None:
        self.request = request
        self._threads = threads
        self._left = request.body.length
        self._pieces = gathered(request.body, _PIECE)
        self._piece = next(self._pieces, b"")

    def is_soon_over(self, answer: HttpResponse) -> bool:
        """Tell whether what is left after this answer is too little for a hop to a thread.

        A longer body stands in a file, which is then closed.
        """
        return (
            self.request.is_last
            and answer.status < _FIRST_REDIRECT
            and len(answer.content) <= _SHORT
            and self.request.body.length <= _PIECE
        )

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece, self._piece = self._piece, b""
        if not piece and 0 < self._left < self.request.body.length:
            piece = await self._threads.run(partial(next, self._pieces, b""))
        if not piece:
            raise StopAsyncIteration
        self._left -= len(piece)
        return piece
