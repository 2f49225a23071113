"""Entries have sizes of the 4 bytes that Java 17 reads, and are deflated where it is worth it."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from datetime import UTC, datetime

import pytest

from sdp.dokumentpakke import pack
from sdp.dokumentpakke.zip.writer import EntryWriter, ZipWriter
from sdp.domain import Dokument, Dokumentpakke
from sdp.errors import PackageError
from sdp.pki import Identity
from tests.unit.dokumentpakke.test_pack import Letter

GIB = 1024**3
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def described(written: bytes) -> list[int]:
    """How many bytes stand between each entry's data and whatever comes after it."""
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        infos, ends = archive.infolist(), archive.start_dir
    starts = [*(info.header_offset for info in infos[1:]), ends]
    return [
        following - info.header_offset - header(written, info.header_offset) - info.compress_size
        for info, following in zip(infos, starts, strict=True)
        if info.flag_bits & 8
    ]


def header(written: bytes, offset: int) -> int:
    name, extra = struct.unpack_from("<HH", written, offset + 26)
    return 30 + int(name) + int(extra)


def one_entry(at_most: int, data: bytes = b"hei") -> bytes:
    written = io.BytesIO()
    archive = ZipWriter(written.write, MOMENT)
    entry = archive.entry("brev.txt", at_most)
    entry.write(data)
    entry.close()
    archive.close()
    return written.getvalue()


@pytest.mark.parametrize("size", [1, 100, 700_000])
@pytest.mark.parametrize("told", [True, False])
def test_a_document_has_sizes_of_4_bytes_whether_or_not_its_size_is_known(
    size: int, told: bool, digital_forsendelse: Letter, avsender_identity: Identity
) -> None:
    data = os.urandom(size)
    dokument = Dokument.from_stream(
        lambda: io.BytesIO(data), filnavn="brev.txt", tittel="Brev", size=size if told else None
    )
    letter = digital_forsendelse(dokumentpakke=Dokumentpakke(hoveddokument=dokument))
    asice = io.BytesIO()
    with pack(letter, avsender_identity, moment=MOMENT, asice=asice):
        pass
    assert set(described(asice.getvalue())) == {16}


@pytest.mark.parametrize(
    ("at_most", "length"), [(4 * GIB - 2 * 1024**2, 16), (4 * GIB, 24), (5 * GIB, 24)]
)
def test_only_what_may_pass_4_gib_has_sizes_of_8_bytes(at_most: int, length: int) -> None:
    assert described(one_entry(at_most)) == [length]


def test_an_entry_that_passes_4_gib_against_its_word_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def large(entry: EntryWriter, data: bytes) -> None:
        entry._size += 4 * GIB

    monkeypatch.setattr(EntryWriter, "write", large)
    with pytest.raises(PackageError, match=r"brev\.txt takes more than 4 GiB"):
        one_entry(100)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_document_is_deflated_where_any_third_of_it_can_be(place: int) -> None:
    thirds = [os.urandom(60_000)] * 3
    thirds[place] = b"hei " * 15_000
    data = b"".join(thirds)
    written = one_entry(len(data), data)
    assert len(written) < 0.8 * len(data)
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.read("brev.txt") == data


def test_a_document_that_does_not_compress_grows_by_no_more_than_its_blocks() -> None:
    data = os.urandom(180_000)
    assert len(one_entry(len(data), data)) < len(data) + 300
