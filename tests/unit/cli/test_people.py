"""CSV files of people, as spreadsheets write them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sdp.cli._errors import CommandError
from sdp.cli.people import Row, in_blocks, opened, rows
from sdp.testmiljo.world.register import synthetic_personidentifikator

A, B = synthetic_personidentifikator(0), synthetic_personidentifikator(1)
LOST = next(number for number in map(synthetic_personidentifikator, range(40)) if number[0] == "0")


def read(text: str, column: str | None = None, address_column: str | None = None) -> list[Row]:
    file = io.StringIO(text, newline="")
    return list(rows(file, column=column, address_column=address_column))


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}\n",
        f"{A}\r\n{B}",
        f"\n{A}\n\n{B}\n\n",
        f"fnr\n{A}\n{B}\n",
        f"navn;Fødselsnummer\nKari;{A}\nOla;{B}\n",
        f'navn,personidentifikator\n"Nordmann, Kari",{A}\nOla,{B}\n',
        f"fnr\tnavn\n{A}\tKari\n {B} \tOla\n",
        f"fnr|navn\n{A}|Kari, Ola\n{B}|Per\n",
        f"sep=;\r\nfnr;navn\r\n{A};Kari\r\n{B};Ola\r\n",
        f'"sep=,"\nnavn,fnr\nKari;,{A}\nOla;,{B}\n',
        f'"navn, etternavn, mellom";"fnr"\n"Ås, x";"{A}"\n"Ås, x";"{B}"\n',
        f'navn,fnr\n"a\nb",{A}\n"c\n\nd",{B}\n',
        f"Personnummer;navn\n{A};Kari\n{B};Ola\n",
        f"navn;Personnr\nKari;{A}\nOla;{B}\n",
        f"navn;Fødselsnr.\nKari;{A}\nOla;{B}\n",
        f"navn;fnr.\nKari;{A}\nOla;{B}\n",
        f"navn;Fødselsnummer/D-nummer \nKari;{A}\nOla;{B}\n",
        f"Hvem;navn\n{A};Kari\n{B};Ola\n",
        f"navn;hvem\nKari;{A}\nOla;{B}\n",
        f"1;{A}\n2;{B}\n",
    ],
)
def test_the_numbers_are_found(text: str) -> None:
    assert [row.number for row in read(text)] == [A, B]


@pytest.mark.parametrize(
    "cell",
    [f"{A[:6]} {A[6:]}", f"\u00a0{A}\u00a0", f'="{A}"', f'"=""{A}"""', f"'{A}", f"\u200b{A}"],
)
def test_what_is_put_around_a_number_is_taken_away(cell: str) -> None:
    assert [row.number for row in read(f"fnr;navn\n{cell};Kari\n")] == [A]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_file_is_read_in_the_encoding_that_it_is_in(tmp_path: Path, encoding: str) -> None:
    text = f"navn;fødselsnummer\r\nÅse;{A}\r\nKåre;{B}\r\n"
    path = tmp_path / "people.csv"
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    path.write_bytes(mark + text.encode(encoding))

    with opened(path) as file:
        found = list(rows(file, column="Fødselsnummer", address_column=None))

    assert [row.number for row in found] == [A, B]


def test_an_encoding_that_shows_late_is_seen_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"fnr;navn\n" + f"{A};x\n".encode() * 100_000)
    with path.open("ab") as file:
        file.write(f"{B};Åse \x81\n".encode("latin-1"))

    with opened(path) as text:
        (*_, last) = rows(text, column=None, address_column=None)

    assert last.number == B


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'fnr,navn\n{A},"Kari\n{B},Ola\n', 3),
        (f"fnr,navn\n{A},{'a' * 200_000}\n", 2),
        (f'fnr,navn\n{A},"Kari"N\n', 2),
    ],
)
def test_what_is_not_csv_is_told_by_line(text: str, line: int) -> None:
    with pytest.raises(CommandError, match=f"at line {line}:") as refusal:
        read(text)
    assert A not in str(refusal.value)


@pytest.mark.parametrize("text", ["Hvem;navn\nKari;Nordmann\n", "Hvem\n", f"x\n{A[:10]}\n"])
def test_a_file_without_numbers_or_known_headings_is_an_error(text: str) -> None:
    with pytest.raises(CommandError, match="known heading"):
        read(text)


@pytest.mark.parametrize(
    ("number", "fault"),
    [(LOST[1:], "leading zero"), ("1234567890", "is not a fødsels"), ("", "is not a fødsels")],
)
def test_a_leading_zero_that_is_lost_is_told(number: str, fault: str) -> None:
    (row, _) = read(f"fnr;navn\n{number};Kari\n{A};Ola\n")
    assert not row.is_valid
    assert fault in row.fault


@pytest.mark.parametrize("text", [f"{A};x\n{B};y\n", f"fnr;navn\n{A};x\n"])
@pytest.mark.parametrize("column", [A, B])
def test_a_number_in_place_of_a_heading_is_not_repeated(text: str, column: str) -> None:
    with pytest.raises(CommandError, match=r"\*\*\*\*") as refusal:
        read(text, column=column)
    assert column not in str(refusal.value)


def test_a_column_can_be_named() -> None:
    assert [row.number for row in read(f"fnr;verge\n{A};{B}\n", column="Verge")] == [B]


def test_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(CommandError, match="'bostnummer'"):
        read(f"fnr;postnummer\n{A};0155\n", address_column="bostnummer")


def test_who_has_no_postal_address_is_told() -> None:
    found = read(f"fnr;postnummer\n{A};0155\n{B};\n{B}\n", address_column="postnummer")
    assert [row.has_address for row in found] == [True, False, False]


def test_without_such_a_column_everybody_has_one() -> None:
    assert all(row.has_address for row in read(f"{A}\n{B}\n"))


@pytest.mark.parametrize("number", ["", "123", "00000000000", "abcdefghijk"])
def test_what_is_no_personidentifikator_is_told(number: str) -> None:
    assert not Row(number, has_address=True).is_valid


def test_an_empty_file_holds_nobody() -> None:
    assert read("") == []


def test_blocks_are_of_at_most_a_thousand() -> None:
    people = iter([Row(A, has_address=True)] * 2500)
    assert [len(block) for block in in_blocks(people)] == [1000, 1000, 500]
