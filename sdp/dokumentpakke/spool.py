"""Spool for a finished package: memory while it is small, then an unnamed temporary file."""

from __future__ import annotations

import errno
import io
import os
import tempfile
import threading
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from sdp.errors import PackageError, Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

_READ_SIZE = 256 * 1024
# Conditions of the machine that pass, or that somebody can mend, while the letter stays the same.
_PASSING: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
    | {errno.EAGAIN, errno.EIO}
)

_NO_FOLDER: Final = "No usable temporary directory"
"""What Python says where it can write to no folder, as when every disk is full."""


class Spool:
    """Bytes that are written once and then read any number of times, by any number of threads.

    A spool that crosses to another process takes its bytes along, all of them in memory.

    Args:
        memory: the most that is held in memory, in bytes; beyond it a temporary file is used,
            which has no name and so is gone with the process whatever happens.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._buffer = io.BytesIO()
        self._file: BinaryIO | None = None
        self._positioned = threading.Lock()
        self.size: int = 0
        self.closed: bool = False

    def write(self, data: Buffer) -> None:
        """Append bytes.

        Raises:
            PackageError: the disk is full, or the temporary folder cannot be written to.
        """
        view = memoryview(data)
        try:
            self._append(view)
        except OSError as error:
            raise unwritable(
                "The package cannot be written",
                error,
                where=_temporary_folder(),
                remedy="Make room there, or name another folder in TMPDIR, then try again.",
            ) from error
        self.size += len(view)

    def _append(self, view: memoryview) -> None:
        if self._file is None and self.size + len(view) > self._memory:
            self._file = tempfile.TemporaryFile(prefix="sdp-", buffering=0)  # noqa: SIM115
            _write_all(self._file, self._buffer.getbuffer())
            self._buffer = io.BytesIO()
        if self._file is None:
            self._buffer.write(view)
        else:
            _write_all(self._file, view)

    def chunks(self, size: int = _READ_SIZE) -> Iterator[bytes]:
        """Read everything from the start, in pieces of at most `size` bytes."""
        position = 0
        while chunk := self.read_at(position, size):
            yield chunk
            position += len(chunk)

    def read_at(self, position: int, size: int) -> bytes:
        """Read at most `size` bytes from a position."""
        if self.closed:
            raise ValueError("the package is closed")
        if self._file is None:
            # Neither copies what is in memory: not the value, nor a slice that is all of it.
            return self._buffer.getvalue()[position : position + size]
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), size, position)
        with self._positioned:  # Windows: one position for all threads
            self._file.seek(position)
            return self._file.read(size)

    def reader(self) -> BinaryIO:
        """Open a seekable stream at the first byte; the spool must outlive it."""
        return io.BufferedReader(_SpoolReader(self), _READ_SIZE)

    def close(self) -> None:
        """Release the bytes."""
        self.closed = True
        self._buffer = io.BytesIO()
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        if self.closed:
            raise PackageError(
                "A package that is closed cannot go to another process.",
                remedy="Close it there, when it has been used.",
            )
        return _restored, (self._memory, b"".join(self.chunks()))


def _restored(memory: int, content: bytes) -> Spool:
    spool = Spool(memory)
    spool.write(content)
    return spool


class _SpoolReader(io.RawIOBase):
    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._spool.size}
        position = start[whence] + offset
        if position < 0:
            raise OSError("negative seek position")
        self._position = position
        return position

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        data = self._spool.read_at(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


def unwritable(
    what: str, error: OSError | ValueError, *, remedy: str, where: str = ""
) -> PackageError:
    """Make the error for something that cannot be written, which may pass as a full disk does."""
    place = f" ({where})" if where else ""
    message = f"{what}: {reason(error)}{place}."
    return PackageError(message, remedy=remedy, retry=retry_after(error))


def reason(error: Exception) -> str:
    """Give the system's words for an error, or its kind: never its text, which may hold a path."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def retry_after(error: Exception) -> Retry:
    """Tell if the same call may succeed once the machine has room, descriptors or memory again."""
    passing = isinstance(error, OSError) and (
        error.errno in _PASSING or str(error.strerror).startswith(_NO_FOLDER)
    )
    return Retry.LATER if passing else Retry.NEVER


def _temporary_folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "the folder for temporary files"


def _write_all(file: BinaryIO, view: memoryview) -> None:
    while view:
        view = view[file.write(view) :]
