from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdp.cli._errors import CommandError
from sdp.cli.address import read_address
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


def test_an_address_in_norway_may_do_without_a_street(tmp_path: Path) -> None:
    address = _read(tmp_path, "Kari Nordmann\n9990 Båtsfjord")

    assert address.adresse == NorskAdresse(postnummer="9990", poststed="Båtsfjord")


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
