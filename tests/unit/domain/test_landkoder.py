"""Country codes, and the addresses abroad that they complete, for any text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.domain import UtenlandskAdresse
from sdp.domain.landkoder import LAND, check_landkode, name_of, names_land
from sdp.errors import InvalidInputError

_CODES = st.sampled_from(sorted(LAND))
_CASES = st.sampled_from([str.upper, str.lower, str.capitalize])
_LINES = st.lists(
    st.text("abcæøåÄ 0123456789", min_size=1, max_size=20).filter(str.strip), min_size=1, max_size=3
)


def _lines(adresse: UtenlandskAdresse) -> list[str]:
    names = ("adresselinje1", "adresselinje2", "adresselinje3", "adresselinje4")
    return [line for name in names if (line := getattr(adresse, name)) is not None]


def _abroad(lines: list[str], **land: Any) -> UtenlandskAdresse:
    given: dict[str, Any] = {f"adresselinje{n}": line for n, line in enumerate(lines, 1)}
    return UtenlandskAdresse(**given, **land)


@given(st.text(max_size=3) | st.text("abcABC\ufb01\ufb00\xdf\u0131\u017f", min_size=1, max_size=2))
def test_a_code_is_two_letters_of_the_list_or_refused_without_being_told(text: str) -> None:
    if text.isascii() and text.upper() in LAND:
        assert check_landkode(text) == text
        return
    with pytest.raises(ValueError, match="2 letters of ISO 3166-1") as refused:
        check_landkode(text)
    assert len(text) < 3 or text not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["\ufb01", "\xdf", "\u0131e", "\uff33\uff25", "SE ", "S", "", "SWE"]
)
def test_what_only_looks_like_a_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2 letters of ISO 3166-1"):
        check_landkode(text)


@given(_CODES, _CASES)
def test_a_code_in_any_case_names_its_country_in_each_of_its_names(
    code: str, case: Callable[[str], str]
) -> None:
    written = case(code)

    assert check_landkode(written) == written
    assert name_of(land=None, landkode=written) == LAND[code][0]
    assert all(names_land(name, land=None, landkode=written) for name in LAND[code])
    assert all(names_land(f" {name.lower()} ", land=None, landkode=code) for name in LAND[code])


@given(_CODES, _CODES)
def test_no_name_is_taken_for_another_country(code: str, other: str) -> None:
    named = any(names_land(name, land=None, landkode=other) for name in LAND[code])

    assert named == (code == other)


@given(_LINES, _CODES)
def test_an_address_abroad_ends_with_its_country_once(lines: list[str], code: str) -> None:
    made = _lines(_abroad(lines, landkode=code))

    assert made == [*lines, LAND[code][0]]
    assert _lines(_abroad(made, landkode=code)) == made


@given(_LINES, _CODES, st.data())
def test_a_country_that_stands_there_in_another_language_is_not_added(
    lines: list[str], code: str, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(LAND[code]))
    other = data.draw(st.sampled_from(LAND[code]))

    assert _lines(_abroad([*lines, name], landkode=code)) == [*lines, name]
    assert _lines(_abroad([*lines, name], land=other)) == [*lines, name]


@given(_LINES)
def test_a_country_is_given_by_its_code_or_its_name_and_not_by_both(lines: list[str]) -> None:
    both: list[dict[str, Any]] = [{}, {"land": "Sverige", "landkode": "SE"}]
    for land in both:
        with pytest.raises(InvalidInputError, match="either landkode or land"):
            _abroad(lines, **land)
