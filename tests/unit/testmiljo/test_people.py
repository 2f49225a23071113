from __future__ import annotations

import pytest

from sdp.domain import check_personidentifikator, is_synthetic
from sdp.testmiljo.people import synthetic_personidentifikator


@pytest.mark.parametrize("number", [0, 1, 27, 28, 29, 500])
def test_a_synthetic_person_has_a_number_that_is_valid_and_synthetic(number: int) -> None:
    person = synthetic_personidentifikator(number)
    assert check_personidentifikator(person) == person
    assert is_synthetic(person)


def test_no_two_synthetic_people_are_the_same() -> None:
    assert len({synthetic_personidentifikator(number) for number in range(300)}) == 300
