from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sdp.plan import PlanError, PriceList, costs_of, read_plan
from sdp.plan.mailings import read_period
from sdp.plan.model import Andeler
from sdp.plan.numbers import Origin, read_number
from tests.unit.plan.conftest import EXAMPLE, Edit

Codes = Callable[[], list[tuple[str, str, int | None, str]]]


def test_the_example_has_no_errors_and_its_lines_stand_alone() -> None:
    lines = (EXAMPLE / "plan.toml").read_text(encoding="utf-8").splitlines()

    assert read_plan(EXAMPLE).errors == ()
    assert "minutter = 2" in lines
    assert 'kanal = "ks"' in lines


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("plan.toml", "minutter = 2\n", "", ("key_missing", 10, "i_dag.minutter")),
        ("plan.toml", "minutter = 2\n", 'minutter = ""\n', ("key_missing", 14, "i_dag.minutter")),
        ("plan.toml", "minutter = 2\n", "minutter = -2\n", ("out_of_range", 14, "i_dag.minutter")),
        ("plan.toml", "minutter = 2\n", 'minutter = "to"\n', ("not_number", 14, "i_dag.minutter")),
        ("plan.toml", 'kanal = "ks"', 'kanal = "post"', ("not_word", 24, "formidling.kanal")),
        ("plan.toml", "aar = 2027", "aar = 27", ("out_of_range", 7, "virksomhet.aar")),
        (
            "plan.toml",
            "313000001",
            "313000002",
            ("organisation_invalid", 6, "virksomhet.organisasjonsnummer"),
        ),
        (
            "plan.toml",
            "volum = [-20, 20]",
            "volum = [20, -20]",
            ("not_range", 136, "folsomhet.volum"),
        ),
        ("plan.toml", "[kapasitet]", "[kapasitet", ("not_toml", 41, "")),
        ("tjenester.csv", "viktig;18 400", "viktig;", ("cell_empty", 2, "volum")),
        ("tjenester.csv", "viktig;18 400", "viktig;18.4", ("not_whole", 2, "volum")),
        ("tjenester.csv", "viktig;18 400", "brev;18 400", ("not_word", 2, "slag")),
        ("tjenester.csv", "sfo;Nytt", "bygg;Nytt", ("duplicate_id", 7, "id")),
        ("tjenester.csv", "avgift;Kommunale", "gebyr;Kommunale", ("cell_empty", 2, "digital")),
        ("tjenester.csv", "Kommunale avgifter", "Om 01010112345", ("number_of_person", 2, "navn")),
        ("tjenester.csv", "Kommunale avgifter", "Om 010101 12345", ("number_of_person", 2, "navn")),
        ("tjenester.csv", "id;navn;system", "id;navnet;system", ("column_missing", 1, "navn")),
        (
            "tjenester.csv",
            "14;1 310 000;ja;nei;2;;;epost;nei;;3;;",
            "14;1 310 000;ja;nei;2;;;epost;nei;;3;;;x",
            ("row_too_long", 7, ""),
        ),
        ("utsendelser.csv", "avgift;1.", "avgifter;1.", ("service_unknown", 2, "tjeneste")),
        ("utsendelser.csv", "2027-02-22", "22. februar", ("not_period", 2, "dato")),
        ("utsendelser.csv", "2027-02-24", "2027-02-01", ("deadline_before", 2, "frist")),
        ("maalt.json", '"alle": 4600', '"alle": 4601', ("measured_wrong", None, "avgift")),
        ("maalt.json", '{\n  "tjenester"', '[\n  "tjenester"', ("not_measured", None, "")),
    ],
)
def test_what_is_wrong_is_named_by_file_row_and_column(
    edit: Edit, codes: Codes, file: str, old: str, new: str, found: tuple[str, int | None, str]
) -> None:
    edit(file, old, new)
    code, row, column = found

    assert (code, file, row, column) in codes()


def test_a_plan_with_errors_is_refused_with_all_of_them(edit: Edit, folder: Path) -> None:
    edit("plan.toml", "minutter = 2\n", "")
    edit("tjenester.csv", "viktig;18 400", "viktig;mange")

    with pytest.raises(PlanError) as raised:
        read_plan(folder).valid()

    assert "i_dag.minutter" in raised.value.message
    assert "tjenester.csv:2:volum" in raised.value.message
    assert raised.value.remedy
    assert raised.value.message.startswith("Planen er ikke gyldig")


