"""The spool on any platform, across processes, and on a full disk."""

from __future__ import annotations

import errno
import os
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdp.dokumentpakke.spool import Spool
from sdp.errors import PackageError, Retry

CONTENT = bytes(range(256)) * 40


@pytest.fixture(params=[0, 1024 * 1024], ids=["in a file", "in memory"])
def spool(request: pytest.FixtureRequest) -> Iterator[Spool]:
    with Spool(request.param) as made:
        made.write(CONTENT)
        yield made


@pytest.fixture(params=["pread", "no pread"])
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "no pread":
        monkeypatch.delattr(os, "pread")


@pytest.mark.usefixtures("platform")
def test_every_platform_reads_the_same_bytes_from_every_position(spool: Spool) -> None:
    assert b"".join(spool.chunks(1000)) == CONTENT
    assert spool.read_at(300, 20) == CONTENT[300:320]
    assert spool.read_at(len(CONTENT), 1) == b""
    with spool.reader() as stream:
        stream.seek(-5, os.SEEK_END)
        assert stream.read() == CONTENT[-5:]


def test_a_spool_crosses_to_another_process_whole(spool: Spool) -> None:
    with pickle.loads(pickle.dumps(spool)) as other:
        spool.close()
        assert b"".join(other.chunks()) == CONTENT
        assert other.size == len(CONTENT)


def test_a_closed_spool_says_at_once_that_it_cannot_cross(spool: Spool) -> None:
    spool.close()
    with pytest.raises(PackageError, match="closed"):
        pickle.dumps(spool)


def test_a_full_disk_names_the_folder_and_may_be_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Path("/dev/full").open("wb", 0) as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
        with Spool(0) as spool, pytest.raises(PackageError) as refusal:
            spool.write(b"x")
    assert str(tmp_path) in refusal.value.message
    assert refusal.value.retry is Retry.LATER


def test_a_folder_that_is_missing_is_named_and_is_not_to_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "missing"
    monkeypatch.setattr(tempfile, "tempdir", str(missing))
    with Spool(0) as spool, pytest.raises(PackageError, match=r"\(.*missing\)") as refusal:
        spool.write(b"x")
    assert refusal.value.retry is Retry.NEVER


def test_where_no_folder_at_all_can_be_written_to_it_may_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/tmp/full"])
    monkeypatch.setattr("tempfile._os.open", full)
    with Spool(0) as spool, pytest.raises(PackageError, match="temporary") as refusal:
        spool.write(b"x")
    assert refusal.value.retry is Retry.LATER


def test_too_many_open_files_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(**_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_more)
    with Spool(0) as spool, pytest.raises(PackageError, match="Too many") as refusal:
        spool.write(b"x")
    assert refusal.value.retry is Retry.LATER
