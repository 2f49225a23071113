"""Drives flows by hand: each request goes to a function, each wait is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sdp.transport.exchange import Exchange, HttpRequest, HttpResponse
from sdp.transport.flow import Call, Flow, OneAtATime, Wait

T = TypeVar("T")

START = datetime(2025, 3, 1, 12, tzinfo=UTC)


@dataclass
class Hand:
    """The other side, the clock and everything that happened."""

    answer: Callable[[HttpRequest], HttpResponse]
    moment: datetime = START
    requests: list[HttpRequest] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.moment

    def run(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                match step:
                    case Call(exchange):
                        try:
                            result = self._exchange(exchange)
                        except Exception as failure:
                            step = flow.throw(failure)
                        else:
                            step = flow.send(result)
                    case Wait(seconds):
                        self.waits.append(seconds)
                        self.moment += timedelta(seconds=seconds)
                        step = flow.send(None)
                    case OneAtATime(flow=inner):
                        step = flow.send(self.run(inner))
                    case _:
                        raise AssertionError(f"no flow of the register takes the step {step}")
        except StopIteration as finished:
            result_of_flow: T = finished.value
            return result_of_flow

    def _exchange(self, exchange: Exchange[Any]) -> Any:
        try:
            request = next(exchange)
            while True:
                self.requests.append(request)
                try:
                    response = self.answer(request)
                except Exception as failure:
                    request = exchange.throw(failure)
                else:
                    request = exchange.send(response)
        except StopIteration as finished:
            return finished.value


def body(request: HttpRequest) -> bytes:
    return b"".join(request.body.chunks())


def asked(request: HttpRequest) -> list[str]:
    """The people a request asks about."""
    numbers: list[str] = json.loads(body(request))["personidentifikatorer"]
    return numbers


def as_json(content: object, status: int = 200, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(
        status, {"content-type": "application/json", **named}, json.dumps(content).encode()
    )
