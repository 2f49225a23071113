"""Faults that wait to happen, in order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, overload

from sdp.testmiljo.faults.kinds import (
    CommonFault,
    CutRequest,
    Planned,
    Traffic,
    traffic_of,
    written_fault,
)
from sdp.testmiljo.world.journal import remark

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
