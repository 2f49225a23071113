"""Driver of flows for tests: no network, no time, everything written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sdp.transport.effects import Done, Effect, Emit, Flow, Limit, Lock, Sleep, resume
from sdp.transport.http import HttpTransport
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.transport.sync import Driver

T = TypeVar("T")

START = datetime(2025, 3, 1, 12, tzinfo=UTC)

Answer = HttpResponse | Exception


def _ignore(_: object) -> None:
    pass


@dataclass
class FakeDriver:
    """Carries out effects at once: requests go to a function, and the clock moves by sleeping.

    Attributes:
        answer: answers a request; an exception is raised in the flow, whether returned or raised.
        on_emit: what the caller does with each item; what it raises ends the flow, as a block does.
    """

    answer: Callable[[HttpRequest], Answer]
    on_emit: Callable[[Any], object] = _ignore
    moment: datetime = START
    requests: list[HttpRequest] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)
    emitted: list[Any] = field(default_factory=list)
    locks: list[Hashable] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.moment

    def run(self, flow: Flow[T]) -> T:
        """Drive a flow to its end and return its result."""
        try:
            came = resume(flow)
            while not isinstance(came, Done):
                if isinstance(came, Emit):
                    self.emitted.append(came.item)
                    self.on_emit(came.item)
                    came = resume(flow)
                    continue
                try:
                    result = self._perform(came)
                except Exception as failure:
                    came = resume(flow, failure=failure)
                else:
                    came = resume(flow, result)
        finally:
            flow.close()
        return came.result

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case HttpRequest():
                self.requests.append(effect)
                answer = self.answer(effect)
                if isinstance(answer, Exception):
                    raise answer
                return answer
            case Sleep(seconds):
                self.sleeps.append(seconds)
                self.moment += timedelta(seconds=seconds)
                return None
            case Lock(key):
                self.locks.append(key)
                return nullcontext()
            case Limit():
                return nullcontext()
            case Emit():
                raise AssertionError("items are handed to the caller, not carried out")


def drive(flow: Flow[T], answer: Callable[[HttpRequest], Answer]) -> T:
    """Drive a flow to its end against a function that answers its requests."""
    return FakeDriver(answer).run(flow)


def first_request(flow: Flow[Any]) -> HttpRequest:
    """Start a flow, and return the request that it begins with."""
    request = next(flow)
    assert isinstance(request, HttpRequest)
    return request


def over(http: HttpTransport, flow: Flow[T]) -> T:
    """Drive a flow over a transport, as a client does."""
    return Driver(http, time.sleep).run(flow)
