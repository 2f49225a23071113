"""Contact information lasts eighteen calendar months from when its owner last stood by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.krr.person import Kontaktadresse
from sdp.krr.routing import months_after, usable
from tests.unit.krr.strategies import moments

VERIFIED = datetime(2023, 8, 31, 10, tzinfo=UTC)
LAST = datetime(2025, 2, 28, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def adresse(
    *, oppdatert: datetime | None = None, sist_verifisert: datetime | None = None
) -> Kontaktadresse:
    return Kontaktadresse(
        adresse="kari@example.no", oppdatert=oppdatert, sist_verifisert=sist_verifisert
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2023, 1, 15, tzinfo=UTC), datetime(2024, 7, 15, tzinfo=UTC)),
        (datetime(2023, 6, 30, tzinfo=UTC), datetime(2024, 12, 30, tzinfo=UTC)),
        (datetime(2023, 7, 31, tzinfo=UTC), datetime(2025, 1, 31, tzinfo=UTC)),
        (datetime(2022, 8, 31, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
        (datetime(2023, 8, 31, tzinfo=UTC), datetime(2025, 2, 28, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), datetime(2025, 8, 29, tzinfo=UTC)),
    ],
)
def test_months_are_those_of_the_calendar(start: datetime, end: datetime) -> None:
    assert months_after(start, 18) == end


def test_an_address_is_used_until_the_last_moment_of_its_eighteen_months_and_no_longer() -> None:
    assert usable(adresse(sist_verifisert=VERIFIED), LAST) == "kari@example.no"
    assert usable(adresse(sist_verifisert=VERIFIED), LAST + SECOND) is None


def test_a_change_counts_like_a_confirmation_and_the_newest_counts() -> None:
    long_ago = VERIFIED - timedelta(days=2000)

    assert usable(adresse(oppdatert=VERIFIED), LAST)
    assert usable(adresse(oppdatert=VERIFIED, sist_verifisert=long_ago), LAST)
    assert usable(adresse(oppdatert=long_ago, sist_verifisert=VERIFIED), LAST)
    assert usable(adresse(oppdatert=long_ago, sist_verifisert=long_ago), LAST) is None


def test_an_address_without_a_date_is_not_used() -> None:
    assert usable(adresse(), LAST) is None
    assert usable(None, LAST) is None


def test_time_zones_change_nothing_but_the_writing() -> None:
    elsewhere = LAST.astimezone(timezone(timedelta(hours=-9)))

    assert usable(adresse(sist_verifisert=VERIFIED), elsewhere)
    assert usable(adresse(sist_verifisert=VERIFIED), elsewhere + SECOND) is None


def test_a_date_at_the_end_of_time_is_fresh() -> None:
    assert usable(adresse(sist_verifisert=datetime(9999, 12, 31, tzinfo=UTC)), LAST)


@settings(deadline=None)
@given(moments(), st.integers(0, 800), st.integers(0, 800))
def test_an_address_that_is_too_old_stays_so(verified: datetime, some: int, more: int) -> None:
    first = usable(adresse(sist_verifisert=verified), verified + timedelta(days=some))
    later = usable(adresse(sist_verifisert=verified), verified + timedelta(days=some + more))

    assert first is not None or later is None
