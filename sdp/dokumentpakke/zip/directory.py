"""Central directory of a ZIP (APPNOTE.TXT, 4.3), refused where two readers could differ.

Accepted is what ASiC packages are made of: one disk, stored or deflated entries, ZIP64 where sizes
need it, and no extra field but that of ZIP64.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from sdp.dokumentpakke.profile import CONTAINER_TYPE
from sdp.errors import UnreadablePackageError

if TYPE_CHECKING:
    from collections.abc import Sequence

STORED: Final = 0
DEFLATED: Final = 8
DATA_DESCRIPTOR: Final = 0x0008
MAX_32: Final = 0xFFFFFFFF

_MAX_ENTRIES: Final = 1024
_MAX_DIRECTORY_BYTES: Final = 2 * 1024 * 1024
_MAX_16: Final = 0xFFFF
_UTF8: Final = 0x0800
_HOW_COMPRESSED: Final = 0x0006  # how hard the writer tried; nothing to a reader
_FLAGS: Final = DATA_DESCRIPTOR | _UTF8 | _HOW_COMPRESSED
_ZIP64: Final = 1
_FIELD: Final = struct.Struct("<HH")
_END: Final = struct.Struct("<4sHHHHLLH")
_END_64: Final = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_LENGTH_AFTER_ITS_LENGTH: Final = 44
_HEADER: Final = struct.Struct("<4sHHHHLLLLHHHHHLL")
# What ETSI EN 319 162-1, A.1, lets a package say about itself; Digdir's own packages do.
_COMMENTS: Final = (b"", f"mimetype={CONTAINER_TYPE}".encode("ascii"))


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as the directory tells of it.

    Attributes:
        name: its name.
        raw_name: the same in bytes.
        flags: the general purpose flags.
        method: stored or deflated.
        crc: the CRC-32 of its content.
        compressed: the bytes it takes in the ZIP.
        size: the bytes it is.
        offset: where its local header stands.
    """

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries in the directory's own order, and where the directory starts."""

    entries: tuple[Listed, ...]
    start: int


def read_directory(stream: BinaryIO) -> Directory:
    """Read the directory at the end of a seekable stream.

    Raises:
        UnreadablePackageError: there is none, or it could mislead.
        OSError, ValueError: the stream cannot be read.
    """
    count, size, start, end = _end(stream)
    if not 1 <= count <= _MAX_ENTRIES:
        raise UnreadablePackageError(
            f"The package must hold 1 to {_MAX_ENTRIES} files; it holds {count}."
        )
    if start + size != end:
        raise hidden()
    if size > _MAX_DIRECTORY_BYTES:
        raise UnreadablePackageError("The directory of the ZIP in the package is too large.")
    data = _read(stream, start, size)
    entries, position = [], 0
    for _ in range(count):
        entry, position = _listed(data, position)
        entries.append(entry)
    if position != size:
        raise hidden()
    # ZIP64 has sizes of 8 bytes: nothing is looked for where the file cannot have it.
    if any(entry.offset + entry.compressed > start for entry in entries):
        raise _two_things()
    return Directory(tuple(entries), start)


def hidden() -> UnreadablePackageError:
    """Tell of bytes that no reader is shown."""
    return UnreadablePackageError("The ZIP in the package holds bytes that belong to no file.")


def _end(stream: BinaryIO) -> tuple[int, int, int, int]:
    """Find how many entries there are, and where the directory starts, is long and ends."""
    length = stream.seek(0, 2)
    for comment in _COMMENTS:
        end = length - _END.size - len(comment)
        record = _read(stream, end, length - end) if end >= 0 else b""
        if record.startswith(b"PK\x05\x06") and record[_END.size :] == comment:
            _, *told, comment_length = _END.unpack_from(record)
            if comment_length == len(comment):
                return _checked_end(stream, end, told)
    raise _no_zip()


