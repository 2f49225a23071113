from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

from sdp import domain
from sdp.errors import InvalidInputError
from tests.strategies import repetisjoner


def sms(days: tuple[int, ...]) -> domain.SmsVarsel:
    return domain.SmsVarsel(mobiltelefonnummer="99999999", varslingstekst="Hei", repetisjoner=days)


def epost(days: tuple[int, ...]) -> domain.EpostVarsel:
    return domain.EpostVarsel(epostadresse="a@b.no", varslingstekst="Hei", repetisjoner=days)


@given(repetisjoner())
def test_one_to_ten_different_days_are_kept_in_their_order(days: tuple[int, ...]) -> None:
    assert sms(days).repetisjoner == epost(days).repetisjoner == days


@pytest.mark.parametrize("make", [sms, epost])
@pytest.mark.parametrize(
    ("days", "rule"),
    [
        ((), "repetisjoner: must hold 1 to 10 items; it holds 0"),
        (tuple(range(11)), "repetisjoner: must hold 1 to 10 items; it holds 11"),
        ((26,), "repetisjoner: must be days from 0 to 25"),
        ((-1,), "repetisjoner: must be days from 0 to 25"),
        ((3, 3), "repetisjoner: must not name the same day twice"),
        (("3",), r"repetisjoner\[0\]: must be a whole number"),
        ((True,), r"repetisjoner\[0\]: must be a whole number"),
    ],
)
def test_other_days_are_refused_with_their_rule(
    make: Callable[[tuple[int, ...]], object], days: tuple[int, ...], rule: str
) -> None:
    with pytest.raises(InvalidInputError, match=rule):
        make(days)


def test_a_notice_without_a_receiver_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="epostadresse: must not be empty"):
        domain.EpostVarsel(epostadresse="", varslingstekst="Hei")
    with pytest.raises(InvalidInputError, match="mobiltelefonnummer: must not be empty"):
        domain.SmsVarsel(mobiltelefonnummer="", varslingstekst="Hei")
