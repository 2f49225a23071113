"""Single-pass ZIP writer: sizes and checksums follow each entry (data descriptors).

Content that does not compress goes as stored blocks of the deflate format. A stored entry would
need its size in advance, and Java's ZipInputStream reads no stored entry with a data descriptor.
"""

from __future__ import annotations

import struct
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple, Protocol

from isal import isal_zlib

from sdp.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from typing_extensions import Buffer

    from sdp.dokumentpakke.ring import RingWriter

_DATA_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
_STREAMED = _UTF8 | _DATA_DESCRIPTOR
_STORED = 0
_DEFLATED = 8
_VERSION = 20
_VERSION_64 = 45
_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_MAX_32 = 0xFFFFFFFF
_MAX_16 = 0xFFFF
# Deflate makes what does not compress larger by 5 bytes in 65535: some 400 KiB in 4 GiB.
_MOST_WITHOUT_ZIP64 = _MAX_32 - 1024 * 1024

_SAMPLE = 12 * 1024
_TOO_SMALL_TO_SAMPLE = 8 * 1024
_WORTH_COMPRESSING = 0.95
_STORED_BLOCK = 0xFFFF
_HEAD = struct.Struct("<BHH")
_LEAST_ROOM = 4096

PIECE = 8 * (_HEAD.size + _STORED_BLOCK)
"""Eight stored blocks, which AES takes in whole blocks of its own."""
_LEVEL = 1


class _Entry(NamedTuple):
    name: bytes
    method: int
    flags: int
    crc: int
    compressed: int
    size: int
    offset: int
    zip64: bool

    @property
    def descriptor(self) -> bytes:
        """The sizes that follow an entry."""
        sizes = "<4sLQQ" if self.zip64 else "<4sLLL"
        return struct.pack(sizes, b"PK\x07\x08", self.crc, self.compressed, self.size)


