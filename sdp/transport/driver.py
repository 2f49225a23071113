"""Drives flows on the thread that asks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from sdp.transport.flow import Call, FewAtATime, HandOut, OneAtATime, Wait
from sdp.transport.stepping import Finished, started, step_with, thrown_into

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable

    from sdp.transport.flow import Flow, Step
    from sdp.transport.transport import HttpTransport

T = TypeVar("T")


class Driver:
    """Carries out the steps of flows, one after the other. Safe to share between threads.

    Args:
        http: carries the exchanges.
        sleep: waits a number of seconds.
    """

    def __init__(self, http: HttpTransport, sleep: Callable[[float], None]) -> None:
        self._http = http
        self._sleep = sleep
        self._turns = threading.BoundedSemaphore(http.pool_size)
        self._locks: dict[Hashable, threading.Lock] = {}
        self._making_locks = threading.Lock()

    def run(self, flow: Flow[T]) -> T:
        """Drive a flow that hands nothing out to its end, and return its result."""
        try:
            self._http.refuse_if_closed()
            came = started(flow)
            while not isinstance(came, Finished):
                came = self._advance(flow, came)
        finally:
            flow.close()
        return came.result

    def iterate(self, flow: Flow[None]) -> Generator[Any]:
        """Drive a flow and give what it hands out. A caller who stops early ends the flow there."""
        try:
            self._http.refuse_if_closed()
            came = started(flow)
            while not isinstance(came, Finished):
                if isinstance(came, HandOut):
                    yield came.item
                    came = step_with(flow, None)
                else:
                    came = self._advance(flow, came)
        finally:
            flow.close()

    def _advance(self, flow: Flow[T], step: Step) -> Step | Finished[T]:
        try:
            result = self._carried_out(step)
        except Exception as failure:
            return thrown_into(flow, failure)
        return step_with(flow, result)

    def _carried_out(self, step: Step) -> Any:
        match step:
            case Call(exchange):
                return self._http.run(exchange)
            case Wait(seconds):
                return self._sleep(seconds)
            case OneAtATime(key, flow):
                with self._lock_for(key):
                    return self.run(flow)
            case FewAtATime(flow):
                with self._turns:
                    return self.run(flow)
            case HandOut():
                raise TypeError("this flow hands items out; iterate over it")

    def _lock_for(self, key: Hashable) -> threading.Lock:
        # Keys are hashed and compared by Python code, where another thread may come in between.
        with self._making_locks:
            return self._locks.setdefault(key, threading.Lock())
