from __future__ import annotations

from sdp.domain import check_personidentifikator, is_synthetic
from sdp.testmiljo.world.register import synthetic_personidentifikator


def test_synthetic_people_have_numbers_that_are_valid_synthetic_and_all_different() -> None:
    people = [synthetic_personidentifikator(number) for number in range(300)]
    for person in people:
        assert check_personidentifikator(person) == person
        assert is_synthetic(person)
    assert len(set(people)) == 300
