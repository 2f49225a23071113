"""`sdp lookup` and `sdp reach`, run against the contact register of the test environment."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sdp.cli import main
from sdp.testmiljo import DigitalOrder, Kind, PrintOrder, Testmiljo
from sdp.testmiljo.faults.kinds import Delay, RefuseLookup, Traffic
from sdp.testmiljo.world.register import people_of_every_kind, synthetic_people
from tests.documents import pdf

_AND_ITS_PEAK = """
import re, sys
from pathlib import Path
from sdp.cli import main
code = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
sys.exit(code)
"""
NUMBERS = [*islice(synthetic_people(), 2500)]


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
        routes = {kind: told[at]["rute"] for at, kind in enumerate(Kind)}
        assert set(routes.values()) == {"digital", "print", "held back"}
        assert [kind for kind, rute in routes.items() if rute == "held back"] == [
            Kind.EXPIRED_CERTIFICATE
        ]

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
        miljo.faults.add(Delay(0), on=Traffic.LOOKUP)  # the first question goes well
        miljo.faults.add(RefuseLookup(500))
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

    @pytest.mark.parametrize(
        "content", [b"x,y\n1,2\n", b"\xff\xfe\n\x00\x01\n", b'"a\nb\n', b"\n\n"]
    )
    def test_a_file_of_something_else_is_not_gone_on_with_and_left_as_it_is(
        self,
        config: Path,
        people: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        content: bytes,
    ) -> None:
        out = tmp_path / "result.csv"
        part = out.with_name("result.csv.part")
        part.write_bytes(content)
        command = ["lookup", "--file", str(people), "--out", str(out), "--config", str(config)]
        assert main(command) == 1
        assert "something else" in capsys.readouterr().err
        assert part.read_bytes() == content

    def test_the_answers_do_not_overwrite_the_people(
        self, config: Path, people: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = people.read_bytes()
        same = people.parent / "config" / ".." / people.name
        command = ["lookup", "--file", str(people), "--out", str(same), "--config", str(config)]
        assert main(command) == 2
        assert "overwrite" in capsys.readouterr().err
        assert people.read_bytes() == before

    def test_what_is_no_number_is_never_a_formula_in_the_result(
        self, config: Path, tmp_path: Path
    ) -> None:
        file, out = tmp_path / "people.csv", tmp_path / "result.csv"
        odd = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", f"{int(NUMBERS[0]):011}"]
        file.write_text("\n".join(["fnr", *odd]), encoding="utf-8")
        command = ["lookup", "--file", str(file), "--out", str(out), "--config", str(config)]
        assert main(command) == 0
        told = [row["personidentifikator"] for row in answered(out)]
        assert told[-1] == NUMBERS[0]
        assert all(cell.startswith("'") for cell in told[:-1])

        out.rename(out.with_name("result.csv.part"))
        assert main(command) == 0
        assert [row["personidentifikator"] for row in answered(out)] == told

    def test_memory_does_not_grow_with_the_file(self, config: Path, tmp_path: Path) -> None:
        peaks = []
        for many in (2_000, 8_000):
            file, out = tmp_path / f"{many}.csv", tmp_path / f"{many}.out"
            file.write_text("\n".join(islice(synthetic_people(), many)), encoding="utf-8")
            command = ["lookup", "--config", str(config), "--file", str(file), "--out", str(out)]
            ran = subprocess.run(
                [sys.executable, "-c", _AND_ITS_PEAK, *command],
                check=True,
                capture_output=True,
                text=True,
            )
            assert len(answered(out)) == many
            peaks.append(int(ran.stdout.split()[-1]))
        assert peaks[1] - peaks[0] < 8 * 1024  # KiB; one reachable person is more than 2


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
        assert told["ways"] == ways
        assert ways["digital"] == 2  # of five with a mailbox, three cannot be notified of a vedtak
        assert told["purpose"] == "vedtak"
        assert told["notified"] == 2
        providers = [each["why"] for each in told["counts"] if each["way"] == "digital"]
        assert sorted(providers) == ["has a mailbox at Digipost", "has a mailbox at e-Boks"]
        assert ways["held back"] == 1
        assert ways["print"] + ways["not at all"] == len(numbers) - 3
        assert ways["unknown"] == 1
        drawing = figure.read_text(encoding="utf-8")
        assert etree.fromstring(drawing.encode()).tag == "{http://www.w3.org/2000/svg}svg"
        for number in numbers:
            assert number not in shown + drawing

    def test_informasjon_reaches_more_digitally_than_a_vedtak(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        people = tmp_path / "people.csv"
        numbers = [number for _, number in people_of_every_kind(5000)]
        people.write_text("\n".join(["fnr", *numbers]), encoding="utf-8")
        command = ["reach", str(people), "--config", str(config), "--purpose", "informasjon"]
        assert main([*command, "--json"]) == 0

        told = said(capsys)
        assert told["ways"]["digital"] == 5
        assert told["notified"] == 2
        assert main(command) == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert "informasjon" in shown
        assert "may be notified at all 2" in shown

    def test_without_addresses_everybody_else_gets_print(
        self, config: Path, people: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["reach", str(people), "--config", str(config)]) == 0
        assert "2501 people" in capsys.readouterr().out

    def test_everybody_is_counted_once_as_the_first_row_says(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        people = tmp_path / "people.csv"
        reserved = dict(people_of_every_kind(5000))[Kind.RESERVED]
        rows = [f"{reserved};0155", *(f"{number};" for number in NUMBERS[:1500])]
        people.write_text("\n".join(["fnr;sted", *rows, *rows, f"{reserved};"]), encoding="utf-8")
        command = ["reach", str(people), "--config", str(config), "--address-column", "sted"]
        assert main([*command, "--json"]) == 0

        told = said(capsys)
        assert (told["total"], told["repeated"]) == (1501, 1502)
        assert (told["ways"]["digital"], told["ways"]["print"]) == (1500, 1)
        assert main(command) == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert "1501 people" in shown
        assert "rows that repeat somebody 1502" in shown

    def test_the_ways_come_first_with_their_shares(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        people, figure = tmp_path / "people.csv", tmp_path / "reach.svg"
        kinds = dict(people_of_every_kind(5000))
        asked = [kinds[Kind.REACHABLE], kinds[Kind.RESERVED], kinds[Kind.EXPIRED_CERTIFICATE]]
        people.write_text("\n".join([*asked, "1" * 11]), encoding="utf-8")
        assert main(["reach", str(people), "--config", str(config), "--figure", str(figure)]) == 0

        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert ["digital", "1", "25.0%"] in lines
        assert ["held", "back", "1", "25.0%"] in lines
        assert ["not", "at", "all", "0", "0.0%"] in lines
        drawing = figure.read_text(encoding="utf-8")
        assert "<desc>digital: 1; print: 1; held back: 1; unknown: 1; digital, has" in drawing

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
        assert main([*desk, "--person", NUMBERS[3]]) == 0

        assert "digitally" in capsys.readouterr().err
        assert isinstance(miljo.letters[-1].order, DigitalOrder)

    def test_it_goes_by_print_to_others_and_nowhere_without_an_address(
        self, desk: list[str], miljo: Testmiljo, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        reserved = dict(people_of_every_kind(5000))[Kind.RESERVED]
        kari = str(tmp_path / "kari.txt")
        assert main([*desk, "--person", reserved]) == 1
        assert "opted out" in capsys.readouterr().err

        addresses = ["--address", kari, "--return-address", kari]
        assert main([*desk, "--person", reserved, *addresses]) == 0
        assert "by print" in capsys.readouterr().err
        assert isinstance(miljo.letters[-1].order, PrintOrder)
