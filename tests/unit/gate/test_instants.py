from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sdp.gate import EARLIEST, LATEST, NoOffsetError, bounded, read_instant

_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 30), timezones=_OFFSETS))  # noqa: DTZ001
def test_an_instant_is_read_as_it_was_written(moment: datetime) -> None:
    read = read_instant(moment.isoformat())

    assert (read, read.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-31t12:00:00z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00-00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T24:00:00.0Z", datetime(2026, 2, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T00:59:60.5+01:00", datetime(2017, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        ("2026-01-31T12:00:00.1234567890Z", datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", EARLIEST),
    ],
)
def test_an_instant_may_be_written_in_each_way_of_the_standards(
    written: str, moment: datetime
) -> None:
    assert read_instant(written) == moment


@pytest.mark.parametrize(
    "written",
    [
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T24:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:59:59+01:00",
        "2999-12-31T23:59:59-00:01",
        "2999-12-31T23:59:60Z",
        "3000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_an_instant_outside_the_years_1970_to_2999_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must"):
        read_instant(written)


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-31",
        "2026-01-31 12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T24:00:01Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+14:01",
        "2026-01-31T12:00:00+01:60",
        "2026-01-31T12:00:00+0100",
        "2026-W05-6T12:00:00Z",
        "20260131T120000Z",
        "12026-01-31T12:00:00Z",
        "-2026-01-31T12:00:00Z",
        "\uff12026-01-31T12:00:00Z",
        "2026-01-31T12:00:00Z\n",
        "2026-01-31T12:00:00,5Z",
        "now",
        "",
    ],
)
def test_another_text_is_no_instant(written: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        read_instant(written)

    assert not isinstance(caught.value, NoOffsetError)


def test_an_instant_without_offset_is_told_apart() -> None:
    with pytest.raises(NoOffsetError, match="offset"):
        read_instant("2022-03-30T09:20:59")


@given(st.text() | st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:.]{8}[-+][0-9:]{5}"))
@example("9999-12-31T23:59:60-14:00")
def test_an_instant_that_is_read_can_be_told_in_every_time_zone(written: str) -> None:
    try:
        moment = read_instant(written)
    except ValueError:
        return
    for hours in (-23, 0, 23):
        moment.astimezone(timezone(timedelta(hours=hours)))
    assert EARLIEST <= moment < LATEST


@pytest.mark.parametrize(
    "moment",
    [
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime(2026, 1, 1),  # noqa: DTZ001
        LATEST,
    ],
)
def test_an_instant_that_others_have_read_is_bounded_too(moment: datetime) -> None:
    with pytest.raises(ValueError, match="must"):
        bounded(moment)
