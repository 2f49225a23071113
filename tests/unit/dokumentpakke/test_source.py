"""Documents come out the same from every kind of source, on every platform."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from sdp.dokumentpakke import open_pakke, pack
from sdp.domain import DigitalForsendelse, Dokument, Dokumentpakke
from sdp.pki import Identity

MIB = 1024 * 1024
RANDOM = os.urandom(3 * MIB + 17)
TEXT = b"Vi viser til vedtaket. " * 150_000
Packer = Callable[[Dokument], bytes]


@pytest.fixture
def roundtrip(
    digital_forsendelse: Callable[..., DigitalForsendelse],
    avsender_identity: Identity,
    postkasse_identity: Identity,
    moment: datetime,
) -> Packer:
    def run(dokument: Dokument) -> bytes:
        letter = digital_forsendelse(dokumentpakke=Dokumentpakke(hoveddokument=dokument))
        with pack(letter, avsender_identity, moment=moment) as pakke:
            cms = io.BytesIO(b"".join(pakke.chunks()))
        with open_pakke(cms, postkasse_identity, trust=None, moment=moment) as opened:
            return opened.read("brev.txt")

    return run


class OnlyRead:
    """A stream with no more than `read`, which gives less than it is asked for."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(min(size, 10_007))

    def close(self) -> None:
        self._stream.close()


class Short(io.RawIOBase):
    """A raw stream that fills a part of what it is given."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        return self._stream.readinto(memoryview(buffer)[:70_001])  # type: ignore[arg-type]


def peeked(data: bytes, path: Path) -> BinaryIO:
    """Open a file whose first bytes stand in the buffer of the stream already."""
    path.write_bytes(b"xx" + data)
    stream = path.open("rb")
    stream.read(2)
    return stream


@pytest.mark.parametrize(
    "content",
    [RANDOM, TEXT, RANDOM[:100], TEXT[:100_000] + RANDOM],
    ids=["random", "text", "small", "mixed"],
)
@pytest.mark.parametrize("kind", ["bytes", "path", "only read", "short", "peeked"])
@pytest.mark.parametrize("told", [True, False])
def test_every_source_gives_the_same_document(
    content: bytes, kind: str, told: bool, roundtrip: Packer, tmp_path: Path
) -> None:
    path = tmp_path / "brev.txt"
    path.write_bytes(content)
    size = len(content) if told else None
    streams: dict[str, Callable[[], object]] = {
        "only read": lambda: OnlyRead(content),
        "short": lambda: Short(content),
        "peeked": lambda: peeked(content, tmp_path / "peeked"),
    }
    match kind:
        case "bytes":
            dokument = Dokument.from_bytes(content, filnavn="brev.txt", tittel="Brev")
        case "path":
            dokument = Dokument.from_path(path, tittel="Brev")
        case _:
            opener = streams[kind]
            dokument = Dokument.from_stream(
                opener,  # type: ignore[arg-type]
                filnavn="brev.txt",
                tittel="Brev",
                size=size,
            )
    assert roundtrip(dokument) == content


@pytest.mark.parametrize("missing", ["readv", "pread"])
def test_a_platform_without_them_packs_the_same(
    missing: str, roundtrip: Packer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, missing)
    path = tmp_path / "brev.txt"
    path.write_bytes(RANDOM)
    assert roundtrip(Dokument.from_path(path, tittel="Brev")) == RANDOM
