"""Packing is one pass over each document, and leaves nothing behind when it fails."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

import pytest
from typing_extensions import Buffer

from sdp.dokumentpakke import PakketDokumentpakke, open_pakke, pack, pack_to
from sdp.dokumentpakke.spool import Spool
from sdp.domain import DigitalForsendelse, Dokument, Dokumentpakke
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    DocumentError,
    PackageError,
    PackageTooLargeError,
    Retry,
)
from sdp.pki import Identity
from sdp.testmiljo.ca import LeafUsage, TestCA
from tests.conftest import POSTEN

MIB = 1024 * 1024
_INCOMPRESSIBLE = os.urandom(MIB)

Letter = Callable[..., DigitalForsendelse]
Packer = Callable[..., PakketDokumentpakke]


@pytest.fixture
def packed(
    digital_forsendelse: Letter, avsender_identity: Identity, moment: datetime
) -> Iterator[Packer]:
    made: list[PakketDokumentpakke] = []

    def make(*dokumenter: Dokument, **options: object) -> PakketDokumentpakke:
        first, *rest = dokumenter
        forsendelse = digital_forsendelse(
            dokumentpakke=Dokumentpakke(hoveddokument=first, vedlegg=tuple(rest))
        )
        made.append(pack(forsendelse, avsender_identity, moment=moment, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for pakke in made:
        pakke.close()


@pytest.fixture(autouse=True)
def _nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    spools = tmp_path / "spools"
    spools.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spools))
    made: list[Spool] = []
    make = Spool.__init__

    def noted(spool: Spool, memory: int) -> None:
        made.append(spool)
        make(spool, memory)

    monkeypatch.setattr(Spool, "__init__", noted)
    threads = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= threads
    assert all(spool.closed for spool in made)
    assert not list(spools.iterdir())


class Source(io.RawIOBase):
    """A stream of so many bytes, which may fail on the way."""

    def __init__(self, size: int, failure: BaseException | None = None) -> None:
        self._size = self._left = size
        self._failure = failure

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        start = (self._size - self._left) % MIB
        count = min(len(view), self._left, MIB - start)
        if count == 0 and self._failure is not None:
            raise self._failure
        view[:count] = _INCOMPRESSIBLE[start : start + count]
        self._left -= count
        return count


@contextmanager
def interrupts(times: int) -> Iterator[None]:
    """Press Ctrl-C so many times, the first when there is plenty to do, the others just after."""

    def press() -> None:
        for _ in range(times):
            time.sleep(0.4)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    presser = threading.Thread(target=press)
    presser.start()
    try:
        yield
    finally:
        with suppress(KeyboardInterrupt):  # one that came when everything was over
            presser.join()
        presser.join()
        signal.signal(signal.SIGINT, before)


def stream(size: int, *, told: int | None = None, failure: BaseException | None = None) -> Dokument:
    def opener() -> BinaryIO:
        return io.BufferedReader(Source(size, failure), MIB)

    return Dokument.from_stream(opener, filnavn="strøm.txt", size=told, tittel="Strøm")


def note(text: bytes = b"hei", filnavn: str = "brev.txt") -> Dokument:
    return Dokument.from_bytes(text, filnavn=filnavn, tittel="Brev")


def reopened(pakke: PakketDokumentpakke) -> BinaryIO:
    return io.BytesIO(b"".join(pakke.chunks()))


def test_files_are_documents_then_metadata_then_manifest_then_signature(packed: Packer) -> None:
    pakke = packed(note(), note(filnavn="vedlegg.txt"))
    assert [fil.filnavn for fil in pakke.filer] == [
        "brev.txt",
        "vedlegg.txt",
        "manifest.xml",
        "META-INF/signatures.xml",
    ]


def test_a_package_can_be_read_again_and_by_many_at_once(packed: Packer) -> None:
    pakke = packed(note(os.urandom(3 * MIB)), spool_memory=1000)
    first, second = pakke.chunks(), pakke.chunks()
    interleaved = [b"".join(pair) for pair in zip(first, second, strict=True)]
    assert sum(map(len, interleaved)) == 2 * pakke.size
    assert b"".join(pakke.chunks()) == reopened(pakke).read()


def test_a_closed_package_cannot_be_read(packed: Packer) -> None:
    pakke = packed(note())
    pakke.close()
    with pytest.raises(ValueError, match="closed"):
        next(pakke.chunks())


@pytest.mark.parametrize("size", [1, 15, 16, 17, 65535, 65536, MIB - 1, MIB, MIB + 1, 5 * MIB + 3])
@pytest.mark.parametrize("told", [True, False])
def test_any_size_survives_the_way_there_and_back(
    size: int,
    told: bool,
    packed: Packer,
    postkasse_identity: Identity,
    moment: datetime,
) -> None:
    pakke = packed(stream(size, told=size if told else None))
    with open_pakke(reopened(pakke), postkasse_identity, trust=None, moment=moment) as opened:
        assert opened.read("strøm.txt") == stream(size).kilde.open().read()


def test_progress_counts_every_byte_of_the_documents(packed: Packer) -> None:
    seen: list[int] = []
    packed(stream(3 * MIB, told=3 * MIB), note(), progress=seen.append)
    assert sum(seen) == 3 * MIB + 3


class TestLimits:
    def test_the_limit_is_checked_before_anything_is_read(self, packed: Packer) -> None:
        def never() -> BinaryIO:
            raise AssertionError("the document was opened")

        dokument = Dokument.from_stream(never, filnavn="brev.txt", size=101, tittel="Brev")
        with pytest.raises(PackageTooLargeError) as refusal:
            packed(dokument, size_limit=100)
        assert (refusal.value.size, refusal.value.limit) == (101, 100)

    def test_the_limit_itself_is_allowed(self, packed: Packer) -> None:
        packed(note(b"x" * 100), size_limit=100)

    def test_documents_of_unknown_size_are_stopped_at_the_limit(self, packed: Packer) -> None:
        with pytest.raises(PackageTooLargeError):
            packed(stream(50 * MIB), size_limit=5 * MIB)


class TestSourcesThatFail:
    @pytest.mark.parametrize("size", [100, 5 * MIB])
    @pytest.mark.parametrize("difference", [-1, 1, -50, 50])
    def test_a_document_that_shrinks_or_grows(
        self, size: int, difference: int, packed: Packer
    ) -> None:
        with pytest.raises(DocumentError) as refusal:
            packed(stream(size + difference, told=size))
        assert refusal.value.filnavn == "strøm.txt"

    @pytest.mark.parametrize("size", [0, 100, 5 * MIB])
    def test_a_document_that_cannot_be_read_to_its_end(self, size: int, packed: Packer) -> None:
        cause = OSError(errno.EIO, "Input/output error")
        with pytest.raises(DocumentError, match="Input/output error") as refusal:
            packed(stream(size, told=10 * MIB, failure=cause))
        assert refusal.value.__cause__ is cause

    def test_an_html_document_that_breaks_the_policy(self, packed: Packer) -> None:
        html = Dokument.from_bytes(
            b"<p>Hei</p>\n<script>x()</script>", filnavn="brev.html", tittel="Vedtak"
        )
        with pytest.raises(DocumentError, match="line 2: <script> is not allowed") as refusal:
            packed(html)
        assert refusal.value.filnavn == "brev.html"

    def test_an_interrupt_in_the_middle(self, packed: Packer) -> None:
        with pytest.raises(KeyboardInterrupt):
            packed(stream(5 * MIB, told=10 * MIB, failure=KeyboardInterrupt()))

    @pytest.mark.parametrize("times", [1, 2])
    def test_ctrl_c_once_or_again_while_it_is_cleaned_up(
        self,
        times: int,
        digital_forsendelse: Letter,
        avsender_identity: Identity,
        moment: datetime,
    ) -> None:
        forsendelse = digital_forsendelse(
            dokumentpakke=Dokumentpakke(hoveddokument=stream(64 * MIB, told=64 * MIB))
        )
        written = 0

        def slowly(piece: Buffer) -> None:
            nonlocal written
            written += len(memoryview(piece))
            time.sleep(0.2)

        with interrupts(times), pytest.raises(KeyboardInterrupt):
            pack_to(slowly, forsendelse, avsender_identity, moment=moment, size_limit=64 * MIB)
        for thread in threading.enumerate():
            if thread.name == "sdp-pack":  # what it is at, it is let finish
                thread.join(10)
        assert written < 16 * MIB

    def test_a_file_that_has_gone(self, tmp_path: Path, packed: Packer) -> None:
        path = tmp_path / "brev.txt"
        path.write_text("hei")
        dokument = Dokument.from_path(path, tittel="Brev")
        path.unlink()
        with pytest.raises(DocumentError, match=r"brev\.txt"):
            packed(dokument)

    def test_an_empty_stream(self, packed: Packer) -> None:
        with pytest.raises(DocumentError, match="empty"):
            packed(stream(0))

    def test_the_second_of_two_documents_is_the_one_named(self, packed: Packer) -> None:
        with pytest.raises(DocumentError) as refusal:
            packed(note(), stream(0))
        assert refusal.value.filnavn == "strøm.txt"


class TestFullDisk:
    @pytest.fixture(params=[100, 20 * MIB])
    def size(self, request: pytest.FixtureRequest) -> int:
        return int(request.param)

    def test_a_full_disk_is_an_error_with_a_remedy(
        self, size: int, packed: Packer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(spool: Spool, data: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Spool, "write", full)
        with pytest.raises(PackageError, match=r"No space left.*TMPDIR"):
            packed(stream(size, told=size))

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
    def test_a_full_disk_behind_a_real_file(
        self, packed: Packer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def on_full_device(**_: object) -> BinaryIO:
            return Path("/dev/full").open("wb", buffering=0)

        monkeypatch.setattr(tempfile, "TemporaryFile", on_full_device)
        with pytest.raises(PackageError, match="No space left"):
            packed(stream(20 * MIB, told=20 * MIB), spool_memory=1000)

    def test_a_file_of_the_callers_is_named(
        self,
        tmp_path: Path,
        digital_forsendelse: Letter,
        avsender_identity: Identity,
        moment: datetime,
    ) -> None:
        with (
            open(
                tmp_path / "ut.cms", "wb", 0, opener=lambda *_: os.open("/dev/full", os.O_WRONLY)
            ) as file,
            pytest.raises(PackageError, match=r"No space left on device \(.*ut\.cms\)") as refusal,
        ):
            pack_to(file.write, digital_forsendelse(), avsender_identity, moment=moment)
        assert refusal.value.retry is Retry.LATER


class TestOtherProcesses:
    @pytest.mark.slow
    @pytest.mark.parametrize("size", [100, 20 * MIB])
    def test_a_package_comes_back_whole_from_a_process_pool(
        self, size: int, packed: Packer
    ) -> None:
        pakke = packed(stream(size, told=size))
        with (
            ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
            # A function of this module would have the other process import all that the tests do.
            pool.submit(itemgetter(0), [pakke]).result() as other,
        ):
            assert (other.fingerprint, other.size) == (pakke.fingerprint, pakke.size)
            assert hashlib.sha256(b"".join(other.chunks())).digest() == pakke.fingerprint


class TestRecipient:
    def test_a_certificate_that_may_not_encrypt_is_refused(
        self,
        ca: TestCA,
        digital_forsendelse: Letter,
        avsender_identity: Identity,
        moment: datetime,
    ) -> None:
        issued = ca.issue(POSTEN, "Digipost", moment=moment, usage=LeafUsage.SIGNING)
        forsendelse = digital_forsendelse()
        postkasse = forsendelse.mottaker.postkasse.model_copy(
            update={"sertifikat": issued.certificate}
        )
        mottaker = forsendelse.mottaker.model_copy(update={"postkasse": postkasse})
        with pytest.raises(CertificateError) as refusal:
            pack(digital_forsendelse(mottaker=mottaker), avsender_identity, moment=moment)
        assert refusal.value.problem is CertificateProblem.KEY_USAGE


class TestMemory:
    """Nothing holds a whole document."""

    def peak(self, packed: Packer, size: int) -> int:
        dokument = stream(size, told=size)
        tracemalloc.start()
        try:
            packed(dokument, size_limit=size).close()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    @pytest.mark.slow
    def test_packing_takes_no_more_memory_for_a_large_document(self, packed: Packer) -> None:
        small, large = self.peak(packed, 16 * MIB), self.peak(packed, 160 * MIB)
        assert large - small < 4 * MIB

    @pytest.mark.slow
    def test_opening_takes_no_more_memory_for_a_large_package(
        self, packed: Packer, postkasse_identity: Identity, moment: datetime, tmp_path: Path
    ) -> None:
        def peak(size: int) -> int:
            path = tmp_path / "package.cms"
            with path.open("wb") as file:
                packed(stream(size, told=size), size_limit=size).write_to(file)
            tracemalloc.start()
            try:
                with path.open("rb") as cms:
                    open_pakke(cms, postkasse_identity, trust=None, moment=moment).close()
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        small, large = peak(16 * MIB), peak(160 * MIB)
        assert large - small < 4 * MIB
