"""The commands of `sdp plan`, run on the example."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import icalendar
import pytest
from lxml import etree

from sdp.cli import main
from sdp.testmiljo import Kind, Testmiljo
from tests.documents import pdf
from tests.unit.plan.conftest import EXAMPLE


def ran(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    assert main(["plan", *map(str, arguments)]) == code
    told = capsys.readouterr()
    assert not re.search(r"\d{11}", told.out + told.err)
    return told.out


def as_json(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    return json.loads(ran(capsys, *arguments, "--json", code=code))


def test_the_sums_of_the_example_are_right_to_the_ore(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = as_json(capsys, "cost", EXAMPLE)

    expected = {
        "digital": 19906,
        "print": 14460,
        "none": 214,
        "today": "1151066.00",
        "new": "302210.09",
        "gross": "848855.91",
        "net": "806855.91",
        "budget_net": "256999.91",
        "time": "549856.00",
    }
    assert expected.items() <= told["sum"].items()


def test_three_minutes_instead_of_two_are_half_as_much_time_more(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    file = folder / "plan.toml"
    text = file.read_text(encoding="utf-8").replace("minutter = 2\n", "minutter = 3\n")
    file.write_text(text, encoding="utf-8")

    told = as_json(capsys, "cost", folder)["sum"]

    assert told["time"] == "824784.00"
    assert told["budget_net"] == "256999.91"


def test_the_source_and_age_of_prices_stand_on_the_table_and_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = ran(capsys, "cost", EXAMPLE, "--today", "2027-01-01")
    told = as_json(capsys, "cost", EXAMPLE, "--today", "2027-01-01")

    assert "samarbeid.digdir.no" in shown
    assert "1 096 dager" in " ".join(shown.split())
    assert told["prices"]["age_days"] == 1096


def test_an_unknown_price_makes_the_totals_unknown(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    file = folder / "plan.toml"
    text = file.read_text(encoding="utf-8").replace("forste_ark = 3.10\n", "")
    file.write_text(text, encoding="utf-8")

    assert as_json(capsys, "cost", folder)["sum"]["new"] is None
    assert "ukjent" in ran(capsys, "cost", folder)


def test_the_rows_are_written_for_a_spreadsheet(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ran(capsys, "cost", EXAMPLE, "--csv", tmp_path / "cost.csv")

    rows = (tmp_path / "cost.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 9
    assert rows[-1].startswith("sum;34580;19906;14460;214;")


def test_a_plan_with_an_error_ends_with_1_and_names_it(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    file = folder / "plan.toml"
    text = file.read_text(encoding="utf-8").replace("minutter = 2\n", "")
    file.write_text(text, encoding="utf-8")

    error = as_json(capsys, "cost", folder, code=1)["error"]

    assert error["kind"] == "PlanError"
    assert error["details"]["problems"][0]["field"] == "plan.toml:10:i_dag.minutter"


def test_check_lists_every_finding_with_its_place_rule_and_remedy(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    told = as_json(capsys, "check", folder)

    assert (told["errors"], told["warnings"]) == (0, len(told["findings"]))
    assert all(each["rule"] and each["remedy"] and each["file"] for each in told["findings"])
    assert told["prices"]["source"]


def test_check_ends_with_1_for_an_error_and_when_strict_for_a_warning(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    assert ran(capsys, "check", folder, "--strict", code=1)

    file = folder / "tjenester.csv"
    text = file.read_text(encoding="utf-8").replace("viktig;18 400", "viktig;")
    file.write_text(text, encoding="utf-8")

    assert "tjenester.csv:2:volum" in ran(capsys, "check", folder, code=1)


def test_the_calendar_is_drawn_and_written_for_other_programs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("year.svg", "year.csv", "year.ics")]

    told = as_json(
        capsys, "calendar", EXAMPLE, "--figure", files[0], "--csv", files[1], "--ics", files[2]
    )

    figure, weeks, calendar = (file.read_text(encoding="utf-8") for file in files)
    assert len(told["weeks"]) == len(weeks.splitlines()) - 1 == 53
    assert_is_figure(figure)
    assert "Andre påskedag" in calendar
    assert is_calendar(calendar)
    assert not re.search(r"\d{11}", weeks + calendar)


def test_the_schedule_is_drawn_and_written_as_a_calendar(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("plan.svg", "plan.ics")]

    told = as_json(capsys, "schedule", EXAMPLE, "--figure", files[0], "--ics", files[1])

    assert len(told["milestones"]) == 9
    assert_is_figure(files[0].read_text(encoding="utf-8"))
    calendar = files[1].read_text(encoding="utf-8")
    assert is_calendar(calendar)
    day = told["milestones"][0]["start"].replace("-", "")
    assert f"DTSTART;VALUE=DATE:{day}" in calendar


def test_the_cost_is_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("share.svg", "gain.svg")]

    ran(capsys, "cost", EXAMPLE, "--figure", files[0], "--gain-figure", files[1])

    for file in files:
        assert_is_figure(file.read_text(encoding="utf-8"))


def is_calendar(text: str) -> bool:
    """A calendar has events, and is read by a library for calendars."""
    return bool(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def assert_is_figure(text: str) -> None:
    """A figure has a title and a description, and is well-formed."""
    root = etree.fromstring(text.encode())
    assert [etree.QName(child).localname for child in root[:2]] == ["title", "desc"]
    assert all(child.text for child in root[:2])
    assert root.get("role") == "img"
    assert not re.search(r"\d{11}", text)


def test_a_new_folder_is_made_and_nothing_in_it_is_ever_overwritten(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = as_json(capsys, "init", tmp_path / "ny", "--language", "nn")
    (tmp_path / "ny" / "plan.toml").write_text("# mitt", encoding="utf-8")
    (tmp_path / "ny" / "risiko.csv").unlink()

    again = as_json(capsys, "init", tmp_path / "ny")

    assert len(first["made"]) == 8
    assert again["made"] == ["risiko.csv"]
    assert (tmp_path / "ny" / "plan.toml").read_text(encoding="utf-8") == "# mitt"


def test_the_interview_says_which_connection_fits_and_why(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("j\nj\nj\nn\nn\nj\nj\nj\nn\n"))

    told = as_json(capsys, "connect", "--figure", tmp_path / "solution.svg")

    assert told["connection"] == "egen"
    assert told["reasons"]
    assert_is_figure((tmp_path / "solution.svg").read_text(encoding="utf-8"))


def test_an_answer_that_is_neither_yes_nor_no_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran(capsys, "connect", "--answer", "python=kanskje", code=2)


def test_what_was_sent_is_compared_with_the_plan(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    receipts = tmp_path / "receipts"
    receipts.mkdir()
    letter = "1f0c2b7a-5d3e-4c1b-9a8f-c0ffee0dab01"
    payload = {"scope": [{"type": "ConversationId", "instanceIdentifier": letter}]}
    body = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
    xml = (
        "<s:Scope xmlns:s='urn:s'><s:Type>ConversationId</s:Type>"
        f"<s:InstanceIdentifier>{letter}</s:InstanceIdentifier></s:Scope>"
    )
    begin = "20270223T080000Z"
    (receipts / f"{begin}-levering-{'0' * 16}.jwt").write_bytes(b"e30." + body + b".x")
    (receipts / f"{begin}-aapning-{'1' * 16}.xml").write_text(f"<r>{xml}</r>", encoding="utf-8")
    (receipts / f"{begin}-levering-{'2' * 16}.jwt").write_bytes(b"nonsense")
    (receipts / "README.txt").write_text("ingen kvittering", encoding="utf-8")

    told = as_json(
        capsys,
        *("follow", EXAMPLE, "--letters", EXAMPLE / "sendt.csv"),
        *("--receipts", receipts, "--today", "2027-03-31"),
    )

    [avgift] = [each for each in told["services"] if each["service"] == "avgift"]
    assert (avgift["planned"], avgift["actual"], avgift["actual_digital"]) == (4600, 3, 2)
    assert (avgift["delivered"], avgift["opened"], avgift["returned"]) == (1, 1, 0)
    assert avgift["actual_kroner"] == "20.25"  # 2 x 0.767 + 18.715, half up
    assert told["notes"] == ["Receipts that could not be read and are not counted: 1."]


def test_letters_of_a_service_that_is_not_in_the_plan_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    letters = tmp_path / "sendt.csv"
    letters.write_text("tjeneste;sendt;vei\nannet;2027-01-01;digital\n", encoding="utf-8")

    error = as_json(capsys, "follow", EXAMPLE, "--letters", letters, code=1)["error"]

    assert error["details"]["problems"][0]["field"] == "sendt.csv:2:tjeneste"


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_texts_are_filled_in_for_the_plan(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    told = as_json(capsys, "information", EXAMPLE, "--language", language)

    assert "Fjordvik kommune" in " ".join(told["texts"].values())
    assert "{" not in " ".join(told["texts"].values())


def test_people_are_counted_by_the_lawful_route_and_examples_are_packed(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    with Testmiljo.start() as miljo:
        people = [miljo.innbygger(), miljo.innbygger(kind=Kind.RESERVED)]
        people += [miljo.innbygger(kind=Kind.NO_MAILBOX), miljo.innbygger(kind=Kind.NO_MAILBOX)]
        rows = [f"{each.personidentifikator};0155" for each in people[:3]]
        rows += [f"{people[3].personidentifikator};", f"{people[0].personidentifikator};0155"]
        (folder / "folk.csv").write_text("fnr;postnr\n" + "\n".join(rows), encoding="utf-8")
        (folder / "brev.pdf").write_bytes(pdf())
        services = folder / "tjenester.csv"
        text = services.read_text(encoding="utf-8")
        text = text.replace("epost;nei;;1;;\neiendom", "epost;nei;;1;brev*.pdf;folk.csv\neiendom")
        services.write_text(text, encoding="utf-8")
        config = miljo.write_config(tmp_path)

        told = as_json(capsys, "measure", folder, "--config", config, "--address-column", "postnr")

    measured = json.loads((folder / "maalt.json").read_text(encoding="utf-8"))["tjenester"]
    assert told["people"] == {"avgift": 4}
    counts = {name: measured["avgift"]["personer"][name] for name in ("alle", "postkasse", "ingen")}
    assert counts == {"alle": 4, "postkasse": 1, "ingen": 1}
    assert measured["avgift"]["personer"]["print"] == 2
    assert measured["avgift"]["pakke"]["sider"] == 1
    assert measured["avgift"]["pakke"]["bytes"] >= len(pdf())
    assert measured["helse"]["personer"]["alle"] == 1600
    assert not re.search(r"\d{11}", (folder / "maalt.json").read_text(encoding="utf-8"))
    origin = as_json(capsys, "cost", folder)["services"][0]["origin"]
    assert origin["bytes"] == "maalt"


@pytest.mark.parametrize(
    ("eksempel", "mottakere", "named"),
    [("/etc/*", "", "eksempel"), ("ingen*.pdf", "", "eksempel"), ("", "ingen.csv", "mottakere")],
)
def test_files_that_cannot_be_measured_are_named_by_row_and_column(
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    tmp_path: Path,
    eksempel: str,
    mottakere: str,
    named: str,
) -> None:
    services = folder / "tjenester.csv"
    text = services.read_text(encoding="utf-8")
    new = f"epost;nei;;1;{eksempel};{mottakere}\neiendom"
    services.write_text(text.replace("epost;nei;;1;;\neiendom", new), encoding="utf-8")
    with Testmiljo.start() as miljo:
        config = miljo.write_config(tmp_path)

        told = ran(capsys, "measure", folder, "--config", config, "--json", code=1)

    assert f"tjenester.csv:2:{named}" in told
