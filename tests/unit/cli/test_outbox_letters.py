"""Files of letters: every row is checked, and what is wrong is told before anything is stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdp.cli._errors import CommandError
from sdp.cli.letter import read_address
from sdp.cli.outbox_letters import Recipe, checked_letters, letters
from sdp.domain import Avsender, Formaal
from sdp.testmiljo.world.register import synthetic_personidentifikator
from tests.documents import pdf

A, B = synthetic_personidentifikator(0), synthetic_personidentifikator(1)
HEADINGS = "Fødselsnummer;Nøkkel;Barn"

Check = Callable[..., int]


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "brev.pdf").write_bytes(pdf())
    (tmp_path / "retur.txt").write_text("Kommunen\nPostboks 1\n0101 Oslo\n")
    return Recipe(
        avsender=Avsender(organisasjonsnummer="991825827"),
        documents=["brev.pdf"],
        title="Vedtak for {barn}",
        notice=None,
        retur=read_address(tmp_path / "retur.txt"),
        formaal=Formaal.VEDTAK,
        urgent=False,
        person=None,
        key=None,
        folder=tmp_path,
    )


@pytest.fixture
def check(recipe: Recipe, tmp_path: Path) -> Check:
    """Write a file of letters, check it, and return how many there are."""

    def write(*rows: str, encoding: str = "utf-8", **changes: Any) -> int:
        file = tmp_path / "letters.csv"
        file.write_bytes("\r\n".join(rows).encode(encoding))
        changed = Recipe(**{name: getattr(recipe, name) for name in Recipe.__slots__} | changes)
        count = checked_letters(file, changed)
        assert len(list(letters(file, changed))) == count
        return count

    return write


def refused(check: Check, *rows: str, **changes: Any) -> str:
    with pytest.raises(CommandError) as raised:
        check(*rows, **changes)
    assert raised.value.remedy
    assert not any(number in str(raised.value) for number in (A, B))
    return raised.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_file_is_read_as_spreadsheets_write_it(
    check: Check, recipe: Recipe, tmp_path: Path, encoding: str, separator: str
) -> None:
    rows = [HEADINGS, f"{A};sak-1;Bjørn Ås", f"{B};sak-2;Åse"]
    assert check(*(row.replace(";", separator) for row in rows), encoding=encoding) == 2
    titles = [brev.digital_post.ikke_sensitiv_tittel
              for _, _, brev in letters(tmp_path / "letters.csv", recipe)]  # fmt: skip
    assert titles == ["Vedtak for Bjørn Ås", "Vedtak for Åse"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("123;sak-2;B", "personidentifikator must be 11 digits"),
        (f"{A[:10]}{(int(A[10]) + 1) % 10};sak-2;B", "personidentifikator"),
        (f"{B};;B", "its key is empty"),
        (f"{B};sak-1;B", "its key is also that of row 2"),
        (f"{B};sak-2;B;;x", "it has 5 columns, and there are 3 headings"),
        (f"{B};sak-2;{'B' * 300}", "tittel: must be 1 to 255 characters"),
    ],
)
def test_a_row_that_is_no_letter_keeps_all_of_them_out(check: Check, row: str, fault: str) -> None:
    message = refused(check, HEADINGS, f"{A};sak-1;A", row)

    assert "1 of 2 rows cannot be letters" in message
    assert f"row 3: {fault}" in message


def test_rows_have_the_numbers_that_a_spreadsheet_shows(check: Check) -> None:
    rows = ("sep=;", HEADINGS, f"{A};sak-1;A", "", '123;sak-2;"to\nlinjer"', ";;", "124;sak-3;C")
    message = refused(check, *rows)

    assert "row 5: " in message
    assert "row 7: " in message


def test_a_row_that_ends_early_has_empty_cells(check: Check) -> None:
    assert check(HEADINGS, f"{A};sak-1", title="Vedtak") == 1
    assert "tittel: must" in refused(check, HEADINGS, f"{A};sak-1", title="{barn}")


@pytest.mark.parametrize(
    ("headings", "changes", "fault"),
    [
        ("fnr;key", {}, "there is no column for {barn}"),
        ("fnr;key;barn", {"notice": "Hei {navn}"}, "there is no column for {navn}"),
        ("fnr;key;barn", {"documents": ["{mappe}/a.pdf"]}, "there is no column for {mappe}"),
        ("fnr;merke;barn", {}, "there is no column for the key; name it with --key-column"),
        ("hvem;key;barn", {}, "name it with --person-column"),
        ("fnr;key;barn;Barn ", {}, "there are two columns barn"),
        ("fnr;merke;barn", {"key": "saksnr"}, "there is no column for the key"),
    ],
)
def test_headings_that_do_not_fit_are_told_once(
    check: Check, headings: str, changes: dict[str, Any], fault: str
) -> None:
    message = refused(check, headings, f"{A};1;A", f"{B};2;B", **changes)

    assert message.count(fault) == 1
    assert "row" not in message


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("Kari;Storgata 1;155;Oslo", "postnummer"),
        ("Kari;Storgata 1;0155;", "poststed"),
        (";Storgata 1;0155;Oslo", "navn"),
        ("Kari;Storgata 1;;", "postnummer"),
        ("Kari;;0155;Oslo", "adresselinje1"),
    ],
)
def test_half_an_address_is_refused_rather_than_left_out(
    check: Check, address: str, field: str
) -> None:
    headings = f"{HEADINGS};navn;adresselinje1;postnummer;poststed"
    message = refused(check, headings, f"{A};sak-1;A;{address}")

    assert field in message
    assert "Storgata" not in message
    assert check(headings, f"{A};sak-1;A;Kari;;;") == 1, "a name alone is no address"


def test_an_address_needs_a_return_address(check: Check) -> None:
    headings = f"{HEADINGS};navn;adresselinje1;postnummer;poststed"
    row = f"{A};sak-1;A;Kari;Storgata 1;0155;Oslo"

    assert "--return-address" in refused(check, headings, row, retur=None)
    assert check(headings, row) == 1


class TestDocuments:
    def test_a_pattern_finds_the_one_file_of_each_letter(
        self, check: Check, tmp_path: Path, recipe: Recipe
    ) -> None:
        for name in ("sak-1 vedtak [1].pdf", "sak-11 vedtak.pdf", "sak-1.pdf.txt"):
            (tmp_path / name).write_bytes(pdf())
        rows = (HEADINGS, f"{A};sak-1;A", f"{B};sak-11;B")

        assert check(*rows, documents=["{nøkkel} *.pdf"]) == 2

    def test_none_and_two_files_are_refused(self, check: Check, tmp_path: Path) -> None:
        for name in ("sak-1 a.pdf", "sak-1 b.pdf"):
            (tmp_path / name).write_bytes(pdf())
        rows = (HEADINGS, f"{A};sak-1;A", f"{B};sak-2;B")
        message = refused(check, *rows, documents=["{nøkkel}*.pdf"])

        assert "row 2: 2 files match sak-1*.pdf; it must be one" in message
        assert "row 3: no file matches sak-2*.pdf; it must be one" in message

    def test_a_star_in_a_cell_is_no_pattern(self, check: Check, tmp_path: Path) -> None:
        headings = f"{HEADINGS};fil"
        row = f"{A};sak-1;A;*.pdf"

        assert "*.pdf does not exist" in refused(check, headings, row, documents=["fil"])

    def test_a_file_that_is_missing_is_named_without_a_persons_number(self, check: Check) -> None:
        message = refused(check, HEADINGS, f"{A};sak-1;A", documents=["{fødselsnummer}.pdf"])

        assert "***********.pdf does not exist" in message

    def test_a_main_document_must_be_named_and_attachments_need_not(self, check: Check) -> None:
        headings = f"{HEADINGS};hoved;vedlegg"

        assert check(headings, f"{A};sak-1;A;brev.pdf;", documents=["hoved", "vedlegg"]) == 1
        assert "main document" in refused(
            check, headings, f"{A};sak-1;A;;brev.pdf", documents=["hoved", "vedlegg"]
        )


@pytest.mark.parametrize("rows", [(), ("", ""), (HEADINGS,)])
def test_a_file_without_letters_is_refused(check: Check, rows: tuple[str, ...]) -> None:
    assert "letters.csv" in refused(check, *rows)


def test_a_character_in_no_encoding_is_refused(
    check: Check, tmp_path: Path, recipe: Recipe
) -> None:
    file = tmp_path / "letters.csv"
    file.write_bytes(f"fnr;key;barn\n{A};sak-1;Bj".encode() + b"\x81rn\xe5")

    with pytest.raises(
        CommandError, match="row 2: it has a character that is in no known encoding"
    ):
        checked_letters(file, recipe)


def test_a_quote_that_is_not_closed_is_told_where_it_begins(check: Check) -> None:
    assert "line" in refused(check, HEADINGS, f'{A};sak-1;"A', f"{B};sak-2;B")


def test_no_more_than_twenty_faults_are_listed(check: Check) -> None:
    message = refused(check, HEADINGS, *(f"12;sak-{number};B" for number in range(50)))

    assert message.count("row ") == 20
    assert "and 30 more" in message
