"""Faults that wait to happen, in order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, overload

from sdp.testmiljo.faults.kinds import CommonFault, CutRequest, Traffic, traffic_of, written_fault
from sdp.testmiljo.world.journal import remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import TypeIs

    from sdp.testmiljo.broker.answers import Answer
    from sdp.testmiljo.faults.kinds import Fault, Planned

F = TypeVar("F", bound="Fault")


class Faults:
    """The faults that wait to happen, in order. Safe to share between threads."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, Traffic | None]] = []
        self._kept: dict[Traffic, Answer] = {}
        self._lock = threading.Lock()

    def add(self, fault: Fault, *, times: int = 1, on: Traffic | None = None) -> None:
        """Make the next requests go wrong: `times` of them, of one kind or of any."""
        with self._lock:
            self._waiting.extend([(fault, on)] * times)

    def play(self, scenario: Iterable[Planned]) -> None:
        """Make the next requests go wrong as a scenario says, in its order."""
        planned = [(each.fault, each.on) for each in scenario for _ in range(each.times)]
        with self._lock:
            self._waiting.extend(planned)

    def clear(self) -> None:
        """Let everything go well from here on."""
        with self._lock:
            self._waiting.clear()
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

    @overload
    def take(self, traffic: Traffic) -> Fault | None: ...

    @overload
    def take(self, traffic: Traffic, befalls: Callable[[Fault], TypeIs[F]]) -> F | None: ...

    def take(
        self, traffic: Traffic, befalls: Callable[[Fault], bool] = lambda _: True
    ) -> Fault | None:
        """Take the fault for this request off the list, if there is one.

        Args:
            traffic: what the request is about.
            befalls: which faults can happen to it.
        """
        with self._lock:
            for index, (fault, on) in enumerate(self._waiting):
                if _is_meant(fault, on, traffic) and befalls(fault):
                    del self._waiting[index]
                    remark(f"went wrong on demand: {written_fault(fault)}")
                    return fault
        return None

    def take_cut(self, traffic: Traffic, befalls: Callable[[Fault], bool]) -> CutRequest | None:
        """Take the fault for this request off the list, if its request is to be cut; else none."""
        with self._lock:
            first = next(
                (
                    fault
                    for fault, on in self._waiting
                    if _is_meant(fault, on, traffic) and befalls(fault)
                ),
                None,
            )
        return self.take(traffic, _is_cut) if isinstance(first, CutRequest) else None


def _is_cut(fault: Fault) -> TypeIs[CutRequest]:
    return isinstance(fault, CutRequest)


def _is_meant(fault: Fault, on: Traffic | None, traffic: Traffic) -> bool:
    if traffic not in traffic_of(type(fault)):
        return False
    if on is None and traffic in (Traffic.TOKEN, Traffic.LOOKUP):
        # What a client asks before it sends must not use up what is meant for the sending.
        return not isinstance(fault, CommonFault)
    return on in (None, traffic)
