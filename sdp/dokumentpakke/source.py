"""Documents as sources of bytes: each read once, into given memory, and held to its size."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from sdp.dokumentpakke.spool import reason, retry_after
from sdp.dokumentpakke.zip.writer import PIECE
from sdp.domain.dokumentpakke import BytesKilde, PathKilde
from sdp.errors import DocumentError, PackageTooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sdp.dokumentpakke.zip.writer import EntryWriter
    from sdp.domain.dokumentpakke import Pakkefil


class DocumentReader:
    """Reader of the documents of one letter, which together keep below a limit.

    Args:
        size_limit: the largest total size of the documents, in bytes.
        progress: called with the number of bytes read since the last call.
    """

    def __init__(self, size_limit: int, progress: Callable[[int], None] | None) -> None:
        self._size_limit = size_limit
        self._progress = progress
        self._total = 0

    def at_most(self, fil: Pakkefil) -> int:
        """Return the largest size a document can have: what it says, or what the limit leaves."""
        told = told_size(fil)
        return self._size_limit - self._total if told is None else told

    def read(self, fil: Pakkefil, entry: EntryWriter, take: Callable[[memoryview], object]) -> int:
        """Read a document into its entry, and show each part of it to `take`; return its size.

        Raises:
            DocumentError: it cannot be read, is empty, or has another size than it said.
            PackageTooLargeError: the documents exceed the limit.
        """
        if isinstance(fil.kilde, BytesKilde):
            return self._hand_over(memoryview(fil.kilde.data), entry, take)
        expected, size = told_size(fil), 0
        scratch = memoryview(bytearray(PIECE if expected is None else min(PIECE, expected + 1)))
        stream = _opened(fil)
        try:
            fill = _filler(stream, is_file=isinstance(fil.kilde, PathKilde))
            while True:
                blocks = entry.slots()
                parts = [scratch] if blocks is None else blocks.data
                count = _filled(fill, parts, fil)
                size += count
                if not count or (expected is not None and size > expected):
                    break
                self._count(count)
                for part in _first(parts, count):
                    take(part)
                if blocks is None:
                    entry.write(scratch[:count])
                else:
                    entry.commit(blocks, count)
        finally:
            stream.close()
        _check_size(fil, size, expected)
        return size

    def _hand_over(
        self, data: memoryview, entry: EntryWriter, take: Callable[[memoryview], object]
    ) -> int:
        """Pass on what is in memory already; it is never empty, and its size cannot change."""
        for start in range(0, len(data), PIECE):
            part = data[start : start + PIECE]
            self._count(len(part))
            take(part)
            entry.write(part)
        return len(data)

    def _count(self, read: int) -> None:
        self._total += read
        if self._total > self._size_limit:
            raise PackageTooLargeError(self._total, self._size_limit)
        if self._progress is not None:
            self._progress(read)


def told_size(fil: Pakkefil) -> int | None:
    """Return the size that a document says it has; None where it does not know.

    Raises:
        DocumentError: its file cannot be found.
    """
    try:
        return fil.kilde.size()
    except OSError as error:
        raise _unreadable(fil, error) from error


def _opened(fil: Pakkefil) -> BinaryIO:
    try:
        return fil.kilde.open()
    except Exception as error:
        raise _unreadable(fil, error) from error


def _filler(stream: BinaryIO, *, is_file: bool) -> Callable[[Sequence[memoryview]], int]:
    """Choose how parts of memory are filled, in order; fewer bytes than there is room for may come.

    A file is read past its buffer, in one call for all parts where the platform has `readv`. A
    caller's stream has a buffer of its own, in which something may stand already.
    """
    if is_file and isinstance(stream, io.BufferedReader) and type(stream.raw) is io.FileIO:
        raw = stream.raw
        if hasattr(os, "readv"):
            return lambda parts: os.readv(raw.fileno(), parts)
        return lambda parts: _fill_each(raw.readinto, parts)
    if hasattr(stream, "readinto"):
        return lambda parts: _fill_each(stream.readinto, parts)
    return lambda parts: _fill_each(lambda part: _copied(stream, part), parts)


def _fill_each(readinto: Callable[[memoryview], int | None], parts: Sequence[memoryview]) -> int:
    total = 0
    for part in parts:
        count = readinto(part) or 0
        total += count
        if count < len(part):
            break
    return total


def _copied(stream: BinaryIO, part: memoryview) -> int:
    data = stream.read(len(part))
    part[: len(data)] = data
    return len(data)


def _filled(
    fill: Callable[[Sequence[memoryview]], int], parts: Sequence[memoryview], fil: Pakkefil
) -> int:
    try:
        return fill(parts)
    except Exception as error:
        raise _unreadable(fil, error) from error


def _first(parts: Iterable[memoryview], count: int) -> Iterable[memoryview]:
    for part in parts:
        if count <= 0:
            return
        yield part[:count] if count < len(part) else part
        count -= len(part)


def _check_size(fil: Pakkefil, size: int, expected: int | None) -> None:
    if size == 0:
        raise DocumentError(
            fil.filnavn,
            f"The document {fil.filnavn} is empty.",
            remedy="Leave it out, or find out why nothing was written to it.",
        )
    if expected is not None and size != expected:
        raise DocumentError(
            fil.filnavn,
            f"The document {fil.filnavn} was {expected} bytes before it was read and "
            f"{'more' if size > expected else size} when it was.",
            remedy="Send documents that are no longer being written to.",
        )


def _unreadable(fil: Pakkefil, error: Exception) -> DocumentError:
    return DocumentError(
        fil.filnavn,
        f"The document {fil.filnavn} cannot be read: {reason(error)}.",
        remedy="Make sure that it can be read to its end, then try again.",
        retry=retry_after(error),
    )
