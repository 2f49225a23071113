"""Files that commands read and write."""

from __future__ import annotations

import io
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import WriteableBuffer


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when the block has finished without error.

    Until then it is a temporary file beside it, which goes away on failure. Only this user may
    read the file.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    unfinished = Path(name)
    try:
        # Errors name the file that was asked for, not the temporary one.
        with open(path, "wb", opener=lambda *_: descriptor) as file:
            yield file
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


class WatchedFile(io.FileIO):
    """A file open for reading that tells how many more bytes have been read."""

    def __init__(self, path: Path, progress: Callable[[int], None]) -> None:
        super().__init__(path)
        self._progress = progress

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Read into the buffer."""
        read = super().readinto(buffer)
        self._progress(read or 0)
        return read


def read_password(path: Path) -> bytes:
    """Read the password in a file, without the line break that editors put at the end."""
    return path.read_bytes().rstrip(b"\r\n")
