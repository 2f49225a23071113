"""A ZIP in which any reader could find something else than we do is refused."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.dokumentpakke.zip.reader import ZipReader
from sdp.errors import UnreadablePackageError

CONTAINER_TYPE = b"application/vnd.etsi.asic-e+zip"
MARK = b"PK\x07\x08"
DESCRIBED = 0x0008
UTF8 = 0x0800


@dataclass(frozen=True)
class Part:
    """An entry, with whatever is wrong with it."""

    name: bytes
    data: bytes
    method: int = 8
    flags: int = 0
    behind: bytes = b""
    """Comes after the content, and counts as part of it."""
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    size: int | None = None
    descriptor: bytes | None = None
    """Stands in the place of the right one."""
    gap: bytes = b""
    raw: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "raw", self._deflated() if self.method == 8 else self.data)

    def _deflated(self) -> bytes:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflate.compress(self.data) + deflate.flush()

    @property
    def told(self) -> tuple[int, int, int]:
        """The checksum and both sizes that the directory tells of."""
        size = len(self.data) if self.size is None else self.size
        return zlib.crc32(self.data[:size]), len(self.raw + self.behind), size

    def local(self) -> bytes:
        told = (0, 0, 0) if self.flags & DESCRIBED else self.told
        lengths = (len(self.name), len(self.local_extra))
        head = struct.pack(
            "<4sHHHLLLLHH", b"PK\x03\x04", 20, self.flags, self.method, 0, *told, *lengths
        )
        descriptor = b""
        if self.flags & DESCRIBED:
            right = MARK + struct.pack("<LLL", *self.told)
            descriptor = right if self.descriptor is None else self.descriptor
        content = self.raw + self.behind + descriptor + self.gap
        return head + self.name + self.local_extra + content

    def central(self, offset: int) -> bytes:
        lengths = (len(self.name), len(self.central_extra), len(self.comment))
        head = struct.pack(
            "<4sHHHHLLLLHHHHHLL",
            *(b"PK\x01\x02", 20, 20, self.flags, self.method, 0),
            *self.told,
            *(*lengths, 0, 0, 0, offset),
        )
        return head + self.name + self.central_extra + self.comment


def made(*parts: Part, comment: bytes = b"", count: int | None = None) -> bytes:
    body, directory = b"", b""
    for part in parts:
        directory += part.central(len(body))
        body += part.local()
    told = len(parts) if count is None else count
    end = struct.pack(
        "<4sHHHHLLH",
        *(b"PK\x05\x06", 0, 0, told, told, len(directory), len(body), len(comment)),
    )
    return body + directory + end + comment


BREV = Part(b"brev.txt", b"hei " * 100)
ANDRE = Part(b"andre.txt", b"mer")
EVIL = Part(b"evil.txt", b"evil").local()
LATIN = Part("bråd.txt".encode("cp437"), b"hei")
UNICODE_PATH = struct.pack("<HH", 0x7075, 9) + b"\1abcdevil"
TIMES = struct.pack("<HHBL", 0x5455, 5, 1, 0)
MIMETYPE = Part(b"mimetype", CONTAINER_TYPE, method=0)


def read(archive: bytes) -> dict[str, bytes]:
    reader = ZipReader(io.BytesIO(archive), size_limit=10_000_000)
    return {entry.name: reader.read(entry.name) for entry in reader.entries}


@pytest.mark.parametrize(
    "parts",
    [
        (BREV, ANDRE),
        (replace(BREV, flags=DESCRIBED), ANDRE),
        (replace(BREV, flags=DESCRIBED, descriptor=struct.pack("<LLL", *BREV.told)), ANDRE),
        (replace(BREV, flags=DESCRIBED, descriptor=MARK + struct.pack("<LQQ", *BREV.told)), ANDRE),
        (replace(BREV, method=0), ANDRE),
        (Part("brød.txt".encode(), b"", flags=UTF8),),
        (MIMETYPE, BREV),
        (Part(b"stor.bin", os.urandom(1 << 20) * 3),),
        (Part(b"nuller.bin", bytes(5_000_000)),),
    ],
    ids=lambda parts: "+".join(repr(part.name) for part in parts),
)
def test_what_is_put_in_comes_out(parts: Sequence[Part]) -> None:
    assert read(made(*parts)) == {part.name.decode(): part.data for part in parts}


def test_the_comment_that_names_the_container_is_no_hidden_content() -> None:
    comment = b"mimetype=" + CONTAINER_TYPE
    assert read(made(BREV, comment=comment)) == {"brev.txt": BREV.data}


@pytest.mark.parametrize(
    "archive",
    [
        made(replace(BREV, behind=EVIL), ANDRE),
        made(replace(BREV, flags=DESCRIBED, behind=MARK + bytes(12) + EVIL), ANDRE),
        made(replace(BREV, flags=DESCRIBED, descriptor=MARK + struct.pack("<LLL", 9, 1, 2)), ANDRE),
        made(replace(BREV, flags=DESCRIBED, descriptor=b"evil bytes hidden abABCD"), ANDRE),
        made(replace(BREV, flags=DESCRIBED, descriptor=b""), ANDRE),
        made(replace(BREV, flags=DESCRIBED, gap=bytes(8)), ANDRE),
        made(replace(BREV, gap=EVIL), ANDRE),
        made(BREV, replace(ANDRE, gap=EVIL)),
        made(BREV, ANDRE, comment=b"A" * 60_000),
        made(BREV, comment=b"mimetype=text/html"),
        made(replace(BREV, comment=b"evil"), ANDRE),
        made(replace(BREV, local_extra=UNICODE_PATH), ANDRE),
        made(replace(BREV, central_extra=UNICODE_PATH), ANDRE),
        made(replace(BREV, local_extra=TIMES, central_extra=TIMES), ANDRE),
        made(replace(BREV, central_extra=struct.pack("<HHQ", 1, 8, 1)), ANDRE),
        made(replace(BREV, local_extra=struct.pack("<HHQQ", 1, 16, 1, 1)), ANDRE),
        made(replace(BREV, size=3), ANDRE),
        made(replace(BREV, size=len(BREV.data) + 1), ANDRE),
        made(replace(BREV, method=0, flags=DESCRIBED, behind=b"mer"), ANDRE),
        made(replace(BREV, flags=0x2000), ANDRE),
        made(LATIN),
        made(Part(b"br\xff.txt", b"", flags=UTF8)),
        made(Part(b"brev.txt\0.exe", b"")),
        made(BREV, ANDRE, count=1),
        made(BREV, ANDRE, count=3),
        made(BREV, ANDRE, count=0xFFFF),
        made(BREV, ANDRE) + made(BREV),
        b"PK\x05\x06" + bytes(18),
    ],
)
def test_what_readers_could_read_differently_is_refused(archive: bytes) -> None:
    with pytest.raises(UnreadablePackageError):
        read(archive)


@pytest.mark.parametrize(
    "parts",
    [
        (BREV, MIMETYPE),
        (replace(MIMETYPE, method=8), BREV),
        (Part(b"mimetype", CONTAINER_TYPE + b"\n", method=0), BREV),
        (Part(b"mimetype", bytes(5_000_000), method=0), BREV),
        (Part(b"mimetype", CONTAINER_TYPE.upper(), method=0), BREV),
    ],
    ids=["last", "deflated", "with more", "large", "another"],
)
def test_the_file_mimetype_stands_first_and_says_exactly_what_it_should(
    parts: Sequence[Part],
) -> None:
    with pytest.raises(UnreadablePackageError, match="mimetype must stand first"):
        read(made(*parts))


def test_a_bomb_is_unpacked_no_further_than_what_it_says_it_is() -> None:
    taken = list[bytes]()
    reader = ZipReader(
        io.BytesIO(made(Part(b"bombe.bin", bytes(50_000_000), size=1000))), size_limit=2000
    )
    with pytest.raises(UnreadablePackageError, match="cannot be unpacked"):
        taken += reader.pieces("bombe.bin")
    assert sum(map(len, taken)) <= 1000


class _Watched(io.BytesIO):
    """Remembers how many bytes were read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_a_directory_of_too_many_entries_is_never_read() -> None:
    count = 400_000
    listed = Part(b"1234", b"").central(0) * count
    end_64 = struct.pack(
        "<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(listed), 0
    ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, len(listed), 1)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)
    stream = _Watched(listed + end_64 + end)
    with pytest.raises(UnreadablePackageError, match="1024"):
        ZipReader(stream, size_limit=1000)
    assert stream.taken < 1000


