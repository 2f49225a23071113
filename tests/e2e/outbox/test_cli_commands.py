"""Every command of `sdp outbox` answers programs alike, and ends with an honest code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from sdp.cli.app import run as run_command
from sdp.cli.outbox import outbox
from tests.e2e.outbox_page.conftest import LATE, OPENED, PAUSED, REFUSED, UNSETTLED, fill

NAMES = tuple(outbox.list_commands(click.Context(outbox)))
# `serve` goes on until it is stopped, `verify` reads no database, and the rest need more than one.
ELSEWHERE = {"put", "work", "serve", "verify", "rotate-key", "copy"}
REASON = "Vedtaket har en klagefrist"

LISTS = {
    "letters": (0, 0),
    "receipts": (0, 1),
    "overdue": (0, 1),
}
"""Commands that write a line for each thing, and their exit codes where nothing is and all is."""

WHOLE = ("init", "migrate", "status", "campaigns", "purge")
"""Commands that write one object, whatever there is."""

DECISIONS: dict[str, tuple[str, ...]] = {
    "show": (OPENED,),
    "pause": ("Skoleskyss",),
    "resume": ("Feiing",),
    "cancel": (PAUSED,),
    "retry": (REFUSED,),
    "give-up": (UNSETTLED,),
    "unread": ("Skoleskyss", "--days", "14", "--reason", REASON),
}
"""Commands about one thing of a name."""

Run = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
        code = run_command(["outbox", *map(str, arguments), "--json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return command


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "empty.db"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("full") / "post.db"
    fill(path)
    return path.read_bytes()


@pytest.fixture
def full(tmp_path: Path, filled: bytes) -> Path:
    path = tmp_path / "full.db"
    path.write_bytes(filled)
    return path


def test_every_command_is_proved_here_or_elsewhere() -> None:
    assert {*LISTS, *WHOLE, *DECISIONS, *ELSEWHERE, "seen-to"} == set(NAMES)


@pytest.mark.parametrize("name", WHOLE)
def test_one_object_has_the_same_names_whether_there_is_anything_or_not(
    run: Run, empty: Path, full: Path, name: str
) -> None:
    code, [of_nothing] = run(name, empty)
    full_code, [of_all] = run(name, full)

    assert (code, full_code) == (0, 0)
    assert of_nothing.keys() == of_all.keys()
    both = [key for key in of_all if None not in (of_nothing[key], of_all[key])]
    assert [type(of_nothing[key]) for key in both] == [type(of_all[key]) for key in both]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_a_line_for_each_thing_and_all_lines_the_same_names(
    run: Run, empty: Path, full: Path, name: str
) -> None:
    code, lines = run(name, empty)
    full_code, full_lines = run(name, full)

    assert (code, full_code) == LISTS[name]
    assert lines == []
    assert len(full_lines) > 1
    assert len({tuple(line) for line in full_lines}) == 1


@pytest.mark.parametrize("name", DECISIONS)
def test_a_command_about_one_thing_shows_it(run: Run, full: Path, name: str) -> None:
    code, [told] = run(name, full, *DECISIONS[name])

    assert code == 0
    assert "error" not in told


@pytest.mark.parametrize("name", [*sorted(DECISIONS.keys() - {"unread"}), "seen-to"])
def test_a_name_that_is_not_there_is_told_with_what_to_do(run: Run, full: Path, name: str) -> None:
    code, [told] = run(name, full, "finnes-ikke", *DECISIONS.get(name, ())[1:])

    assert code == 1
    assert told["error"]["kind"] == "OutboxError"
    assert told["error"]["remedy"]


@pytest.mark.parametrize(
    ("name", "key"), [("retry", OPENED), ("give-up", LATE), ("cancel", OPENED), ("seen-to", LATE)]
)
def test_a_decision_that_a_letter_cannot_have_says_what_can_be_done(
    run: Run, full: Path, name: str, key: str
) -> None:
    code, [told] = run(name, full, key)

    assert (code, told["error"]["kind"]) == (1, "OutboxError")
    assert told["error"]["remedy"]


@pytest.mark.parametrize("name", sorted({*LISTS, *WHOLE, *DECISIONS, "seen-to"}))
def test_a_database_that_does_not_answer_may_be_tried_later(run: Run, name: str) -> None:
    code, [told] = run(name, "postgresql://localhost:1/post", *DECISIONS.get(name, ("en",))[
        : None if name in DECISIONS or name == "seen-to" else 0
    ])  # fmt: skip

    assert (code, told["error"]["kind"]) == (3, "OutboxUnavailableError")
    assert told["error"]["remedy"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "verify"])
def test_a_command_without_its_database_was_written_wrongly(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("SDP_OUTBOX", raising=False)
    code, [told] = run(name)

    assert (code, told["error"]["kind"]) == (2, "UsageError")
    assert told["error"]["remedy"]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_json_and_says_what_it_does(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run_command(["outbox", name, "--help"]) == 0
    told = capsys.readouterr().out

    assert "--json" in told
    assert name in {"copy", "verify"} or "DATABASE" in told


@pytest.mark.parametrize("name", [*LISTS, *WHOLE])
def test_people_get_text_on_stdout_and_nothing_on_stderr_but_notes(
    capsys: pytest.CaptureFixture[str], empty: Path, name: str
) -> None:
    assert run_command(["outbox", name, str(empty)]) == 0
    told = capsys.readouterr()

    assert told.out.strip()
    assert told.err == ""


def test_metrics_are_a_format_of_their_own(run: Run, full: Path) -> None:
    assert run("status", full, "--openmetrics")[0] == 2
