from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer, orgnr

from sdp import domain
from sdp.errors import InvalidInputError
from tests.strategies import organisasjonsnumre, personidentifikatorer

REAL = "15108695088"


def refused(number: str) -> str:
    with pytest.raises(ValueError, match="must be") as caught:
        domain.check_personidentifikator(number)
    return str(caught.value)


@given(personidentifikatorer())
def test_fodselsnummer_and_d_numbers_real_and_synthetic_are_accepted(number: str) -> None:
    assert domain.check_personidentifikator(number) == number


@given(personidentifikatorer(months=(0,)))
def test_what_stdnum_accepts_is_real(number: str) -> None:
    assert fodselsnummer.is_valid(number)
    assert not domain.is_synthetic(number)


@given(personidentifikatorer(months=(40, 80)))
def test_a_month_moved_by_forty_or_eighty_is_synthetic(number: str) -> None:
    assert domain.is_synthetic(number)


@given(personidentifikatorer(), st.integers(0, 10), st.integers(1, 9))
def test_one_changed_digit_is_always_noticed(number: str, place: int, change: int) -> None:
    digit = (int(number[place]) + change) % 10
    refused(f"{number[:place]}{digit}{number[place + 1 :]}")


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1510869508",
        "151086950880",
        "151086 9508",
        "1510869508x",
        "\uff115108695088",
        f"{REAL}\n",
    ],
)
def test_anything_but_eleven_ascii_digits_is_refused(number: str) -> None:
    assert refused(number) == "must be 11 digits"
    assert not domain.is_synthetic(number)


def with_control_digits(stem: str) -> str:
    first = fodselsnummer.calc_check_digit1(stem)
    return stem + first + fodselsnummer.calc_check_digit2(stem + first)


@pytest.mark.parametrize(
    "stem",
    ["001086950", "321086950", "150086951", "151386950", "155386950", "159386950", "811086950"],
)
def test_a_date_that_never_was_is_refused_though_the_control_digits_hold(stem: str) -> None:
    assert refused(with_control_digits(stem)).endswith("it holds no date")


def test_a_synthetic_number_with_the_control_digits_of_the_real_one_is_refused() -> None:
    assert "control digits" in refused(f"{REAL[:2]}{int(REAL[2:4]) + 80}{REAL[4:]}")


@given(organisasjonsnumre())
def test_organisation_numbers_whose_control_digit_holds_are_accepted(number: str) -> None:
    assert domain.check_organisasjonsnummer(number) == number


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("984661186", "its control digit does not hold"),
        ("98466118", "must be 9 digits"),
        ("9908:984661185", "without the prefix"),
        ("984 661 185", "must be 9 digits"),
    ],
)
def test_an_organisation_number_that_is_none_is_refused(number: str, rule: str) -> None:
    assert not (orgnr.is_valid(number) and number.isdigit())
    with pytest.raises(InvalidInputError, match=f"organisasjonsnummer: .*{rule}"):
        domain.Avsender(organisasjonsnummer=number)


def test_a_refused_personidentifikator_is_not_repeated_in_the_error(
    postkasse: domain.TekniskMottaker,
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        domain.Mottaker(
            personidentifikator="15108695078", postkasseadresse="ola#1234", postkasse=postkasse
        )
    assert "15108695078" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
    assert [problem.field for problem in caught.value.problems] == ["personidentifikator"]