class ZipWriter:
    """A ZIP on its way out. Entries are written one after the other.

    Args:
        write: takes the bytes of the ZIP.
        moment: the modification time of every entry, written in UTC.
        out: the ring that `write` fills, where entries may be filled straight into it.
    """

    def __init__(
        self,
        write: Callable[[Buffer], object],
        moment: datetime,
        *,
        out: RingWriter | None = None,
    ) -> None:
        self._write = write
        self._out = out
        self._offset = 0
        self._entries: list[_Entry] = []
        self._dos_time = _dos_time(moment)

    def entry(self, name: str, at_most: int) -> EntryWriter:
        """Start an entry; close it before the next one.

        `at_most` is a bound on its size, in bytes. From just below 4 GiB the entry is ZIP64, and
        the sizes after it are of 8 bytes. Java 17's ZipInputStream reads such sizes only where the
        entry did pass 4 GiB, so a bound must not be larger than it has to be.

        Raises:
            PackageError: from `close`, where the entry has passed a bound below 4 GiB.
        """
        zip64 = at_most > _MOST_WITHOUT_ZIP64
        offset, encoded = self._offset, name.encode()
        local = self._local_header(encoded, _DEFLATED, _STREAMED, 0, 0, zip64=zip64)
        header = len(local)
        self._put(local)

        def finished(end: bytes, crc: int, compressed: int, size: int) -> None:
            if not zip64 and max(compressed, size) > _MAX_32:
                raise PackageError(
                    f"{name} takes more than 4 GiB in the package, which it should not have.",
                    remedy="Tell its size, and give it in pieces of 8 KiB or more when read.",
                )
            entry = _Entry(encoded, _DEFLATED, _STREAMED, crc, compressed, size, offset, zip64)
            self._offset = offset + header + compressed - len(end)
            self._put(end + entry.descriptor)
            self._entries.append(entry)

        return EntryWriter(self._put, finished, self._out)

    def add(self, name: str, data: bytes) -> None:
        """Write an entry whose bytes are at hand: less than 4 GiB, and worth compressing."""
        encoded, compressed = name.encode(), isal_zlib.compress(data, _LEVEL, -15)
        sizes = isal_zlib.crc32(data), len(compressed), len(data)
        entry = _Entry(encoded, _DEFLATED, _STREAMED, *sizes, self._offset, zip64=False)
        local = self._local_header(encoded, _DEFLATED, _STREAMED, 0, 0, zip64=False)
        self._put(b"".join((local, compressed, entry.descriptor)))
        self._entries.append(entry)

    def store(self, name: str, data: bytes) -> None:
        """Write an entry uncompressed, with its size in front."""
        crc, encoded, offset = isal_zlib.crc32(data), name.encode(), self._offset
        self._put(self._local_header(encoded, _STORED, 0, crc, len(data), zip64=False) + data)
        self._entries.append(
            _Entry(encoded, _STORED, 0, crc, len(data), len(data), offset, zip64=False)
        )

    def close(self) -> None:
        """Write the directory."""
        directory = b"".join(map(self._directory_header, self._entries))
        self._put(directory + _end(len(self._entries), len(directory), self._offset))

    def _put(self, data: bytes | memoryview) -> None:
        self._write(data)
        self._offset += len(data)

    def _local_header(
        self, name: bytes, method: int, flags: int, crc: int, size: int, *, zip64: bool
    ) -> bytes:
        shown = _MAX_32 if zip64 else size
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if zip64 else b""
        header = struct.pack(
            "<4sHHHLLLLHH",
            b"PK\x03\x04",
            _VERSION_64 if zip64 else _VERSION,
            flags,
            method,
            self._dos_time,
            crc,
            shown,
            shown,
            len(name),
            len(extra),
        )
        return header + name + extra

    def _directory_header(self, entry: _Entry) -> bytes:
        extra = b""
        sizes = [entry.size, entry.compressed, entry.offset]
        if entry.zip64 or entry.offset >= _MAX_32:
            extra = struct.pack("<HHQQQ", 1, 24, *sizes)
            sizes = [_MAX_32] * 3
        version = _VERSION_64 if extra else _VERSION
        size, compressed, offset = sizes
        header = struct.pack(
            "<4sHHHHLLLLHHHHHLL",
            b"PK\x01\x02",
            _UNIX | version,
            version,
            entry.flags,
            entry.method,
            self._dos_time,
            entry.crc,
            compressed,
            size,
            len(entry.name),
            len(extra),
            0,
            0,
            0,
            _REGULAR_FILE,
            offset,
        )
        return header + entry.name + extra


class EntryWriter:
    """One entry of a ZIP on its way out."""

    def __init__(
        self,
        put: Callable[[bytes | memoryview], None],
        finished: Callable[[bytes, int, int, int], None],
        out: RingWriter | None = None,
    ) -> None:
        self._put = put
        self._finished = finished
        self._out = out
        self._deflate: _Deflate | None = None
        self._crc = 0
        self._size = 0
        self._compressed = 0

    def write(self, data: Buffer) -> None:
        """Write more of the entry. The first piece decides whether it is worth compressing."""
        if self._deflate is None:
            self._deflate = _deflate_for(data)
        self._crc = isal_zlib.crc32(data, self._crc)
        self._size += len(memoryview(data))
        for piece in self._deflate.compress(data):
            self._emit(piece)

    def slots(self) -> StoredBlocks | None:
        """Return room for stored blocks in the ring, to be filled without a copy.

        None where the entry is compressed, where nothing is written yet, or where there is no ring.
        """
        if self._out is None or not isinstance(self._deflate, _Stored):
            return None
        return StoredBlocks(self._out.room(_LEAST_ROOM))

    def commit(self, blocks: StoredBlocks, count: int) -> None:
        """Keep the first bytes that were filled in."""
        if self._out is None:
            raise ValueError("the slots are of another entry")
        for data in blocks.filled(count):
            self._crc = isal_zlib.crc32(data, self._crc)
        written = blocks.write_heads(count)
        self._size += count
        self._compressed += written
        self._out.commit(written)

    def close(self) -> None:
        """End the entry."""
        end = (self._deflate or _Compressed()).flush()
        self._finished(end, self._crc, self._compressed + len(end), self._size)

    def _emit(self, data: bytes | memoryview) -> None:
        if data:
            self._put(data)
            self._compressed += len(data)


