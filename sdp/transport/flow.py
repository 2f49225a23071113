"""What is to be done, as a value: generators that yield steps and are sent what came of them.

Logic that a blocking and an async client share is written once, as a flow. Whoever drives it
decides how a step is carried out: on this thread, or without holding up an event loop. Between two
steps a flow may take its time: it packs, signs and verifies there.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from sdp.transport.exchange import Exchange

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Carry out an HTTP exchange."""

    exchange: Exchange[Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Let a number of seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HandOut(Generic[T]):
    """Give the caller one item, and go on when the caller asks for the next."""

    item: T


@dataclass(frozen=True, slots=True)
class OneAtATime:
    """Run a flow while no other flow runs under the same key."""

    key: Hashable
    flow: Flow[Any]


@dataclass(frozen=True, slots=True)
class FewAtATime:
    """Run a flow that holds much, files or connections, while only a few such flows run."""

    flow: Flow[Any]


Step: TypeAlias = Call | Wait | HandOut[Any] | OneAtATime | FewAtATime

Flow: TypeAlias = Generator[Step, Any, T]
"""Yields steps; each result is sent back in, and each failure is raised at the `yield`."""


def call(exchange: Exchange[T]) -> Flow[T]:
    """Carry out an HTTP exchange and return what it came to."""
    result: T = yield Call(exchange)
    return result


def wait(seconds: float) -> Flow[None]:
    """Let a number of seconds pass."""
    yield Wait(seconds)


def hand_out(item: object) -> Flow[None]:
    """Give the caller one item. Returns when the caller is done with it, and not otherwise."""
    yield HandOut(item)


def one_at_a_time(key: Hashable, flow: Flow[T]) -> Flow[T]:
    """Run a flow while no other flow runs under the same key, and return its result."""
    result: T = yield OneAtATime(key, flow)
    return result


def few_at_a_time(flow: Flow[T]) -> Flow[T]:
    """Run a flow when it is its turn, and return its result. It may hold no other such flow."""
    result: T = yield FewAtATime(flow)
    return result
