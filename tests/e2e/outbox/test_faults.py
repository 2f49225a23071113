"""Letters through faults at every step with real workers: a small run of `make soak`."""

from __future__ import annotations

import pytest

from benchmarks.outbox_faults import Pace, Wire, soak
from tests.postgres import Server


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "wire"), [("sqlite", "dpi"), ("postgresql", "ebms")])
def test_letters_through_faults_and_kills_are_neither_lost_nor_doubled(
    postgres: Server, kind: str, wire: Wire
) -> None:
    verdict = soak(
        kind,
        wire,
        40,
        server=postgres if kind == "postgresql" else None,
        pace=Pace(fault=4, strike=25),
    )

    assert verdict.holds, verdict
    assert verdict.delivered + verdict.refused == 39
    assert verdict.no_way == 1
    assert verdict.faults >= 10
    assert verdict.kills + verdict.stops + verdict.outages > 0