class StoredBlocks:
    """Stored blocks of the deflate format laid out in memory: heads, with data between them.

    Attributes:
        data: where the data goes, slot by slot, each filled before the next.
    """

    def __init__(self, room: memoryview) -> None:
        self._room = room
        whole, rest = divmod(len(room), _HEAD.size + _STORED_BLOCK)
        lengths = [_STORED_BLOCK] * whole
        if rest > _HEAD.size:
            lengths.append(rest - _HEAD.size)
        step = _HEAD.size + _STORED_BLOCK
        self.data: list[memoryview] = [
            room[number * step + _HEAD.size : number * step + _HEAD.size + length]
            for number, length in enumerate(lengths)
        ]

    def filled(self, count: int) -> Iterator[memoryview]:
        """Give the data of the first bytes that were filled."""
        for slot in self.data:
            if count <= 0:
                return
            yield slot[:count] if count < len(slot) else slot
            count -= len(slot)

    def write_heads(self, count: int) -> int:
        """Write the heads of so many bytes of data; return the bytes of both."""
        position = 0
        for data in self.filled(count):
            _HEAD.pack_into(self._room, position, 0, len(data), len(data) ^ _MAX_16)
            position += _HEAD.size + len(data)
        return position


class _Deflate(Protocol):
    def compress(self, data: Buffer, /) -> Iterable[bytes | memoryview]: ...
    def flush(self) -> bytes: ...


class _Compressed:
    def __init__(self) -> None:
        self._compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -15)

    def compress(self, data: Buffer) -> Iterable[bytes]:
        return (self._compressor.compress(data),)

    def flush(self) -> bytes:
        return self._compressor.flush()


class _Stored:
    """The deflate format without compression: blocks of at most 65535 bytes, each with a head."""

    def compress(self, data: Buffer) -> Iterator[bytes | memoryview]:
        view = memoryview(data)
        for start in range(0, len(view), _STORED_BLOCK):
            block = view[start : start + _STORED_BLOCK]
            yield _HEAD.pack(0, len(block), len(block) ^ _MAX_16)
            yield block

    def flush(self) -> bytes:
        return _HEAD.pack(1, 0, _MAX_16)


def _deflate_for(data: Buffer) -> _Deflate:
    sample = _sample(memoryview(data))
    if len(sample) < _TOO_SMALL_TO_SAMPLE:
        return _Compressed()
    shrunk = len(isal_zlib.compress(sample, _LEVEL, -15))
    return _Compressed() if shrunk < len(sample) * _WORTH_COMPRESSING else _Stored()


def _sample(data: memoryview) -> bytes | memoryview:
    """Return so much of the data as tells whether it compresses: of its start, middle and end."""
    if len(data) <= _SAMPLE:
        return data
    third = _SAMPLE // 3
    middle = (len(data) - third) // 2
    return b"".join((data[:third], data[middle : middle + third], data[-third:]))


def _end(count: int, size: int, start: int) -> bytes:
    zip64 = count >= _MAX_16 or size >= _MAX_32 or start >= _MAX_32
    record = b""
    if zip64:
        end = start + size
        record = struct.pack(
            "<4sQHHLLQQQQ", b"PK\x06\x06", 44, _UNIX | _VERSION_64, _VERSION_64, 0, 0,
            count, count, size, start,
        ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)  # fmt: skip
        count, size, start = _MAX_16, _MAX_32, _MAX_32
    return record + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, size, start, 0)


def _dos_time(moment: datetime) -> int:
    utc = moment.astimezone(UTC)
    date = max(utc.year - 1980, 0) << 9 | utc.month << 5 | utc.day
    return date << 16 | utc.hour << 11 | utc.minute << 5 | utc.second // 2
