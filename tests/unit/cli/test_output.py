from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sdp.cli._output import Output, facts, in_line, masked_person, printable, table


def test_json_is_one_line_with_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).result(
        {
            "path": Path("blåbær.cms"),
            "fingerprint": b"\x00\xff",
            "moment": datetime(2026, 11, 23, tzinfo=UTC),
            "missing": None,
        },
        "not shown",
    )

    shown = capsys.readouterr().out
    assert shown.count("\n") == 1
    assert "blåbær" in shown
    assert json.loads(shown) == {
        "path": "blåbær.cms",
        "fingerprint": "00ff",
        "moment": "2026-11-23T00:00:00+00:00",
        "missing": None,
    }


def test_a_table_shows_every_cell_whole_and_as_plain_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    message_id = "c0ffee00-0000-4000-8000-000000000000"

    Output(as_json=False).result(
        {}, table(["Id", "Title"], [(message_id, "[red]\x1b[31mfake")]), facts([("Name", "[b]")])
    )

    shown = capsys.readouterr().out
    assert message_id in shown
    assert "[red]�[31mfake" in shown
    assert "[b]" in shown


def test_facts_that_are_not_known_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).result({}, facts([("Known", 0), ("Unknown", None)]))

    assert "Known" in (shown := capsys.readouterr().out)
    assert "Unknown" not in shown


def test_a_note_is_kept_off_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).note("a note")

    assert capsys.readouterr() == ("", "a note\n")


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Output(as_json=False).progress("Packing", 10) as advance:
        advance(10)

    assert capsys.readouterr() == ("", "")


def test_progress_is_drawn_on_stderr_where_somebody_watches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    with Output(as_json=False).progress("Packing", 10) as advance:
        advance(10)

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Packing" in shown.err


def test_a_fødselsnummer_is_never_shown_in_full() -> None:
    assert masked_person("01815800083") == "018158*****"


def test_line_breaks_are_printable_and_carriage_returns_are_not() -> None:
    assert printable("a\nb\rc").plain == "a\nb�c"


@pytest.mark.parametrize("steering", ["\n", "\r", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e"])
def test_what_others_wrote_begins_no_line_and_steers_no_terminal(
    steering: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = f"x{steering}2026-01-02 10:00:00  levering"
    Output(as_json=False).result({}, in_line(forged))
    Output(as_json=True).result({"detaljer": forged, "navn": "Kåre 🎉"})

    for_people, for_programs = capsys.readouterr().out.splitlines()
    assert steering not in for_people + for_programs
    assert json.loads(for_programs)["detaljer"] == forged
    assert "Kåre 🎉" in for_programs
