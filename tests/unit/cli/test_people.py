"""CSV files of people, as spreadsheets write them."""

from __future__ import annotations

import io

import pytest

from sdp.cli._errors import CommandError
from sdp.cli.people import Row, in_blocks, rows
from sdp.testmiljo.people import synthetic_personidentifikator

A, B = synthetic_personidentifikator(0), synthetic_personidentifikator(1)


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
    ],
)
def test_the_numbers_are_found(text: str) -> None:
    assert [row.number for row in read(text)] == [A, B]


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