def test_zip64_as_others_write_it_is_read() -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("brev.txt", "w", force_zip64=True) as entry,
    ):
        entry.write(b"hei")
    assert read(buffer.getvalue()) == {"brev.txt": b"hei"}


def test_files_can_be_read_side_by_side() -> None:
    parts = [Part(f"fil-{n}.txt".encode(), os.urandom(3000)) for n in range(2)]
    reader = ZipReader(io.BytesIO(made(*parts)), size_limit=10_000)
    with reader.open("fil-0.txt") as one, reader.open("fil-1.txt") as other:
        pieces = [(one.read(1000), other.read(1000)) for _ in range(4)]
    assert (b"".join(a for a, _ in pieces), b"".join(b for _, b in pieces)) == (
        parts[0].data,
        parts[1].data,
    )


def zip64(
    *, local: Sequence[int] = (), central: Sequence[int] = (), end: Sequence[int] | None = None
) -> bytes:
    """Write one entry whose sizes, and whose directory, are told by ZIP64 as it is asked for."""
    body = replace(BREV, local_extra=zip64_field(local)).local()
    size, compressed, offset = len(BREV.data), len(BREV.raw), 0
    extra = zip64_field(central)
    if central:
        size, compressed, offset = (0xFFFFFFFF,) * 3
    directory = struct.pack(
        "<4sHHHHLLLLHHHHHLL",
        *(b"PK\x01\x02", 45, 45, 0, 8, 0, zlib.crc32(BREV.data), compressed, size),
        *(len(BREV.name), len(extra), 0, 0, 0, 0, offset),
    )
    directory += BREV.name + extra
    if end is None:
        told = (1, 1, len(directory), len(body))
        record = b""
    else:
        told = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
        at = len(body) + len(directory)
        record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, *end)
        record += struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    return body + directory + record + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, *told, 0)


