"""Multipart body of a letter: a signed message and a package that is read as it goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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

    @property
    def length(self) -> int:
        """The number of bytes in all."""
        return len(self._before()) + self.attachment.size + len(self._after())

    def chunks(self) -> Iterator[bytes]:
        """Give the whole from the start, the attachment as it is read."""
        yield self._before()
        yield from self.attachment.chunks()
        yield self._after()

    def _before(self) -> bytes:
        message, attachment = map(self._head, (self.message_headers, self.attachment_headers))
        return b"".join((message, self.message, b"\r\n", attachment))

    def _after(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode("ascii")

    def _head(self, headers: Mapping[str, str]) -> bytes:
        lines = (f"--{self.boundary}", *(f"{name}: {value}" for name, value in headers.items()))
        return "\r\n".join((*lines, "", "")).encode("ascii")
