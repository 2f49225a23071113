"""HTTP as values: wires are generators that yield requests and are sent the answers."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

T = TypeVar("T")

Exchange = Generator["HttpRequest", "HttpResponse", T]
"""A conversation with another party, free of I/O; its return value is the outcome.

Whoever drives it sends in each answer, or throws in `NotSentError` or `ConnectionLostError`.
"""


class ConnectionLostError(Exception):
    """Bytes went out and no whole answer came back. Thrown into exchanges; never seen outside."""


class Body(Protocol):
    """The body of a request. Can be read any number of times."""

    @property
    def length(self) -> int:
        """Its length in bytes."""

    def chunks(self) -> Iterator[bytes]:
        """Read it from the start."""


@dataclass(frozen=True, slots=True)
class BytesBody:
    """A body in memory."""

    data: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """Its length in bytes."""
        return len(self.data)

    def chunks(self) -> Iterator[bytes]:
        """Give it in one piece."""
        yield self.data


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to send."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
