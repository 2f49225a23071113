"""The commands of `sdp outbox`, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdp.cli.app import run as run_command
from sdp.outbox.tables import HEAD
from sdp.testmiljo import Kind, Testmiljo
from tests.documents import pdf

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("USER", "kari")

    def command(*arguments: object) -> tuple[int, Any]:
        code = run_command(["outbox", *map(str, arguments), "--json"])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return code, lines[0] if len(lines) == 1 else lines

    return command


@pytest.fixture
def agency(testmiljo: Testmiljo, tmp_path: Path) -> Path:
    """A folder with a configuration, eight documents and a file of letters."""
    testmiljo.write_config(tmp_path)
    rows = ["fødselsnummer;nøkkel;barn;navn;adresselinje1;postnummer;poststed"]
    for number in range(8):
        kind = Kind.RESERVED if number in (2, 3) else Kind.REACHABLE
        person = testmiljo.innbygger(kind=kind).personidentifikator
        address = "Kari;Storgata 1;0155;Oslo" if number == 2 else ";;;"
        rows.append(f"{person};sak-{number};Barn {number};{address}")
        (tmp_path / f"sak-{number}.pdf").write_bytes(pdf())
    (tmp_path / "letters.csv").write_text("\n".join(rows), encoding="cp1252")
    (tmp_path / "retur.txt").write_text("Kommunen\nPostboks 1\n0101 Oslo\n")
    return tmp_path


def put(agency: Path, *more: object, letters: str = "letters.csv") -> list[object]:
    return [
        *("put", agency / "post.db", agency / letters, "--config", agency / "sdp.toml"),
        *("--document", "{nøkkel}.pdf", "--folder", agency, "--title", "Vedtak for {barn}"),
        *("--campaign", "skolestart", "--return-address", agency / "retur.txt", *more),
    ]


def test_a_campaign_from_its_file_to_its_receipts(
    run: Run, agency: Path, testmiljo: Testmiljo
) -> None:
    database = agency / "post.db"
    assert run("init", database) == (0, {"changed": True, "version": HEAD})
    assert run(*put(agency)) == (0, {"new": 8, "known": 0, "campaign": "skolestart"})
    assert run(*put(agency)) == (0, {"new": 0, "known": 8, "campaign": "skolestart"})

    code, status = run(
        "work", database, "--config", agency / "sdp.toml", "--until-empty", "--wait", 30
    )
    assert code == 1  # one was refused
    assert (status["letters"]["levert"], status["letters"]["avvist"]) == (7, 1)
    assert len(testmiljo.letters) == 7

    _, refused = run("letters", database, "--state", "avvist")
    assert refused["nokkel"] == "sak-3"
    assert "§ 15 a" in refused["grunn"]
    _, shown = run("show", database, "sak-2")
    assert shown["letter"]["rute"] == "print"
    assert "§ 15 a" in shown["letter"]["regel"]
    assert {each["slag"] for each in shown["receipts"]} >= {"levering"}
    _, printed = run("receipts", database, "sak-0", "--store", agency / "receipts")
    assert printed["bekreftet"] is not None
    assert len(list((agency / "receipts").iterdir())) == 1
    assert run("overdue", database) == (0, [])
    assert run("overdue", database, "--new") == (0, [])

    assert run("retry", database, "sak-3")[1]["tilstand"] == "klar"
    assert run("cancel", database, "sak-3") == (0, {"cancelled": 1})
    code, told = run("give-up", database, "sak-3")
    assert (code, told["error"]["kind"]) == (1, "OutboxError")
    assert "kari" in json.dumps(run("show", database, "sak-3")[1]["history"])
    assert run("purge", database, "--older-than", 0) == (0, {"letters": 8, "documents": 1})


def test_one_bad_row_keeps_every_row_out(run: Run, agency: Path) -> None:
    content = (agency / "letters.csv").read_bytes()
    first = content.splitlines()[1]
    (agency / "bad.csv").write_bytes(
        content + b"\n123;sak-9;B;;;;\n" + first.replace(b"sak-0", b"sak-1")
        + b"\n" + first.replace(b"sak-0", b"missing")
    )  # fmt: skip

    code, told = run(*put(agency, letters="bad.csv"))
    message = told["error"]["message"]
    assert code == 1
    assert "3 of 11 rows" in message
    assert "row 10: personidentifikator must be 11 digits" in message
    assert "row 11: its key is also that of row 3" in message
    assert "row 12: missing.pdf does not exist" in message
    assert first.split(b";")[0].decode() not in message
    assert run("status", agency / "post.db")[1]["total"] == 0


def test_a_dry_run_tells_routes_and_cost_and_stores_nothing(run: Run, agency: Path) -> None:
    code, told = run(*put(agency, "--dry-run"))

    assert code == 0
    assert told["routes"] == {"digital": 6, "print": 1, "ingen": 1}
    assert float(told["kroner"]) > 0
    assert told["prices_as_of"] == "2024-01-01"
    assert not (agency / "post.db").exists()
    run(*put(agency))
    again = run("work", agency / "post.db", "--config", agency / "sdp.toml", "--dry-run")[1]
    assert again["routes"] == told["routes"]


def test_a_campaign_is_held_back_as_it_was_put(run: Run, agency: Path) -> None:
    database = agency / "post.db"
    held = ("--start", "2099-03-01T08:00", "--per-minute", 5, "--quiet", "21:00-07:00")
    run(*put(agency, *held, "--priority", 3))

    (campaign,) = run("campaigns", database)[1]["campaigns"]
    assert (campaign["per_minutt"], campaign["prioritet"]) == (5, 3)
    assert campaign["start"] == "2099-03-01T07:00:00+00:00"
    code, status = run("work", database, "--config", agency / "sdp.toml", "--until-empty",
                       "--wait", 1)  # fmt: skip
    assert (code, status["letters"]["klar"]) == (3, 8)
    assert run("pause", database, "skolestart")[1]["paused"]
    assert not run("resume", database, "skolestart")[1]["paused"]
    assert run("cancel", database, "--campaign", "skolestart") == (0, {"cancelled": 8})


def test_what_is_missing_is_told_with_its_exit_code(run: Run, agency: Path) -> None:
    database = agency / "post.db"
    assert run("status", database, "unknown")[0] == 1
    assert run("show", database, "unknown")[0] == 1
    assert run("cancel", database)[0] == 2
    assert run("put", database)[0] == 2
    code, told = run("status", "postgresql://localhost:1/none")
    assert (code, told["error"]["kind"]) == (3, "OutboxUnavailableError")
