"""Driver of flows on the calling thread."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sdp.errors import SdpError
from sdp.transport.effects import Done, Emit, Limit, Lock, Sleep, presented, resume
from sdp.transport.request import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable

    from sdp.transport.effects import Effect, Flow
    from sdp.transport.request import HttpResponse

T = TypeVar("T")


class Sender(Protocol):
    """A blocking transport, such as `HttpTransport`."""

    @property
    def pool_size(self) -> int:
        """The most connections open at once."""

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send a request and return the whole answer."""

    def refuse_if_closed(self) -> None:
        """Raise InvalidInputError if there are no connections any more."""


class Driver:
    """Carries out the effects of flows, one after the other. Safe to share between threads.

    Args:
        http: sends the requests.
        sleep: waits a number of seconds.
        show_remote_text: whether errors show the other side's own words.
    """

    def __init__(
        self, http: Sender, sleep: Callable[[float], None], *, show_remote_text: bool = False
    ) -> None:
        self._http = http
        self._sleep = sleep
        self._show_remote_text = show_remote_text
        self._places = threading.BoundedSemaphore(http.pool_size)
        self._locks: dict[Hashable, threading.Lock] = {}
        self._locks_guard = threading.Lock()

    def run(self, flow: Flow[T]) -> T:
        """Drive a flow that emits nothing to its end, and return its result."""
        try:
            self._http.refuse_if_closed()
            came = resume(flow)
            while not isinstance(came, Done):
                came = self._advance(flow, came)
        except SdpError as error:
            raise presented(error, show_remote_text=self._show_remote_text) from error.__cause__
        finally:
            flow.close()
        return came.result

    def iterate(self, flow: Flow[None]) -> Generator[Any]:
        """Drive a flow and yield what it emits. A caller who stops early ends the flow there."""
        try:
            self._http.refuse_if_closed()
            came = resume(flow)
            while not isinstance(came, Done):
                if isinstance(came, Emit):
                    yield came.item
                    came = resume(flow)
                else:
                    came = self._advance(flow, came)
        except SdpError as error:
            raise presented(error, show_remote_text=self._show_remote_text) from error.__cause__
        finally:
            flow.close()

    def _advance(self, flow: Flow[T], effect: Effect) -> Effect | Done[T]:
        try:
            match effect:
                case HttpRequest():
                    result: Any = self._http.send(effect)
                case Sleep(seconds):
                    result = self._sleep(seconds)
                case Lock(key):
                    result = _held(self._lock_for(key))
                case Limit():
                    result = _held(self._places)
                case Emit():
                    raise TypeError("this flow emits items; iterate over it")  # noqa: TRY301 - a match is whole
        except Exception as failure:
            return resume(flow, failure=failure)
        except BaseException as interrupt:
            resume(flow, failure=interrupt)  # which tells what was under way, and lets go of it
            raise
        return resume(flow, result)

    def _lock_for(self, key: Hashable) -> threading.Lock:
        # Keys are hashed and compared by Python code, where another thread may come in between.
        with self._locks_guard:
            return self._locks.setdefault(key, threading.Lock())


def _held(lock: threading.Lock | threading.Semaphore) -> ExitStack:
    held = ExitStack()
    held.enter_context(lock)
    return held
