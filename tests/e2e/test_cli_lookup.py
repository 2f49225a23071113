"""`sdp lookup` and `sdp reach`, run against the contact register of the test environment."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sdp.cli import main
from sdp.testmiljo import DigitalOrder, Kind, PrintOrder, Testmiljo
from sdp.testmiljo.krr_rest import Refusal
from sdp.testmiljo.people import synthetic_personidentifikator
from sdp.testmiljo.register import people_of_every_kind
from tests.documents import pdf

NUMBERS = [synthetic_personidentifikator(n) for n in range(2500)]


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        started.register.know_everybody_as(Kind.REACHABLE)
        for kind, number in people_of_every_kind(5000):
            started.register.add_kind(kind, number)
        yield started


@pytest.fixture
def config(miljo: Testmiljo, tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    return miljo.write_config(folder)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    lines = [f"{number};{'0155' if at % 2 else ''}" for at, number in enumerate(NUMBERS)]
    path.write_text("\n".join(["fnr;postnummer", *lines, "ingen;0155"]), encoding="utf-8")
    return path


def answered(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


class TestLookup:
    def test_a_person_is_told_about_and_the_number_is_hidden(
        self, config: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["lookup", NUMBERS[0], "--config", str(config)]) == 0

        shown = capsys.readouterr().out
        assert "AKTIV" in shown
        assert "digital" in shown
        assert NUMBERS[0] not in shown

    def test_json_tells_all(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        numbers = [number for _, number in people_of_every_kind(5000)]
        assert main(["lookup", *numbers, "--config", str(config), "--json"]) == 0

        told = said(capsys)["people"]
        assert [person["personidentifikator"] for person in told] == numbers
        assert {person["rute"] for person in told} == {"digital", "print"}

    def test_a_file_is_answered_row_by_row(
        self, config: Path, people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "result.csv"
        command = ["lookup", "--file", str(people), "--out", str(out), "--config", str(config)]
        assert main([*command, "--json"]) == 0

        rows = answered(out)
        assert said(capsys)["people"] == len(rows) == len(NUMBERS) + 1
        assert [row["personidentifikator"] for row in rows[:-1]] == NUMBERS
        assert rows[-1]["status"] == "UGYLDIG"
        assert out.stat().st_mode & 0o077 == 0

    def test_a_run_that_was_interrupted_goes_on_where_it_was(
        self, config: Path, people: Path, tmp_path: Path, miljo: Testmiljo
    ) -> None:
        out = tmp_path / "result.csv"
        command = ["lookup", "--file", str(people), "--out", str(out), "--config", str(config)]
        miljo.krr_rest.add_fault(Refusal(500), after=1)
        assert main(command) != 0
        assert not out.exists()
        unfinished = out.with_name("result.csv.part")
        with unfinished.open("a", encoding="utf-8") as file:
            file.write("half a li")
        before = miljo.krr_rest.requests
        assert main(command) == 0

        assert miljo.krr_rest.requests - before == 2
        assert [row["personidentifikator"] for row in answered(out)[:-1]] == NUMBERS
        assert not unfinished.exists()

    def test_the_beginning_of_another_answer_is_not_gone_on_with(
        self, config: Path, people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "result.csv"
        beginning = f"personidentifikator,status,rute\n{NUMBERS[7]},AKTIV,digital\n"
        out.with_name("result.csv.part").write_text(beginning, encoding="utf-8")
        command = ["lookup", "--file", str(people), "--out", str(out), "--config", str(config)]
        assert main(command) == 1
        assert "other people" in capsys.readouterr().err


class TestReach:
    def test_everybody_is_counted_and_nobody_named(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        people = tmp_path / "people.csv"
        numbers = [number for _, number in people_of_every_kind(5000)]
        rows = [f"{number},{at % 2 or ''}" for at, number in enumerate(numbers)]
        people.write_text("\n".join(["fnr,postnummer", *rows, "ingen,1"]), encoding="utf-8")
        figure = tmp_path / "reach.svg"
        command = ["reach", str(people), "--config", str(config), "--figure", str(figure)]
        assert main([*command, "--address-column", "postnummer", "--json"]) == 0

        shown = capsys.readouterr().out
        told = json.loads(shown)
        ways: dict[str, int] = {}
        for count in told["counts"]:
            ways[count["way"]] = ways.get(count["way"], 0) + count["people"]
        assert told["total"] == sum(ways.values()) == len(numbers) + 1
        assert ways["digital"] == 4
        assert ways["print"] + ways["not at all"] == len(numbers) - 4
        assert ways["unknown"] == 1
        drawing = figure.read_text(encoding="utf-8")
        assert etree.fromstring(drawing.encode()).tag == "{http://www.w3.org/2000/svg}svg"
        for number in numbers:
            assert number not in shown + drawing

    def test_without_addresses_everybody_else_gets_print(
        self, config: Path, people: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["reach", str(people), "--config", str(config)]) == 0
        assert "2501 people" in capsys.readouterr().out

    def test_an_empty_file_counts_nobody(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        people = tmp_path / "people.csv"
        people.write_text("fnr\n", encoding="utf-8")
        figure = tmp_path / "reach.svg"
        command = ["reach", str(people), "--config", str(config), "--figure", str(figure)]
        assert main([*command, "--json"]) == 0
        assert said(capsys)["total"] == 0


class TestBrev:
    @pytest.fixture
    def desk(self, config: Path, tmp_path: Path) -> list[str]:
        (tmp_path / "brev.pdf").write_bytes(pdf("Hei"))
        (tmp_path / "kari.txt").write_text("Kari Nordmann\nStorgata 1\n0155 OSLO\n")
        command = ["brev", str(tmp_path / "brev.pdf"), "--config", str(config), "--title", "Brev"]
        return [*command, "--notice", "Du har fått brev."]

    def test_it_goes_digitally_to_whoever_can_be_reached_so(
        self, desk: list[str], miljo: Testmiljo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*desk, "--recipient", NUMBERS[3]]) == 0

        assert "digitally" in capsys.readouterr().err
        assert isinstance(miljo.letters[-1].order, DigitalOrder)

    def test_it_goes_by_print_to_others_and_nowhere_without_an_address(
        self, desk: list[str], miljo: Testmiljo, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        reserved = dict(people_of_every_kind(5000))[Kind.RESERVED]
        kari = str(tmp_path / "kari.txt")
        assert main([*desk, "--recipient", reserved]) == 1
        assert "declined" in capsys.readouterr().err

        addresses = ["--address", kari, "--return-address", kari]
        assert main([*desk, "--recipient", reserved, *addresses]) == 0
        assert "by print" in capsys.readouterr().err
        assert isinstance(miljo.letters[-1].order, PrintOrder)
