"""Strict ZIP reader: no hidden bytes, no path traversal, no zip bombs."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from dataclasses import dataclass
from itertools import chain
from typing import IO, TYPE_CHECKING, BinaryIO, Final

from sdp.dokumentpakke.profile import (
    CONTAINER_MANIFEST,
    CONTAINER_TYPE,
    MANIFEST,
    MIMETYPE,
    SIGNATURES,
)
from sdp.dokumentpakke.zip import directory as zip_directory
from sdp.domain import check_filnavn, collision_key
from sdp.errors import UnreadablePackageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

    from sdp.dokumentpakke.zip.directory import Directory, Listed

_LOCAL_HEADER: Final = struct.Struct("<4sHHHLLLLHH")
_MARK: Final = b"PK\x07\x08"
_LONGEST_DESCRIPTOR: Final = 24
_PIECE: Final = 1024 * 1024
_OF_THE_PACKAGE: Final = frozenset({MANIFEST, MIMETYPE, SIGNATURES, CONTAINER_MANIFEST})


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the ZIP."""

    name: str
    size: int


class ZipReader:
    """A ZIP whose directory has been checked against everything that is in the file.

    Args:
        stream: a seekable stream; it must stay open.
        size_limit: the most that all entries may be together when unpacked, in bytes.

    Raises:
        UnreadablePackageError: it is no ZIP, or one that could mislead.
    """

    def __init__(self, stream: BinaryIO, *, size_limit: int) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        try:
            directory = zip_directory.read_directory(stream)
        except (OSError, ValueError) as error:
            raise UnreadablePackageError("The package cannot be read.") from error
        _check_names(directory.entries)
        if sum(entry.size for entry in directory.entries) > size_limit:
            raise UnreadablePackageError(
                f"The files of the package are more than {size_limit} bytes when unpacked.",
                remedy="Allow more with unpacked_limit, if you trust who made it.",
            )
        self._places = dict(self._placed(directory))
        self.entries: tuple[Entry, ...] = tuple(
            Entry(entry.name, entry.size) for entry in directory.entries
        )
        self._check_mimetype()

    def pieces(self, name: str) -> Iterator[bytes]:
        """Unpack an entry, piece by piece.

        Raises:
            UnreadablePackageError: it cannot be unpacked, or is not what the directory says.
        """
        entry, start = self._place(name)
        size, crc = 0, 0
        for piece in self._unpacked(entry, start):
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            yield piece
        if (size, crc) != (entry.size, entry.crc):
            raise _cannot_be_unpacked(name)

    def read(self, name: str) -> bytes:
        """Unpack a small entry whole."""
        return b"".join(self.pieces(name))

    def open(self, name: str) -> IO[bytes]:
        """Open an entry for reading; reading raises what `pieces` does."""
        self._place(name)
        return stream_of(self.pieces(name))

    def _place(self, name: str) -> tuple[Listed, int]:
        found = self._places.get(name)
        if found is None:
            raise UnreadablePackageError(f"The package holds no {name}.")
        return found

    def _placed(self, directory: Directory) -> Iterator[tuple[str, tuple[Listed, int]]]:
        """Find where the content of each entry starts; every byte must belong to one of them."""
        position = 0
        for entry in sorted(directory.entries, key=lambda entry: entry.offset):
            if entry.offset != position:
                raise zip_directory.hidden()
            start = self._after_local_header(entry)
            yield entry.name, (entry, start)
            position = start + entry.compressed
            if position > directory.start:
                raise _disagreement(entry)
            if entry.flags & zip_directory.DATA_DESCRIPTOR:
                position += self._descriptor_length(entry, position)
        if position != directory.start:
            raise zip_directory.hidden()

    def _after_local_header(self, entry: Listed) -> int:
        header = self._read(entry.offset, _LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size:
            raise _disagreement(entry)
        (signature, _, flags, method, _, crc, compressed, size, name_length, extra_length) = (
            _LOCAL_HEADER.unpack(header)
        )
        rest = self._read(entry.offset + _LOCAL_HEADER.size, name_length + extra_length)
        name, extra = rest[:name_length], rest[name_length:]
        sizes: tuple[int, ...] = (size, compressed)
        large = zip_directory.zip64_values(extra)
        if large:
            if sizes != (zip_directory.MAX_32,) * 2:
                raise _disagreement(entry)
            sizes = large
        # Where they follow the entry, nothing may be said of them before it.
        told = (
            (0, 0, 0)
            if flags & zip_directory.DATA_DESCRIPTOR
            else (entry.crc, entry.size, entry.compressed)
        )
        if (signature, flags, method, name) != (
            *(b"PK\x03\x04", entry.flags, entry.method, entry.raw_name),
        ) or (crc, *sizes) != told:
            raise _disagreement(entry)
        return entry.offset + _LOCAL_HEADER.size + len(rest)

    def _descriptor_length(self, entry: Listed, position: int) -> int:
        found = self._read(position, _LONGEST_DESCRIPTOR)
        values = (entry.crc, entry.compressed, entry.size)
        forms = ["<LQQ"]
        if max(values) <= zip_directory.MAX_32:
            forms.append("<LLL")
        for form in forms:
            for mark in (_MARK, b""):
                descriptor = mark + struct.pack(form, *values)
                if found.startswith(descriptor):
                    return len(descriptor)
        raise _disagreement(entry)

    def _unpacked(self, entry: Listed, start: int) -> Iterator[bytes]:
        pieces = self._raw(start, entry.compressed, entry.name)
        if entry.method == zip_directory.STORED:
            return pieces
        return _inflated(pieces, entry)

    def _raw(self, start: int, length: int, name: str) -> Iterator[bytes]:
        end = start + length
        while start < end:
            piece = self._read(start, min(_PIECE, end - start))
            if not piece:
                raise _cannot_be_unpacked(name)
            start += len(piece)
            yield piece

    def _read(self, position: int, size: int) -> bytes:
        try:
            with self._lock:
                self._stream.seek(position)
                return self._stream.read(size)
        except (OSError, ValueError) as error:
            raise UnreadablePackageError("The package cannot be read.") from error

    def _check_mimetype(self) -> None:
        found = self._places.get(MIMETYPE)
        if found is None:
            return  # packages of ebMS have none
        entry, _ = found
        content = CONTAINER_TYPE.encode("ascii")
        if (
            entry.offset != 0
            or entry.method != zip_directory.STORED
            or entry.size != len(content)
            or self.read(MIMETYPE) != content
        ):
            raise UnreadablePackageError(
                f"The file mimetype must stand first in the package, stored, and say "
                f"{CONTAINER_TYPE}."
            )


def stream_of(pieces: Iterator[bytes]) -> IO[bytes]:
    """Make a stream for reading of pieces that come one by one."""
    return io.BufferedReader(_Pieces(pieces), _PIECE)


class _Pieces(io.RawIOBase):
    """A stream of pieces that come one by one."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        view = memoryview(buffer)
        taken = self._rest[: len(view)]
        view[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def _inflated(pieces: Iterable[bytes], entry: Listed) -> Iterator[bytes]:
    """Inflate an entry to its end, which must be the end of its bytes."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    left = entry.size
    for piece in chain(pieces, (b"",)):
        waiting = piece
        while not inflate.eof:
            try:
                # One byte more than is left tells that there is more, without unpacking it.
                made = inflate.decompress(waiting, min(_PIECE, left + 1))
            except zlib.error:
                raise _cannot_be_unpacked(entry.name) from None
            left -= len(made)
            if left < 0:
                raise _cannot_be_unpacked(entry.name)
            waiting = inflate.unconsumed_tail
            if made:
                yield made
            elif not waiting:
                break
        if inflate.eof and (inflate.unused_data or waiting):
            raise _cannot_be_unpacked(entry.name)
    if not inflate.eof:
        raise _cannot_be_unpacked(entry.name)


def _check_names(entries: Iterable[Listed]) -> None:
    seen = set()
    for entry in entries:
        key = collision_key(entry.name)
        if key in seen:
            raise UnreadablePackageError("Two files of the package have the same name.")
        seen.add(key)
        if entry.name in _OF_THE_PACKAGE:
            continue
        if entry.name.startswith("META-INF/"):
            raise UnreadablePackageError("META-INF holds a file that is not of the profile.")
        try:
            check_filnavn(entry.name)
        except ValueError as error:
            raise UnreadablePackageError(
                f"A file of the package has a name that {error}."
            ) from error


def _cannot_be_unpacked(name: str) -> UnreadablePackageError:
    return UnreadablePackageError(f"{name} in the package cannot be unpacked.")


def _disagreement(entry: Listed) -> UnreadablePackageError:
    return UnreadablePackageError(
        f"The ZIP in the package contradicts itself about {entry.name!r}."
    )