def test_a_cell_that_may_hold_a_person_is_not_repeated(edit: Edit, folder: Path) -> None:
    edit("tjenester.csv", "Kommunale avgifter", "Om 01010112345")
    edit("plan.toml", 'navn = "Fjordvik kommune"', 'navn = "02020212345"')

    with pytest.raises(PlanError) as raised:
        read_plan(folder).valid()

    assert not re.search(r"\d{11}", str(raised.value) + repr(raised.value.findings))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_table_is_read_as_a_norwegian_spreadsheet_writes_it(
    folder: Path, prices: PriceList, encoding: str, delimiter: str
) -> None:
    for name in ("tjenester.csv", "utsendelser.csv"):
        file = folder / name
        text = file.read_text(encoding="utf-8").replace(";", delimiter)
        file.write_bytes(text.replace("\n", "\r\n").encode(encoding))

    plan = read_plan(folder).valid()

    assert plan.tjeneste("avgift").system == "Økonomi"
    assert costs_of(plan, prices).letters.digital == 19906


def test_the_first_line_of_a_spreadsheet_may_name_the_separator(folder: Path) -> None:
    file = folder / "tjenester.csv"
    file.write_text("sep=;\n" + file.read_text(encoding="utf-8"), encoding="utf-8")

    assert len(read_plan(folder).valid().tjenester) == 7


def test_shares_take_the_place_of_what_was_not_measured(folder: Path, edit: Edit) -> None:
    (folder / "maalt.json").unlink()
    file = folder / "tjenester.csv"
    lines = file.read_text(encoding="utf-8").splitlines()[:2]
    file.write_text("\n".join(lines), encoding="utf-8")
    (folder / "utsendelser.csv").unlink()
    edit("tjenester.csv", "ja;nei;1;;;", "ja;nei;1;~57,0 %;0,65;")
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    text = re.sub(r"tjenester = \[.*\]", "tjenester = []", text)
    (folder / "plan.toml").write_text(text, encoding="utf-8")

    shares = read_plan(folder).valid().tjeneste("avgift").fordeling

    assert isinstance(shares, Andeler)
    assert (shares.digital.value, shares.digital.origin) == (Decimal("57.0"), Origin.ANTATT)
    assert (shares.uten_adresse.value, shares.uten_adresse.origin) == (
        Decimal("0.65"),
        Origin.GITT,
    )


def test_a_heading_with_norwegian_letters_needs_no_quotation_marks(
    folder: Path, edit: Edit
) -> None:
    edit("plan.toml", "[folsomhet]", "[følsomhet]")

    assert read_plan(folder).valid().ranges["minutter"] == (Decimal(-50), Decimal(50))


def test_a_name_that_is_misspelled_is_warned_of(edit: Edit, codes: Codes) -> None:
    edit("plan.toml", "papir = 1.20", "papir = 1.20\npapri = 1.20")
    edit("tjenester.csv", "aapningskvittering;begrunnelse", "åpningskvittering;grunn")

    assert ("key_unknown", "plan.toml", None, "i_dag.papri") in codes()
    assert ("column_unknown", "tjenester.csv", 1, "grunn") in codes()


@pytest.mark.parametrize(
    ("text", "value", "origin"),
    [
        ("18 400", "18400", Origin.GITT),
        ("18\u00a0400", "18400", Origin.GITT),
        ("3,10", "3.10", Origin.GITT),
        ("3.10", "3.10", Origin.GITT),
        ("57 %", "57", Origin.GITT),
        ("~57", "57", Origin.ANTATT),
        ("ca. 57", "57", Origin.ANTATT),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, value: str, origin: Origin) -> None:
    read = read_number(text)

    assert (read.value, read.origin) == (Decimal(value), origin)


@pytest.mark.parametrize("text", ["", "ja", "1,2,3", "1.000,50", "NaN", "Infinity", "1e9", "٣"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2027-01-31", (date(2027, 1, 31), date(2027, 1, 31))),
        ("31.01.2027", (date(2027, 1, 31), date(2027, 1, 31))),
        ("2027-W01", (date(2027, 1, 4), date(2027, 1, 10))),
        ("2027-02", (date(2027, 2, 1), date(2027, 2, 28))),
        ("2027", (date(2027, 1, 1), date(2027, 12, 31))),
        ("2027-01-01/2027-03-31", (date(2027, 1, 1), date(2027, 3, 31))),
        ("2027-03-31/2027-01-01", None),
        ("2027-13", None),
        ("2027-W54", None),
        ("2027-02-30", None),
        ("snart", None),
    ],
)
def test_a_period_is_a_day_a_week_a_month_a_year_or_two_days(
    text: str, span: tuple[date, date] | None
) -> None:
    assert read_period(text) == span


def test_a_folder_without_a_plan_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="sdp plan init"):
        read_plan(tmp_path).valid()
