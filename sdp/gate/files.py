"""Bounded reads of files: neither a device nor a pipe that never ends can hang or fill memory.

Every file that somebody names, in settings or on the command line, is read here. What is refused is
an `OSError` with the rule in `strerror`, so that whoever tells of a file that is missing tells of
this too, with its name.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    Name = str | os.PathLike[str]

LONGEST_FILE: Final = 16 * 1024 * 1024
"""The most bytes of a file that is held whole. The bundles of CA certificates of operating systems
are below 1 MiB, and so are settings and key stores."""

LONGEST_LINE: Final = 1024 * 1024
"""The most characters of a line in a file that is read line by line."""

PIPE_SECONDS: Final = 10.0
"""The longest wait for what another program writes to a pipe."""

_MEBIBYTE: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024


def read_file(path: Name, limit: int = LONGEST_FILE) -> bytes:
    """Read a file whole. A pipe, as `<(pass show key)` makes one, may take ten seconds.

    Args:
        path: the file. One that is no regular file is never read beyond 16 MiB.
        limit: the most bytes.

    Raises:
        OSError: it cannot be read, is longer than the limit or never ends; `strerror` tells.
        ValueError: no system takes the path.
    """
    with open(path, "rb", buffering=0, opener=_without_waiting) as file, _named(path):
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            data = b"".join(_pieces(file.fileno(), limit))
        else:
            limit = min(limit, LONGEST_FILE)
            data = b"".join(_as_they_come(file.fileno(), limit))
    if len(data) > limit:
        raise OSError(
            errno.EFBIG, f"it is longer than {limit / _MEBIBYTE:.4g} MiB", os.fspath(path)
        )
    return data


def open_file(path: Name) -> BinaryIO:
    """Open a regular file for reading, in binary, at its first byte.

    Raises:
        OSError: it cannot be opened, or is a pipe or a device, which has no size and may never end.
        ValueError: no system takes the path.
    """
    return cast("BinaryIO", open(path, "rb", opener=opened_regular))


def opened_regular(path: str, flags: int) -> int:
    """Open a regular file, as the `opener` of Python's own files.

    Raises:
        OSError: it cannot be opened, or is a pipe or a device.
    """
    descriptor = _without_waiting(path, flags)
    if stat.S_ISREG(mode := os.fstat(descriptor).st_mode) or stat.S_ISDIR(mode):
        return descriptor  # whoever opens a folder says so in words of the system's
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is not a regular file", path)


def lines_of(file: TextIO, limit: int = LONGEST_LINE) -> Iterator[str]:
    """Read a text line by line, none longer than a limit.

    Raises:
        ValueError: a line is longer; the text is the rule.
    """
    while line := file.readline(limit):
        if len(line) == limit and not line.endswith("\n"):
            raise ValueError(f"must have no line longer than {limit} characters")
        yield line


@contextmanager
def _named(path: Name) -> Iterator[None]:
    """Name the file in errors of reading, which know its descriptor alone."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = os.fspath(path)
        raise


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for whoever writes to a pipe: there may be nobody."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _pieces(descriptor: int, limit: int) -> Iterator[bytes]:
    left = limit + 1
    while left > 0 and (piece := os.read(descriptor, min(left, _CHUNK))):
        left -= len(piece)
        yield piece


def _as_they_come(descriptor: int, limit: int) -> Iterator[bytes]:
    """Read from a pipe or a device what comes within the time, and one byte beyond the limit."""
    deadline = time.monotonic() + PIPE_SECONDS
    left = limit + 1
    while left > 0:
        _wait(descriptor, deadline)
        try:
            piece = os.read(descriptor, min(left, _CHUNK))
        except BlockingIOError:
            continue
        if not piece:
            return
        left -= len(piece)
        yield piece


def _wait(descriptor: int, deadline: float) -> None:
    left = deadline - time.monotonic()
    if hasattr(select, "poll"):  # Windows cannot wait for a file
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if left > 0 and poll.poll(left * 1000):
            return
    elif left > 0:
        return
    raise OSError(errno.ETIMEDOUT, f"nobody finished writing to it in {PIPE_SECONDS:.0f} seconds")
