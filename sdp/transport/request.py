"""Requests and answers of HTTP as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""The most an answer may be, unless its request says otherwise."""


class Body(Protocol):
    """The content of a request. Its chunks can be taken again from the start."""

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


NO_BODY: Final = BytesBody(b"")


def gathered(body: Body, size: int) -> Iterator[bytes]:
    """Give a body in pieces of at least `size` bytes, but for the last: a small one whole."""
    waiting: list[bytes] = []
    length = 0
    for chunk in body.chunks():
        waiting.append(chunk)
        length += len(chunk)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to be sent. The transport adds Content-Length.

    Attributes:
        timeout: how many seconds the whole exchange may take; None leaves it to the settings.
        max_bytes: how large the answer may be.
        redirects: how many redirects a GET follows: to HTTP or HTTPS, never from HTTPS to HTTP, and
            without the headers of this request. The answer is that of the last address.
        service: who is asked, in the words of an error.
        first_url: the address that errors tell, where a redirect led to this one; the other side
            wrote the rest of the way, and may have written anything.
        public_only: refuse addresses on this machine, its own network and other special places.
            Where a proxy resolves names, it decides for those.
        is_last: whether little is left to do once it is answered with success: a short answer is
            read, perhaps verified, but no private key is used and no function of the caller's that
            may take a while, so that an event loop may do it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Body = field(default=NO_BODY, repr=False)
    timeout: float | None = None
    max_bytes: int = MAX_ANSWER_BYTES
    redirects: int = 0
    service: str = "the other side"
    public_only: bool = False
    first_url: str | None = None
    is_last: bool = False

    @property
    def told_url(self) -> str:
        """The address that errors tell."""
        return self.first_url or self.url


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole answer. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class ConnectionLostError(Exception):
    """A lost connection: bytes may have gone out and no whole answer came.

    Raised in flows, which turn it into an error that says more. It never leaves a client.

    Attributes:
        is_cut: whether the connection ended, rather than the time. A server that closes an idle
            connection cuts off the request that comes at the same moment.
    """

    def __init__(self, message: str, *, is_cut: bool = False) -> None:
        self.is_cut = is_cut
        super().__init__(message)


class Transport(Protocol):
    """Sends requests: a pool of connections, or what a test puts in its place.

    It must be safe to share between threads.
    """

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send a request and return the whole answer; no redirect is followed.

        Raises:
            NotSentError: nothing of it left this machine.
            ConnectionLostError: some of it may have, and no whole answer came.
        """

    def close(self) -> None:
        """Close every connection."""


class AsyncTransport(Protocol):
    """The same for an event loop."""

    async def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send a request; see `Transport.send`."""

    async def close(self) -> None:
        """Close every connection."""


class Attachment(Protocol):
    """A package whose size is known, and which can be read again from the start."""

    @property
    def size(self) -> int:
        """The number of bytes."""

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes from the start."""


@dataclass(frozen=True, slots=True)
class Multipart:
    """A body of two parts (RFC 2046), whose length is known before any of it is sent.

    Attributes:
        content_type: the Content-Type of the whole, which names the boundary.
        message: the signed message, the first part.
        message_headers: its headers.
        attachment: the package, the second part; never held in memory.
        attachment_headers: its headers.
        boundary: a text that stands nowhere in the parts.
    """

    content_type: str
    message: bytes = field(repr=False)
    message_headers: Mapping[str, str]
    attachment: Attachment = field(repr=False)
    attachment_headers: Mapping[str, str]
    boundary: str
    _before: bytes = field(init=False, repr=False)
    _after: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        message, attachment = map(self._head, (self.message_headers, self.attachment_headers))
        before = b"".join((message, self.message, b"\r\n", attachment))
        object.__setattr__(self, "_before", before)
        object.__setattr__(self, "_after", f"\r\n--{self.boundary}--\r\n".encode("ascii"))

    @property
    def length(self) -> int:
        """The number of bytes in all."""
        return len(self._before) + self.attachment.size + len(self._after)

    def chunks(self) -> Iterator[bytes]:
        """Give the whole from the start, the attachment as it is read."""
        yield self._before
        yield from self.attachment.chunks()
        yield self._after

    def _head(self, headers: Mapping[str, str]) -> bytes:
        lines = (f"--{self.boundary}", *(f"{name}: {value}" for name, value in headers.items()))
        return "\r\n".join((*lines, "", "")).encode("ascii")
