"""A few seconds of fuzzing in every run, and every input that ever broke something."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutating import mutated
from tests.fuzz.targets import Target, targets
from tests.fuzz.world import World

pytestmark = pytest.mark.filterwarnings("ignore")

_INPUTS = 400
_CRASHES = Path(__file__).parent / "crashes"
_ALL = {target.name: target for target in targets(World.make())}


@pytest.fixture(params=_ALL)
def target(request: pytest.FixtureRequest) -> Target:
    return _ALL[request.param]


def test_good_inputs_are_read(target: Target) -> None:
    if target.name in {"print certificate", "jws", "dpi receipt"}:
        pytest.skip("its corpus is of the right form, and not to be trusted")
    for data in target.corpus:
        target.read(data)


@settings(
    max_examples=_INPUTS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # a target keeps nothing
)
@given(seed=st.integers(0, 2**64))
def test_changed_inputs_raise_nothing_but_our_own_errors(seed: int, target: Target) -> None:
    target(mutated(seed, target.corpus))


def test_what_broke_it_once_breaks_it_no_more(target: Target) -> None:
    for path in sorted(_CRASHES.glob(f"{target.name.replace(' ', '-')}-*")):
        target(path.read_bytes())
