from __future__ import annotations

import pytest
from hypothesis import assume, given
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


def by_rule_of_2032(stem: str, remainder: int) -> str | None:
    """Return nine digits with the control digits that leave this remainder, if there are any."""
    weights = ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    first = (remainder - sum(w * int(d) for w, d in zip(weights[0], stem, strict=True))) % 11
    if first == 10:
        return None
    stem += str(first)
    second = -sum(w * int(d) for w, d in zip(weights[1], stem, strict=True)) % 11
    return None if second == 10 else f"{stem}{second}"


@given(
    st.integers(1, 28),
    st.integers(1, 12),
    st.integers(0, 999_99),
    st.sampled_from([0, 40]),
    st.sampled_from([0, 40, 80]),
    st.integers(0, 10),
)
def test_the_rule_of_2032_lets_the_first_control_digit_leave_up_to_three(
    day: int, month: int, rest: int, d_number: int, synthetic: int, remainder: int
) -> None:
    number = by_rule_of_2032(f"{day + d_number:02}{month + synthetic:02}{rest:05}", remainder)
    assume(number is not None)
    assert number is not None
    if remainder <= 3:
        assert domain.check_personidentifikator(number) == number
        assert domain.is_synthetic(number) is (synthetic != 0)
    else:
        assert "control digits do not hold" in refused(number)


@pytest.mark.parametrize("individual", ["000", "457", "499", "500", "749", "899", "900", "999"])
@pytest.mark.parametrize("year", ["00", "32", "33", "45", "85", "99"])
def test_the_individual_number_tells_no_century(year: str, individual: str) -> None:
    numbers = [by_rule_of_2032(f"1508{year}{individual}", remainder) for remainder in range(4)]

    for number in filter(None, numbers):
        assert domain.check_personidentifikator(number) == number


@pytest.mark.parametrize(("year", "is_leap"), [("32", True), ("00", True), ("33", False)])
def test_a_leap_day_needs_a_leap_year_of_some_century(year: str, is_leap: bool) -> None:
    numbers = [
        number
        for individual in ("123", "124")
        if (number := by_rule_of_2032(f"2902{year}{individual}", 0))
    ]
    for number in numbers:
        if is_leap:
            assert domain.check_personidentifikator(number) == number
        else:
            assert refused(number).endswith("it holds no date")
    assert numbers


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
