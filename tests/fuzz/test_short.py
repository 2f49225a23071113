"""A few seconds of fuzzing in every run, and every input that ever broke something."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.fuzz.mutating import mutated
from tests.fuzz.target import Target
from tests.fuzz.targets import NAMES, by_name

pytestmark = pytest.mark.filterwarnings("ignore")

_CRASHES = Path(__file__).parent / "crashes"


@pytest.fixture(params=NAMES)
def target(request: pytest.FixtureRequest) -> Target:
    return by_name()[request.param]


def test_each_target_is_among_the_names_and_each_name_is_a_target() -> None:
    assert tuple(by_name()) == NAMES


def test_good_inputs_are_read(target: Target) -> None:
    if not target.trusted:
        pytest.skip("its corpus is of the right form, and not to be trusted as it is")
    for data in target.corpus:
        target.read(data)


def test_changed_inputs_raise_nothing_but_our_own_errors(target: Target) -> None:
    seeds = random.Random(target.name if "CI" in os.environ else None)
    for _ in range(target.inputs):
        data = mutated(seeds.getrandbits(64), target.corpus)
        try:
            target(data)
        except BaseException as error:  # a panic of Rust is no Exception
            error.add_note(f"Broken by {data!r}; a copy in {_CRASHES} is tried in every run.")
            raise


def test_what_broke_it_once_breaks_it_no_more(target: Target) -> None:
    for path in sorted(_CRASHES.glob(f"{target.name.replace(' ', '-')}-*")):
        target(path.read_bytes())
