from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdp.cli._errors import CommandError
from sdp.cli.letter import read_address
from sdp.domain import NorskAdresse, Postadresse, UtenlandskAdresse
from sdp.domain.landkoder import LAND
from sdp.errors import SdpError

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


_WORDS = st.text("abcæøåÉ .-/", min_size=1, max_size=20).map(str.strip).filter(bool)
_SHARED_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""Each example writes the same file anew."""


@pytest.mark.slow
@_SHARED_FOLDER
@given(
    st.lists(_WORDS, min_size=2, max_size=4),
    st.integers(0, 9999).map("{:04}".format),
    _WORDS,
    st.sampled_from(["\n", "\r\n", "\n\n", " \n\t\n"]),
    st.sampled_from(["", "NORGE", "Norway"]),
)
def test_any_address_in_norway_is_read_as_it_is_written(
    tmp_path: Path, lines: list[str], postnummer: str, poststed: str, between: str, country: str
) -> None:
    written = [*lines, f"{postnummer} {poststed}", *filter(None, [country])]

    address = _read(tmp_path, between.join(written) + between)

    assert isinstance(address.adresse, NorskAdresse)
    read = [address.navn, *address.adresse.model_dump(exclude_none=True).values()]
    assert read == [*lines, postnummer, poststed]


@_SHARED_FOLDER
@given(st.lists(_WORDS, min_size=2, max_size=4), st.sampled_from(sorted(LAND)), st.booleans())
def test_any_address_abroad_is_read_by_the_code_or_the_name_of_its_country(
    tmp_path: Path, lines: list[str], code: str, is_code: bool
) -> None:
    name = LAND[code][0]

    address = _read(tmp_path, "\n".join([*lines, code if is_code else name]))

    assert isinstance(address.adresse, UtenlandskAdresse)
    assert address.adresse.landkode == (code if is_code else None)
    assert address.adresse.land == (None if is_code else name)
    shown = address.adresse.model_dump(exclude={"land", "landkode"}, exclude_none=True)
    assert list(shown.values()) == [*lines[1:], name]


@_SHARED_FOLDER
@given(st.text(max_size=200))
def test_any_text_is_an_address_or_an_error_of_ours_that_tells_nothing_of_it(
    tmp_path: Path, text: str
) -> None:
    told = ""
    try:
        address = _read(tmp_path, text)
    except (CommandError, SdpError) as error:
        told = str(error)
    else:
        assert address.navn in text

    lines = [line.strip() for line in text.splitlines() if len(line.strip()) > 20]
    assert [line for line in lines if line in told] == []
