"""Sources of the bytes of a document, each of which can be opened again and again."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_LOCAL: Final = frozenset({"<lambda>", "<locals>"})
"""Steps in the name of a function that another process cannot find by it."""


@dataclass(frozen=True, slots=True)
class PathKilde:
    """A file. `open` and `size` raise OSError where the file has gone."""

    path: Path = field(repr=False)

    def open(self) -> BinaryIO:
        """Open the file at its first byte."""
        return self.path.open("rb")

    def size(self) -> int:
        """Return the size now, in bytes."""
        return self.path.stat().st_size

    def problem(self) -> str | None:
        """Say why the file cannot be a document, if it cannot."""
        try:
            if not self.path.exists():
                return "does not exist"
            if not self.path.is_file():
                return "is not a regular file"
            with self.open():
                return None if self.size() else "is empty"
        except OSError as error:
            return f"cannot be read: {error.strerror}"


@dataclass(frozen=True, slots=True)
class BytesKilde:
    """Bytes in memory."""

    data: bytes = field(repr=False)

    def open(self) -> BinaryIO:
        """Open the bytes at the first."""
        return io.BytesIO(self.data)

    def size(self) -> int:
        """Return the number of bytes."""
        return len(self.data)

    def problem(self) -> str | None:
        """Say why the bytes cannot be a document, if they cannot."""
        return None if self.data else "is empty"


@dataclass(frozen=True, slots=True)
class StreamKilde:
    """A stream that `opener` opens anew each time, with the same bytes.

    Attributes:
        opener: returns a readable binary stream at its first byte.
        length: the number of bytes, or None where nobody knows before reading.
    """

    opener: Callable[[], BinaryIO] = field(repr=False)
    length: int | None = None

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        if _LOCAL & set(getattr(self.opener, "__qualname__", "").split(".")):
            raise TypeError(
                "a document from a stream cannot be pickled where its function is a lambda or "
                "stands in another function; give a function of a module, a path or the bytes"
            )
        return StreamKilde, (self.opener, self.length)

    def open(self) -> BinaryIO:
        """Open a new stream."""
        return self.opener()

    def size(self) -> int | None:
        """Return the number of bytes, if known."""
        return self.length

    def problem(self) -> str | None:
        """Say why the stream cannot be a document, if it cannot."""
        if not callable(self.opener):
            return "must be given as a function that opens it, not as a stream that is open"
        if self.length is None or self.length > 0:
            return None
        return "is empty" if self.length == 0 else "must not have a negative size"


Kilde = PathKilde | BytesKilde | StreamKilde