def zip64_field(values: Sequence[int]) -> bytes:
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""


def test_zip64_sizes_that_are_right_are_read() -> None:
    central = (len(BREV.data), len(BREV.raw), 0)
    assert read(zip64(central=central)) == {"brev.txt": BREV.data}
    directory = len(zip64()) - len(BREV.local()) - 22
    end = (1, 1, directory, len(BREV.local()))
    assert read(zip64(end=end)) == {"brev.txt": BREV.data}


_EDGES = st.sampled_from(
    [
        *(0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 2**32, 2**63 - 1, 2**63, 2**64 - 1),
        *(len(BREV.data), len(BREV.raw), len(BREV.local())),
    ]
)


@given(central=st.lists(_EDGES | st.integers(0, 2**64 - 1), min_size=1, max_size=4))
def test_no_zip64_size_or_offset_is_looked_for_beyond_the_file(central: list[int]) -> None:
    archive = zip64(central=central)
    stream = Bounded(archive)
    try:
        reader = ZipReader(stream, size_limit=2**64)
        found = {entry.name: reader.read(entry.name) for entry in reader.entries}
    except UnreadablePackageError:
        return
    assert found == {"brev.txt": BREV.data}


@given(end=st.lists(_EDGES | st.integers(0, 2**64 - 1), min_size=4, max_size=4))
def test_no_zip64_directory_is_looked_for_beyond_the_file(end: list[int]) -> None:
    try:
        ZipReader(Bounded(zip64(end=end)), size_limit=2**64)
    except UnreadablePackageError:
        return
    assert end == [1, 1, len(zip64()) - len(BREV.local()) - 22, len(BREV.local())]


class Bounded(io.BytesIO):
    """A file in which nothing beyond the end may be asked for."""

    def seek(self, offset: int, whence: int = 0) -> int:
        assert 0 <= offset <= len(self.getvalue())
        return super().seek(offset, whence)
