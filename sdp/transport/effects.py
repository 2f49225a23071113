"""Effects, and the flows that yield them.

A flow is a generator of effects: it says what is to be done and never does it. A driver carries
each effect out, on a thread (`sync.py`) or on an event loop (`aio.py`), and sends the result back
in. Between two effects a flow computes: it packs, signs and verifies there. Flows are put together
with `yield from`.

```python
def price(server: str) -> Flow[int]:
    with (yield Limit()):
        response: HttpResponse = yield HttpRequest("GET", f"{server}/price")
    yield Sleep(1.0)
    return int(response.content)
```
"""

from __future__ import annotations

from collections.abc import Generator, Hashable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from sdp.transport.request import HttpRequest

if TYPE_CHECKING:
    from sdp.errors import SdpError


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sleep:
    """Let a number of seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Emit(Generic[T]):
    """Give the caller one item, and go on when the caller asks for the next."""

    item: T


@dataclass(frozen=True, slots=True)
class Lock:
    """Wait for the lock with this key. The answer is a context manager that releases it."""

    key: Hashable


@dataclass(frozen=True, slots=True)
class Limit:
    """Wait for one of the places of a client, as many as it has connections.

    For flows that hold much, such as a package. The answer is a context manager that gives the
    place back. A flow that holds a place must not ask for another.
    """


Effect: TypeAlias = HttpRequest | Sleep | Emit[Any] | Lock | Limit

Flow: TypeAlias = Generator[Effect, Any, T]
"""Yields effects and is sent their results; returns what it came to.

An `HttpRequest` is answered with an `HttpResponse`. `NotSentError` or `ConnectionLostError` is
raised at the `yield` where no answer came.
"""


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The end of a flow, and its result."""

    result: T


def resume(
    flow: Flow[T], result: Any = None, failure: BaseException | None = None
) -> Effect | Done[T]:
    """Start a flow, or run it on with the result or the failure of an effect, to the next one."""
    try:
        return flow.send(result) if failure is None else flow.throw(failure)
    except StopIteration as end:
        return Done(end.value)


E = TypeVar("E", bound=BaseException)

_PLUMBING = str(Path(__file__).parent)


def presented(error: SdpError, *, show_remote_text: bool) -> SdpError:
    """Make an error ready to leave a client: without plumbing, and with no more than may be shown.

    Args:
        error: the error; it is changed and returned.
        show_remote_text: whether it shows the other side's own words.
    """
    if show_remote_text:
        error.show_remote_text()
    return without_plumbing(error)


def without_plumbing(error: E) -> E:
    """Cut the frames of the transport out of the tracebacks of an error and its causes."""
    each: BaseException | None = error
    met = set[int]()
    while each is not None and id(each) not in met:
        met.add(id(each))
        each.__traceback__ = _trimmed(each.__traceback__)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return error


def _trimmed(traceback: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_PLUMBING):
            kept.append(traceback)
        traceback = traceback.tb_next
    trimmed: TracebackType | None = None
    for each in reversed(kept):
        trimmed = TracebackType(trimmed, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return trimmed