def _checked_end(stream: BinaryIO, end: int, told: Sequence[int]) -> tuple[int, int, int, int]:
    disk, first_disk, count_here, count, size, start = told
    if _MAX_16 in (count_here, count) or MAX_32 in (size, start):
        true = _end_64(stream, end)
        end -= _LOCATOR_64.size + _END_64.size
        sentinels = (_MAX_16, _MAX_16, MAX_32, MAX_32)
        shown = (count_here, count, size, start)
        for value, sentinel, full in zip(shown, sentinels, true, strict=True):
            if value not in (sentinel, full):
                raise _two_things()
        count_here, count, size, start = true
    if disk or first_disk or count_here != count:
        raise _no_zip()
    return count, size, start, end


def _end_64(stream: BinaryIO, end: int) -> tuple[int, int, int, int]:
    at = end - _LOCATOR_64.size - _END_64.size
    if at < 0:
        raise _no_zip()
    both = _read(stream, at, _END_64.size + _LOCATOR_64.size)
    signature, length, _, _, disk, first_disk, *true = _END_64.unpack_from(both)
    locator = _LOCATOR_64.unpack_from(both, _END_64.size)
    if (
        (signature, length, disk, first_disk) != (b"PK\x06\x06", _LENGTH_AFTER_ITS_LENGTH, 0, 0)
        or locator != (b"PK\x06\x07", 0, at, 1)
    ):  # fmt: skip
        raise _no_zip()
    count_here, count, size, start = true
    return count_here, count, size, start


def _listed(data: bytes, position: int) -> tuple[Listed, int]:
    if len(data) - position < _HEADER.size:
        raise _no_zip()
    header = _HEADER.unpack_from(data, position)
    signature, _, _, flags, method, _, crc, compressed, size = header[:9]
    name_length, extra_length, comment_length, disk, _, _, offset = header[9:]
    if signature != b"PK\x01\x02":
        raise _no_zip()
    position += _HEADER.size
    raw_name, extra, comment, rest = _cut(data, position, name_length, extra_length, comment_length)
    if comment not in _COMMENTS or disk:
        raise hidden()
    if flags & ~_FLAGS or method not in (STORED, DEFLATED):
        raise UnreadablePackageError(
            "A file of the package is encrypted, or compressed in another way than deflate."
        )
    size, compressed, offset = _true_values((size, compressed, offset), extra)
    name = _name(raw_name, flags)
    return Listed(name, raw_name, flags, method, crc, compressed, size, offset), rest


def _cut(data: bytes, position: int, *lengths: int) -> tuple[bytes, bytes, bytes, int]:
    found = []
    for length in lengths:
        found.append(data[position : position + length])
        position += length
    if position > len(data):
        raise _no_zip()
    name, extra, comment = found
    return name, extra, comment, position


def _true_values(shown: tuple[int, int, int], extra: bytes) -> tuple[int, int, int]:
    """Take size, compressed size and offset from ZIP64's field, those that did not fit."""
    values = zip64_values(extra)
    if len(values) != shown.count(MAX_32):
        raise _two_things()
    rest = iter(values)
    size, compressed, offset = (next(rest) if value == MAX_32 else value for value in shown)
    return size, compressed, offset


def zip64_values(extra: bytes) -> tuple[int, ...]:
    """Read the extra fields of an entry, of which ZIP64's is the one that may be there."""
    if not extra:
        return ()
    count = (len(extra) - _FIELD.size) // 8
    if count < 1 or extra[: _FIELD.size] != _FIELD.pack(_ZIP64, 8 * count):
        raise UnreadablePackageError("A file of the package has an unknown field in the ZIP.")
    if len(extra) != _FIELD.size + 8 * count:
        raise hidden()
    return struct.unpack_from(f"<{count}Q", extra, _FIELD.size)


def _name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError:
        raise UnreadablePackageError(
            "A file of the package has a name that readers would read differently."
        ) from None


def _read(stream: BinaryIO, position: int, size: int) -> bytes:
    stream.seek(position)
    data = stream.read(size)
    if len(data) != size:
        raise _no_zip()
    return data


def _no_zip() -> UnreadablePackageError:
    return UnreadablePackageError("What is in the package is not a ZIP.")


def _two_things() -> UnreadablePackageError:
    return UnreadablePackageError("The ZIP in the package contradicts itself.")
