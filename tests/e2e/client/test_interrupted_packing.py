"""A letter that cannot be packed to its end: a clear error, nothing sent, nothing left behind."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.dokumentpakke.spool import Spool
from sdp.domain import DigitalForsendelse, Dokument, Dokumentpakke
from sdp.errors import DocumentError, PackageError, PackageTooLargeError
from sdp.testmiljo import Testmiljo
from tests.e2e.client.conftest import Letters
from tests.e2e.client.test_async_client import open_files

MIB = 1024 * 1024
_RANDOM = os.urandom(MIB)
_LARGE = 20 * MIB
"""Larger than what is held in memory, and packed on several threads."""


class Source(io.RawIOBase):
    """A stream of so many bytes that do not compress, and perhaps a failure after them."""

    def __init__(self, size: int, failure: Callable[[], None]) -> None:
        self._left = size
        self._failure = failure

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = min(len(view), self._left, MIB)
        if count == 0:
            self._failure()
        view[:count] = _RANDOM[:count]
        self._left -= count
        return count


def _nothing() -> None:
    pass


def _fails() -> None:
    raise OSError(errno.EIO, "Input/output error")


def _is_interrupted() -> None:
    signal.raise_signal(signal.SIGINT)


def letter(
    letters: Letters, size: int, *, told: int | None = None, then: Callable[[], None] = _nothing
) -> DigitalForsendelse:
    def opener() -> BinaryIO:
        return io.BufferedReader(Source(size, then), MIB)

    dokument = Dokument.from_stream(opener, filnavn="bilde.png", size=told)
    return letters.digital(dokumentpakke=Dokumentpakke(hoveddokument=dokument))


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


@pytest.fixture
def posted() -> list[str]:
    return []


@pytest.fixture
def client(miljo: Testmiljo, posted: list[str]) -> Iterator[Client]:
    """A client whose letters are watched: none may go out, and nothing may be left behind."""
    config = miljo.client_config()

    with Client(config, on_request=lambda request: posted.append(request.url)) as made:
        yield made
        assert not [url for url in posted if url.startswith(config.environment.wire_url)]
        assert miljo.letters == ()
        assert open_files() == set()
        assert not [thread for thread in threading.enumerate() if thread.name == "sdp-pack"]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 8 MiB, as a disk that is full would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * MIB, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [100, _LARGE])
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_source_that_shrinks_or_grows(
    size: int, difference: int, client: Client, letters: Letters
) -> None:
    with pytest.raises(DocumentError, match=r"bilde\.png was .* before it was read"):
        client.send(letter(letters, size + difference, told=size))


@pytest.mark.parametrize("size", [0, 100, _LARGE])
def test_a_source_that_fails(size: int, client: Client, letters: Letters) -> None:
    with pytest.raises(DocumentError, match=r"bilde\.png cannot be read: Input/output") as refusal:
        client.send(letter(letters, size, told=2 * _LARGE, then=_fails))
    assert refusal.value.remedy


def test_a_source_that_grows_without_end(client: Client, letters: Letters) -> None:
    with pytest.raises(PackageTooLargeError):
        client.send(letter(letters, 1000 * _LARGE))


def test_a_file_that_has_gone(client: Client, letters: Letters, tmp_path: Path) -> None:
    path = tmp_path / "brev.pdf"
    path.write_bytes(b"%PDF-1.7")
    dokument = Dokument.from_path(path)
    path.unlink()
    with pytest.raises(DocumentError, match=r"brev\.pdf cannot be read: No such file"):
        client.send(letters.digital(dokumentpakke=Dokumentpakke(hoveddokument=dokument)))


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk(client: Client, letters: Letters) -> None:
    with pytest.raises(PackageError, match="cannot be written: File too large") as refusal:
        client.send(letter(letters, _LARGE, told=_LARGE))
    assert "TMPDIR" in refusal.value.remedy


@pytest.mark.parametrize("size", [100, _LARGE])
def test_an_interrupt_while_a_source_is_read(size: int, client: Client, letters: Letters) -> None:
    with pytest.raises(KeyboardInterrupt):
        client.send(letter(letters, size, told=2 * _LARGE, then=_is_interrupted))


def test_an_interrupt_while_the_disk_is_waited_for(
    client: Client, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = threading.main_thread().ident
    write = Spool.write
    waited = threading.Event()

    def slow(spool: Spool, data: object) -> None:
        if not waited.is_set():
            waited.set()
            time.sleep(0.3)  # until the queues before it are full, so that somebody waits
            signal.pthread_kill(main or 0, signal.SIGINT)
            time.sleep(0.3)
        write(spool, data)  # type: ignore[arg-type]

    monkeypatch.setattr(Spool, "write", slow)
    with pytest.raises(KeyboardInterrupt):
        client.send(letter(letters, _LARGE, told=_LARGE))
    assert waited.is_set()


@pytest.mark.usefixtures("client")
def test_an_asynchronous_client_leaves_nothing_behind_either(
    letters: Letters, miljo: Testmiljo
) -> None:
    async def send() -> None:
        async with AsyncClient(miljo.client_config()) as client:
            await client.send(letter(letters, _LARGE, told=2 * _LARGE, then=_fails))

    with pytest.raises(DocumentError, match=r"bilde\.png cannot be read"):
        asyncio.run(send())
