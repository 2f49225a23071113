"""The state file by itself: what it keeps, what it refuses, and that it happens as one."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sdp.errors import ConfigurationError
from sdp.testmiljo.world.state import VERSION, Form, State, StoredRecords

NUMBERS: Form[int] = Form(lambda number: number, int)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "testmiljo.db"


@pytest.fixture
def state(path: Path) -> Iterator[State]:
    opened = State.open(path)
    yield opened
    opened.close()


def numbers(state: State, kind: str = "numbers") -> StoredRecords[int]:
    return state.records(kind, NUMBERS)


def reopened(path: Path) -> dict[str, int]:
    state = State.open(path)
    try:
        return dict(numbers(state).all())
    finally:
        state.close()


def refusal(path: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        State.open(path)
    assert str(path) in refused.value.message
    assert refused.value.remedy
    return refused.value


def write(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_what_is_written_is_there_after_a_restart_in_the_order_of_its_first_writing(
    state: State, path: Path
) -> None:
    records = numbers(state)
    for key, number in (("c", 1), ("a", 2), ("b", 3), ("c", 4)):
        records.put(key, number)
    records.drop("a")
    numbers(state, "others").put("c", 5)
    state.close()
    assert list(reopened(path).items()) == [("c", 4), ("b", 3)]


def test_the_file_is_its_owners_alone_from_the_first_moment(state: State, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(state: State, path: Path) -> None:
    state.close()
    path.chmod(0o644)
    State.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_happens_while_the_lock_is_held_happens_as_one(state: State, path: Path) -> None:
    records = numbers(state)

    def count(*given: int) -> None:
        with state.lock:
            for number in given:
                with records.lock:
                    records.put(str(number), 1 // number)

    with pytest.raises(ZeroDivisionError):
        count(2, 1, 0)
    count(3, 4)
    state.close()
    assert reopened(path).keys() == {"3", "4"}


def test_a_process_that_is_killed_leaves_all_that_it_finished_and_nothing_of_the_rest(
    path: Path,
) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from sdp.testmiljo.world.state import Form\n"
        "from sdp.testmiljo.world.state import State\n"
        "state = State.open(Path(sys.argv[1]))\n"
        "records = state.records('numbers', Form(lambda number: number, int))\n"
        "records.put('finished', 1)\n"
        "with state.lock:\n"
        "    for number in range(2000):\n"
        "        records.put(f'half {number}', number)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode == -9
    assert reopened(path) == {"finished": 1}


def test_threads_do_not_lose_what_each_other_write(state: State, path: Path) -> None:
    records = numbers(state)

    def count(thread: int) -> None:
        for number in range(25):
            with state.lock:
                records.put(f"{thread} {number}", number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    state.close()
    assert len(reopened(path)) == 200


def test_a_file_in_use_is_refused_and_its_user_not_disturbed(state: State, path: Path) -> None:
    assert "in use" in refusal(path).message
    numbers(state).put("a", 1)
    state.close()
    assert reopened(path) == {"a": 1}


def test_an_empty_file_becomes_a_state_file(path: Path) -> None:
    path.touch(0o644)
    assert reopened(path) == {}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _text(path: Path) -> None:
    path.write_text("[environment]\nname = 'test'\n" * 100)


def _short_text(path: Path) -> None:
    path.write_text("x")


def _database(path: Path) -> None:
    write(path, "CREATE TABLE kept (number INTEGER)")


def _database_of_another_application(path: Path) -> None:
    _database(path)
    write(path, "PRAGMA application_id = 1")
    write(path, f"PRAGMA user_version = {VERSION}")


@pytest.mark.parametrize("make", [_text, _short_text, _database, _database_of_another_application])
def test_a_foreign_file_is_refused_and_left_as_it_was(
    path: Path, make: Callable[[Path], None]
) -> None:
    make(path)
    path.chmod(0o644)
    before = path.read_bytes()
    assert "is no state file" in refusal(path).message
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_file_that_is_almost_nothing_is_foreign_too(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")
    assert "is no state file" in refusal(path).message
    assert path.read_bytes() == b"SQLite format 3\0"


@pytest.mark.parametrize("version", [0, VERSION + 1])
def test_a_file_of_another_version_is_refused(state: State, path: Path, version: int) -> None:
    state.close()
    write(path, f"PRAGMA user_version = {version}")
    refused = refusal(path)
    assert f"of version {version}" in refused.message
    assert "delete it to start anew" in refused.remedy


def test_a_file_with_damaged_pages_is_refused(state: State, path: Path) -> None:
    with state.lock:
        for number in range(2000):
            numbers(state).put(f"number {number}", number)
    state.close()
    content = bytearray(path.read_bytes())
    content[5000:9000] = bytes(4000)
    path.write_bytes(content)
    assert "is damaged" in refusal(path).message


def test_a_file_that_is_cut_short_is_refused(state: State, path: Path) -> None:
    state.close()
    path.write_bytes(path.read_bytes()[:5000])
    assert "is damaged" in refusal(path).message


@pytest.mark.parametrize("value", ["'{'", "'null'", "'\"x\"'", "x'ff'", "'[1]'"])
def test_a_value_that_cannot_be_read_is_told_of(state: State, path: Path, value: str) -> None:
    numbers(state).put("a", 1)
    state.close()
    write(path, f"UPDATE kept SET value = {value}")
    opened = State.open(path)
    with pytest.raises(ConfigurationError, match="is damaged: one of its numbers") as refused:
        list(numbers(opened).all())
    opened.close()
    assert str(path) in refused.value.message


def test_a_table_that_is_missing_is_damage(state: State, path: Path) -> None:
    state.close()
    write(path, "DROP TABLE kept")
    opened = State.open(path)
    with pytest.raises(ConfigurationError, match="is damaged"):
        list(numbers(opened).all())
    opened.close()


@pytest.mark.parametrize("where", ["no/such/folder/state.db", "."])
def test_a_place_where_no_file_can_be_is_told_of(tmp_path: Path, where: str) -> None:
    assert "cannot be used" in refusal(tmp_path / where).message
