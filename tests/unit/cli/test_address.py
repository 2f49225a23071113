from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdp.cli._errors import CommandError
from sdp.cli.letter import read_address
from sdp.domain import NorskAdresse, Postadresse, UtenlandskAdresse

if TYPE_CHECKING:
    from pathlib import Path


def _read(tmp_path: Path, text: str) -> Postadresse:
    file = tmp_path / "address.txt"
    file.write_text(text, encoding="utf-8")
    return read_address(file)


def test_an_address_in_norway_ends_with_postcode_and_town(tmp_path: Path) -> None:
    address = _read(tmp_path, "Kari Nordmann\nc/o Ola\n\nØvre gate 1\n0155 Oslo sentrum\n")

    assert address == Postadresse(
        navn="Kari Nordmann",
        adresse=NorskAdresse(
            adresselinje1="c/o Ola",
            adresselinje2="Øvre gate 1",
            postnummer="0155",
            poststed="Oslo sentrum",
        ),
    )


@pytest.mark.parametrize("country", ["NORGE", "Norway", "noreg"])
def test_norway_below_an_address_in_norway_does_not_make_it_foreign(
    tmp_path: Path, country: str
) -> None:
    address = _read(tmp_path, f"Kari Nordmann\nTorget 1\n9990 Båtsfjord\n{country}\n")

    assert address.adresse == NorskAdresse(
        adresselinje1="Torget 1", postnummer="9990", poststed="Båtsfjord"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_address_is_read_in_the_encoding_that_editors_write(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "address.txt"
    path.write_bytes("Kåre Nordmann\r\nØvre gate 1\r\n0155 OSLO\r\n".encode(encoding))

    address = read_address(path)

    assert (address.navn, address.adresse.adresselinje1) == ("Kåre Nordmann", "Øvre gate 1")


def test_a_file_in_no_such_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "address.txt"
    path.write_bytes(b"\xff\xfeK")

    with pytest.raises(CommandError, match=r"address\.txt is not text in UTF-8") as refused:
        read_address(path)
    assert "Save it as UTF-8" in refused.value.remedy


@pytest.mark.parametrize(("country", "field"), [("SE", "landkode"), ("Sverige", "land")])
def test_an_address_abroad_ends_with_the_country(tmp_path: Path, country: str, field: str) -> None:
    address = _read(tmp_path, f"Sven Svensson\nStorgatan 1\n111 22 Stockholm\n{country}\n")

    assert isinstance(address.adresse, UtenlandskAdresse)
    assert address.adresse.adresselinje2 == "111 22 Stockholm"
    assert getattr(address.adresse, field) == country


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kari Nordmann",
        "Kari Nordmann\n9990 Båtsfjord",
        "Kari Nordmann\nSverige",
        "K\n1\n2\n3\n4\n0155 Oslo",
        "K\n1\n2\n3\n4\n5\nSE",
    ],
)
def test_too_few_or_too_many_lines_are_refused_without_showing_them(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(CommandError, match=r"address\.txt does not hold an address") as refused:
        _read(tmp_path, text)

    assert "Kari" not in str(refused.value)
