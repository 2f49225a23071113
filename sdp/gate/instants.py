"""Instants from outside: RFC 3339 and xsd:dateTime, with an offset, in the years 1970 to 2999."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)
"""The first instant that is too late. All before it can be told in every time zone."""

# RFC 3339, section 5.6, lets T and Z be lower case.
_DATE_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):(\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_WIDEST: Final = timedelta(hours=14)
_FORM: Final = "must be a date and time, such as 2026-01-31T12:00:00+01:00"


class NoOffsetError(ValueError):
    """A date and time that does not say its offset from UTC."""


def read_instant(written: str) -> datetime:
    """Read a date and time with its offset. All beyond microseconds is cut off.

    24:00:00 is midnight at the end of the day (xsd:dateTime), and a leap second is the second after
    it (RFC 3339, appendix D).

    Returns:
        An aware datetime, at the offset that was written.

    Raises:
        NoOffsetError: the offset is missing; the text is the rule.
        ValueError: it is something else, or lies outside the years 1970 to 2999.
    """
    match = _DATE_TIME.fullmatch(written)
    if match is None:
        raise ValueError(_FORM)
    zone = _zone(match)
    try:
        return bounded(_local(match).replace(tzinfo=zone))
    except OverflowError:
        raise _out_of_bounds() from None


def bounded(moment: datetime) -> datetime:
    """Return an instant unchanged, if it can be relied on.

    Raises:
        NoOffsetError: it is naive; the text is the rule.
        ValueError: it lies outside the years 1970 to 2999.
    """
    if moment.utcoffset() is None:
        raise NoOffsetError("must say its offset from UTC")
    if not EARLIEST <= moment < LATEST:
        raise _out_of_bounds()
    return moment


def _local(match: re.Match[str]) -> datetime:
    day, hour, minute, second, fraction = match.group(1, 2, 3, 4, 5)
    extra = timedelta(microseconds=int((fraction or "")[:6].ljust(6, "0")))
    if (hour, minute, second) == ("24", "00", "00") and not extra:
        hour, extra = "00", timedelta(days=1)
    elif (minute, second) == ("59", "60"):
        second, extra = "59", extra + timedelta(seconds=1)
    try:
        return datetime.fromisoformat(f"{day}T{hour}:{minute}:{second}") + extra
    except ValueError:
        raise ValueError(_FORM) from None


def _zone(match: re.Match[str]) -> timezone:
    zulu, sign, hours, minutes = match.group(6, 7, 8, 9)
    if zulu:
        return UTC
    if not sign:
        raise NoOffsetError("must say its offset from UTC, such as Z or +01:00")
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    if int(minutes) > 59 or distance > _WIDEST:
        raise ValueError("must have an offset from UTC of at most 14 hours")
    return timezone(-distance if sign == "-" else distance)


def _out_of_bounds() -> ValueError:
    return ValueError("must lie in the years 1970 to 2999")
