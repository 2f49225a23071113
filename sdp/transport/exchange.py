"""One HTTP exchange as a value: generators that yield requests and are sent the answers.

A wire writes generators and never touches a socket. Whatever drives them, a transport or a
test, sends each request and hands back the answer, or throws what stopped it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, TypeVar

from sdp.errors import Retry, WireError

T = TypeVar("T")

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""The most an answer may be; a transport stops reading there."""


class Body(Protocol):
    """What a request carries. Its chunks can be taken again from the start."""

    @property
    def length(self) -> int:
        """The number of bytes in all chunks together."""

    def chunks(self) -> Iterator[bytes]:
        """Give the content from the start, piece by piece."""


@dataclass(frozen=True, slots=True)
class BytesBody:
    """A body that is small enough to hold in memory."""

    content: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """The number of bytes."""
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        """Give the content in one piece."""
        yield self.content


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to be sent. The transport adds Content-Length."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole answer. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class ConnectionLostError(Exception):
    """Bytes may have gone out and no whole answer came. Thrown into exchanges, never out.

    Attributes:
        is_cut: whether the connection ended, rather than the time. A server that closes a
            connection while it rests cuts off the request that comes at the same moment.
    """

    def __init__(self, message: str, *, is_cut: bool = False) -> None:
        self.is_cut = is_cut
        super().__init__(message)


def no_answer(whom: str, lost: ConnectionLostError) -> WireError:
    """Tell of a question that was not answered, which may be asked again."""
    return WireError(
        f"No answer came from {whom}: {lost}.",
        remedy="Try again; nothing is lost.",
        retry=Retry.LATER,
    )


Exchange: TypeAlias = Generator[HttpRequest, HttpResponse, T]
"""Yields requests and is sent their answers; returns what they came to.

`NotSentError` or `ConnectionLostError` is thrown in at the `yield` when no answer came.
"""


def repeatable(request: Callable[[], HttpRequest]) -> Exchange[HttpResponse]:
    """Make a request that does no harm if it is made twice; once more if it was cut off.

    Args:
        request: makes the request; called again for the second try.

    Raises:
        NotSentError, ConnectionLostError: as any request.
    """
    try:
        return (yield request())
    except ConnectionLostError as lost:
        if not lost.is_cut:
            raise
    return (yield request())
