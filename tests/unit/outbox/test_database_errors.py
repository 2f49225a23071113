"""Whatever is wrong with the file of an outbox, the error names it and tells whether it passes."""

from __future__ import annotations

import logging
import os
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sdp.errors import ConfigurationError, OutboxError, OutboxUnavailableError, Retry
from sdp.outbox import Outbox
from sdp.outbox.database import Database
from tests.unit.outbox.world import letter, person


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "post ø #1?.db"
    Outbox.open(path).close()
    return path


@pytest.fixture
def outbox(file: Path) -> Iterator[Outbox]:
    with Outbox.open(file) as opened:
        yield opened


def put(outbox: Outbox) -> None:
    outbox.put("sak-1", person(0), letter())


def claim_passing(error: OutboxError, file: Path, words: str) -> None:
    assert isinstance(error, OutboxUnavailableError)
    assert error.message.startswith(f"The outbox {file} ")
    assert words in error.message
    assert "try again" in error.remedy
    assert error.retry is Retry.LATER


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_file_that_is_gone_takes_no_letter(file: Path, outbox: Outbox, how: str) -> None:
    moved = file.rename(file.with_name("moved.db"))
    if how == "replaced":
        Outbox.open(file).close()
    with pytest.raises(OutboxUnavailableError) as refused:
        put(outbox)

    claim_passing(refused.value, file, "removed or replaced")
    moved.replace(file)
    put(outbox)
    assert outbox.status().total == 1


def test_a_file_that_is_gone_is_not_made_anew(file: Path) -> None:
    with closing(Database.open(file)) as database:
        file.unlink()
        with pytest.raises(OutboxUnavailableError) as refused:
            database.version()

    claim_passing(refused.value, file, "cannot be opened")
    assert not file.exists()


def test_a_file_that_another_program_holds_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sdp.outbox.database._BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(file)) as other, Outbox.open(file) as outbox:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutboxUnavailableError) as refused:
            put(outbox)

    claim_passing(refused.value, file, "is held by another program")


@pytest.mark.parametrize(
    ("content", "words", "remedy"),
    [
        (b"noe annet " * 1000, "is another kind of file", "Check the path"),
        (None, "is damaged", "Restore it from a backup"),
    ],
    ids=["another kind", "damaged"],
)
def test_a_file_that_is_no_outbox_any_more_is_told_and_not_waited_for(
    file: Path, content: bytes | None, words: str, remedy: str
) -> None:
    if content is None:
        whole = file.read_bytes()
        content = whole[:100] + bytes(len(whole) - 100)
    file.write_bytes(content)
    with pytest.raises(OutboxError) as refused:
        Outbox.open(file)

    assert refused.value.message == f"The outbox {file} {words}."
    assert remedy in refused.value.remedy
    assert refused.value.retry is Retry.NEVER


def test_a_program_that_goes_to_another_folder_keeps_its_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "annet").mkdir()
    monkeypatch.chdir(tmp_path)
    with Outbox.open("post.db") as outbox:
        os.chdir("annet")
        outbox.database.engine.dispose()
        put(outbox)

    assert sorted(each.name for each in tmp_path.iterdir()) == ["annet", "post.db"]
    assert list((tmp_path / "annet").iterdir()) == []


def test_a_folder_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "borte"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match=r"post\.db, cannot be made or opened"):
        Outbox.open("post.db")


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://etaten:hemmelig@{'a' * 64}.example.no/post",
        "postgresql://etaten:hemmelig@a..no/post",
        "postgresql://etaten:hemmelig@db.example.no:abc/post",
        "postgresql://etaten:hemmelig@[::1/post",
    ],
)
def test_an_address_that_nobody_can_look_up_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ConfigurationError, match="no URL of a database") as refused:
        Outbox.open(address)

    assert "hemmelig" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("path", ["a\0b", "\ud800.db"])
def test_what_is_no_path_is_refused_whether_to_work_on_or_to_look_at(path: str) -> None:
    for opened in (Database.open, Database.look):
        with pytest.raises(ConfigurationError, match="it is no path"):
            opened(path)


def test_the_address_of_a_server_is_told_without_user_and_password() -> None:
    address = "postgresql://etaten:hemmelig@db.example.no:5433/post"
    with closing(Database.open(address)) as database:
        assert database.name == "The outbox post at db.example.no:5433"
    with closing(Database.open("postgresql://[::1]:5433/post")) as database:
        assert database.name == "The outbox post at [::1]:5433"


def test_the_log_of_the_database_shows_no_value(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    with Outbox.open(file) as outbox:
        put(outbox)
        [post] = outbox.letters(personidentifikator=person(0))

    assert post.nokkel == "sak-1"
    assert "INSERT INTO brev" in caplog.text
    for private in (person(0), "Tittel", letter().digital_post.ikke_sensitiv_tittel):
        assert private not in caplog.text
