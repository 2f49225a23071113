from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given

import sdp.ebms
import sdp.wss
from sdp.errors import InvalidInputError, UnreadableAnswerError
from sdp.wss import read_instant, write_instant
from tests.strategies import tidspunkter


@given(tidspunkter())
def test_an_instant_is_read_as_it_was_written_to_the_millisecond(moment: datetime) -> None:
    again = read_instant(write_instant(moment))

    assert timedelta(0) <= moment - again < timedelta(milliseconds=1)


def test_an_instant_is_written_in_utc_with_milliseconds() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=timezone(timedelta(hours=2)))

    assert write_instant(moment) == "2026-01-02T01:04:05.006Z"


def test_nothing_on_the_wire_is_written_as_the_locale_has_it() -> None:
    rooms = [Path(str(room.__file__)).parent for room in (sdp.ebms, sdp.wss)]
    files = [file for room in rooms for file in room.glob("*.py")]

    assert len(files) > 10
    assert not [file for file in files if "strftime" in file.read_text("utf-8")]


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="aware"):
        write_instant(datetime(2026, 1, 1))  # noqa: DTZ001


def test_more_digits_than_a_clock_has_are_read() -> None:
    assert read_instant("2026-01-02T03:04:05.123456789Z") == datetime(
        2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-13-02T03:04:05Z",
        "2026-01-02T25:04:05Z",
        "20260102T030405Z",
        "2026-W01-1T03:04:05Z",
        "2026-01-02 03:04:05Z",
        "\uff12026-01-02T03:04:05Z",
    ],
)
def test_anything_but_an_xsd_datetime_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_instant(text)
