"""Reads a ZIP from outside: nothing hidden in it, nothing that leads elsewhere, nothing endless."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO

from sdp.dokumentpakke.fil import CONTAINER_MANIFEST, SIGNATURES
from sdp.domain import check_filnavn, collision_key
from sdp.errors import UnreadablePackageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_ENTRIES = 1024
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x0001
_DATA_DESCRIPTOR = 0x0008
_LOCAL_HEADER = struct.Struct("<4sHHHLLLLHH")
_DESCRIPTOR_LENGTHS = frozenset({12, 16, 20, 24})
_END_RECORD_LENGTH = 22
_PIECE = 1024 * 1024
_UNREADABLE = (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError)
_INSIDE_META_INF = frozenset({SIGNATURES, CONTAINER_MANIFEST})


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
        try:
            self._zip = zipfile.ZipFile(stream)
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            struct.error,
            NotImplementedError,
        ) as error:
            raise UnreadablePackageError("What is in the package is not a ZIP.") from error
        infos = self._zip.infolist()
        _check_count(infos)
        _check_names(infos)
        for info in infos:
            _check_entry(info)
        if sum(info.file_size for info in infos) > size_limit:
            raise UnreadablePackageError(
                f"The files of the package are more than {size_limit} bytes when unpacked."
            )
        self._check_layout(sorted(infos, key=lambda info: info.header_offset))
        self.entries = tuple(Entry(info.filename, info.file_size) for info in infos)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Unpack an entry, piece by piece.

        Raises:
            UnreadablePackageError: it cannot be unpacked, or its checksum does not hold.
        """
        with self.open(name) as stream:
            while piece := _read(stream, name):
                yield piece

    def read(self, name: str) -> bytes:
        """Unpack a small entry whole."""
        return b"".join(self.pieces(name))

    def open(self, name: str) -> IO[bytes]:
        """Open an entry for reading; errors while reading are those of `zipfile`."""
        try:
            return self._zip.open(name)
        except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError) as error:
            raise UnreadablePackageError(f"{name} in the package cannot be unpacked.") from error

    def _check_layout(self, infos: list[zipfile.ZipInfo]) -> None:
        position = 0
        for index, info in enumerate(infos):
            if info.header_offset != position:
                raise _hidden()
            data_end = self._check_local_header(info)
            last = index == len(infos) - 1
            position = self._zip.start_dir if last else infos[index + 1].header_offset
            gap = position - data_end
            described = bool(info.flag_bits & _DATA_DESCRIPTOR)
            if gap != 0 and not (described and gap in _DESCRIPTOR_LENGTHS):
                raise _hidden()
        self._check_end()

    def _check_local_header(self, info: zipfile.ZipInfo) -> int:
        self._stream.seek(info.header_offset)
        header = self._stream.read(_LOCAL_HEADER.size)
        try:
            (signature, _, flags, method, _, crc, compressed, size, name_length, extra_length) = (
                _LOCAL_HEADER.unpack(header)
            )
        except struct.error as error:
            raise _disagreement(info) from error
        name = self._stream.read(name_length)
        if (
            signature != b"PK\x03\x04"
            or flags != info.flag_bits
            or method != info.compress_type
            or name != info.orig_filename.encode("utf-8" if flags & 0x800 else "cp437")
        ):
            raise _disagreement(info)
        told = (crc, compressed, size)
        if flags & _DATA_DESCRIPTOR:
            plausible = {(0, 0, 0), (0, 0xFFFFFFFF, 0xFFFFFFFF)}
        else:
            plausible = {(info.CRC, info.compress_size, info.file_size)}
        if told not in plausible:
            raise _disagreement(info)
        header_length = _LOCAL_HEADER.size + int(name_length) + int(extra_length)
        return info.header_offset + header_length + info.compress_size

    def _check_end(self) -> None:
        end = self._stream.seek(0, 2)
        tail = min(end, _END_RECORD_LENGTH + len(self._zip.comment))
        self._stream.seek(end - tail)
        if self._stream.read(4) != b"PK\x05\x06":
            raise _hidden()


def _read(stream: IO[bytes], name: str) -> bytes:
    try:
        return stream.read(_PIECE)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UnreadablePackageError(f"{name} in the package cannot be unpacked.") from error


def _check_count(infos: list[zipfile.ZipInfo]) -> None:
    if not 1 <= len(infos) <= _MAX_ENTRIES:
        raise UnreadablePackageError(
            f"The package must hold 1 to {_MAX_ENTRIES} files; it holds {len(infos)}."
        )


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    seen = set()
    for info in infos:
        key = collision_key(info.filename)
        if key in seen:
            raise UnreadablePackageError("Two files of the package have the same name.")
        seen.add(key)


def _check_entry(info: zipfile.ZipInfo) -> None:
    if info.orig_filename != info.filename:
        raise UnreadablePackageError("A file of the package has a name that would mislead.")
    if info.filename.startswith("META-INF/"):
        if info.filename not in _INSIDE_META_INF:
            raise UnreadablePackageError("META-INF holds a file that is not of the profile.")
    elif info.filename not in {"manifest.xml", "mimetype"}:
        try:
            check_filnavn(info.filename)
        except ValueError as error:
            raise UnreadablePackageError(
                f"A file of the package has a name that {error}."
            ) from error
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
        raise UnreadablePackageError(
            "A file of the package is encrypted, or compressed in another way than deflate."
        )


def _hidden() -> UnreadablePackageError:
    return UnreadablePackageError("The ZIP in the package holds bytes that belong to no file.")


def _disagreement(info: zipfile.ZipInfo) -> UnreadablePackageError:
    return UnreadablePackageError(
        f"The ZIP in the package says two different things about {info.filename!r}."
    )
