"""Faults that wait to happen, in order, and play out over HTTP."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Final, TypeVar, overload

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sdp.testmiljo.faults.kinds import (
    CommonFault,
    CutRequest,
    Delay,
    LoseAnswer,
    Planned,
    RefuseWithStatus,
    Traffic,
    TruncateAnswer,
    place_of,
    traffic_of,
    written_fault,
)
from sdp.testmiljo.world.journal import remark

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sdp.testmiljo.server import Connection


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import TypeIs

    from sdp.testmiljo.broker.answers import Answer
    from sdp.testmiljo.faults.kinds import Fault

    _Meant = tuple[Fault, Traffic | None]

F = TypeVar("F", bound="Fault")


class Faults:
    """The faults that wait to happen, in order. Safe to share between threads.

    A fault waits to happen once; or it lasts, and happens to each request that nothing else waits
    for.
    """

    def __init__(self) -> None:
        self._waiting: list[_Meant] = []
        self._lasting: list[_Meant] = []
        self._kept: dict[Traffic, Answer] = {}
        self._lock = threading.Lock()

    def add(self, fault: Fault, *, times: int | None = 1, on: Traffic | None = None) -> None:
        """Make the next requests go wrong.

        Args:
            fault: what is to happen to them.
            times: how many of them; None for all, until `clear` is called.
            on: what they are about; None for whatever the fault can happen to.
        """
        self.play([Planned(fault, times, on)])

    def play(self, scenario: Iterable[Planned]) -> None:
        """Make the next requests go wrong as a scenario says, in its order."""
        planned = tuple(scenario)
        with self._lock:
            for each in planned:
                meant = (each.fault, each.on)
                if each.times is None:
                    self._lasting.append(meant)
                else:
                    self._waiting.extend([meant] * each.times)

    def clear(self) -> None:
        """Let everything go well from here on."""
        with self._lock:
            self._waiting.clear()
            self._lasting.clear()
            self._kept.clear()

    def keep(self, traffic: Traffic, answer: Answer) -> None:
        """Keep an answer for the next request of a kind."""
        with self._lock:
            self._kept[traffic] = answer

    def take_kept(self, traffic: Traffic) -> Answer | None:
        """Give the answer that was kept for this request, once; None where there is none."""
        with self._lock:
            answer = self._kept.pop(traffic, None)
        if answer is not None:
            remark("went wrong on demand: an answer to another request, given again")
        return answer

    @property
    def waiting(self) -> tuple[tuple[Fault, Traffic | None], ...]:
        """The faults that are still to happen, in order, each with the traffic it is for."""
        with self._lock:
            return tuple(self._waiting)

    @property
    def lasting(self) -> tuple[tuple[Fault, Traffic | None], ...]:
        """The faults that last until they are cleared, each with the traffic it is for."""
        with self._lock:
            return tuple(self._lasting)

    @overload
    def take(self, traffic: Traffic) -> Fault | None: ...

    @overload
    def take(self, traffic: Traffic, befalls: Callable[[Fault], TypeIs[F]]) -> F | None: ...

    def take(
        self, traffic: Traffic, befalls: Callable[[Fault], bool] = lambda _: True
    ) -> Fault | None:
        """Take the fault for this request off the list, if there is one; what lasts stays.

        Args:
            traffic: what the request is about.
            befalls: which faults can happen to it.
        """
        with self._lock:
            meant = self._first(traffic, befalls)
            if meant is None:
                return None
            if meant in self._waiting:
                self._waiting.remove(meant)
        fault, _ = meant
        remark(f"went wrong on demand: {written_fault(fault)}")
        return fault

    def take_cut(self, traffic: Traffic, befalls: Callable[[Fault], bool]) -> CutRequest | None:
        """Take the fault for this request off the list, if its request is to be cut; else none."""
        with self._lock:
            first = self._first(traffic, befalls)
        is_cut = first is not None and isinstance(first[0], CutRequest)
        return self.take(traffic, _is_cut) if is_cut else None

    def _first(self, traffic: Traffic, befalls: Callable[[Fault], bool]) -> _Meant | None:
        """Find the fault for a request: the first that waits, or else the first that lasts."""
        for fault, on in (*self._waiting, *self._lasting):
            if _is_meant(fault, on, traffic) and befalls(fault):
                return fault, on
        return None


def _is_cut(fault: Fault) -> TypeIs[CutRequest]:
    return isinstance(fault, CutRequest)


def _is_meant(fault: Fault, on: Traffic | None, traffic: Traffic) -> bool:
    if traffic not in traffic_of(type(fault)):
        return False
    if on is None and traffic in (Traffic.TOKEN, Traffic.LOOKUP):
        # What a client asks before it sends must not use up what is meant for the sending.
        return not isinstance(fault, CommonFault)
    return on in (None, traffic)


_log = logging.getLogger("sdp.testmiljo")


T = TypeVar("T")

_LONGEST_ON_THE_LOOP: Final = 256 * 1024
"""The largest request, in bytes, that is answered on the event loop. What such a one takes, some
milliseconds, is less than what it costs to hand it to a thread and to share the interpreter."""


async def processed(process: Callable[[], T], size: int = 0) -> T:
    """Process a request: on the event loop where it is small, on a thread where it is large.

    Args:
        process: does it.
        size: the bytes of the request.
    """
    return process() if size <= _LONGEST_ON_THE_LOOP else await run_in_threadpool(process)


async def answered(
    process: Callable[[], Response], fault: CommonFault | None, size: int = 0
) -> Response:
    """Answer a request, or get it wrong.

    Args:
        process: answers it; see `processed`.
        fault: what is to go wrong, if anything.
        size: the bytes of the request.
    """
    match fault:
        case RefuseWithStatus(status):
            return Response(status_code=status)
        case Delay(seconds):
            await asyncio.sleep(seconds)
            return await processed(process, size)
        case LoseAnswer(accepted):
            if accepted:
                await processed(process, size)
            return Cut()
        case CutRequest():
            return Cut()  # it was asked for when the request was here already
        case TruncateAnswer(at):
            return Truncated(await processed(process, size), at)
        case None:
            return await processed(process, size)


class Cut(Response):
    """Cuts the connection without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer, as ASGI wants it done."""
        await cut(scope, receive)


def client_went_away(request: Request, _: Exception) -> Response:
    """Note in one line that a client closed its connection before its request was whole."""
    place = place_of(request.method, request.url.path)
    remark("the client went away before its request was whole")
    _log.warning(
        "a client went away before its request was whole: %s",
        place.traffic.value if place else "a page or a question beside the traffic",
    )
    return Cut()


GONE: Final[dict[type[Exception], Callable[[Request, Exception], Response]]] = {
    ClientDisconnect: client_went_away
}
"""The exception handler of every application here, since a killed client is no error."""


class Truncated(Response):
    """Promises the whole answer, sends the first bytes of it, head and body, and breaks off."""

    def __init__(self, answer: Response, at: int) -> None:
        super().__init__(answer.body, answer.status_code, media_type=answer.media_type)
        self._at = at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI wants it done."""
        connection: Connection = scope["state"]["connection"]
        connection.break_after(self._at)
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        # Not the last of it, for the journal: an answer that has its end is not cut.
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        connection.close()
        await _disconnected(receive)


async def cut(scope: Scope, receive: Receive) -> None:
    """Cut the connection of a request."""
    scope["state"]["connection"].abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def cutting(app: ASGIApp, faults: Faults) -> ASGIApp:
    """Put in front of an application what cuts the requests that are to be cut."""

    async def cut_or_served(scope: Scope, receive: Receive, send: Send) -> None:
        place = place_of(scope["method"], scope["path"])
        fault = faults.take_cut(place.traffic, place.befalls) if place else None
        if fault is None:
            await app(scope, receive, send)
            return
        left = fault.at
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if not message.get("more_body", False):
                break
        await cut(scope, receive)

    return cut_or_served
