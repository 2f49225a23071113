from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.verify.checks.network import difference, moment_in

_NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("ours", "took", "off"),
    [(0.0, 0.3, 0.0), (0.9, 0.0, 0.0), (8.0, 0.2, 7.0), (-8.0, 0.2, 7.8), (300.0, 30.0, 299.0)],
)
def test_a_clock_is_as_wrong_as_cannot_be_explained_otherwise(
    ours: float, took: float, off: float
) -> None:
    before = _NOON + _seconds(ours)

    assert difference(before, before + _seconds(took), _NOON) == _seconds(off)


@given(took=st.floats(0, 100), made=st.floats(0, 1))
def test_a_right_clock_is_never_found_wrong_however_slow_the_answer(
    took: float, made: float
) -> None:
    at = _NOON + _seconds(0.5)
    theirs = (at + _seconds(took * made)).replace(microsecond=0)

    assert difference(at, at + _seconds(took), theirs) == timedelta(0)


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_a_date_in_any_zone_is_read_as_a_moment(zone: str) -> None:
    assert moment_in(f"Tue, 24 Nov 2026 12:00:00 {zone}") == datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("header", ["", "now", "Tue, 99 Nov 2026 12:00:00 GMT"])
def test_what_is_no_date_is_none(header: str) -> None:
    assert moment_in(header) is None
