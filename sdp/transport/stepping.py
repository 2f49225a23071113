"""Takes a generator one step further, and tells its end without raising StopIteration.

An exception of that kind cannot pass through a future, so it cannot leave a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Yielded = TypeVar("Yielded")
Sent = TypeVar("Sent")
Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Finished(Generic[Returned]):
    """The generator is at its end, and this is what it came to."""

    result: Returned


def started(generator: Generator[Yielded, Sent, Returned]) -> Yielded | Finished[Returned]:
    """Run to the first `yield`."""
    return _stepped(generator.__next__)


def step_with(
    generator: Generator[Yielded, Sent, Returned], value: Sent
) -> Yielded | Finished[Returned]:
    """Run on from a `yield`, which gives `value`."""
    return _stepped(lambda: generator.send(value))


def thrown_into(
    generator: Generator[Yielded, Sent, Returned], failure: BaseException
) -> Yielded | Finished[Returned]:
    """Run on from a `yield`, which raises `failure`."""
    return _stepped(lambda: generator.throw(failure))


def _stepped(step: Callable[[], Yielded]) -> Yielded | Finished[Returned]:
    try:
        return step()
    except StopIteration as finished:
        return Finished(finished.value)
