"""Points in time as ebMS writes and reads them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from sdp.errors import UnreadableAnswerError, naive_moment
from sdp.gate import instants

if TYPE_CHECKING:
    from datetime import datetime


def write_instant(moment: datetime) -> str:
    """Write an aware datetime in UTC with milliseconds (RFC 3339), whatever the locale.

    Raises:
        InvalidInputError: the datetime is naive.
    """
    if moment.tzinfo is None:
        raise naive_moment()
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_instant(text: str) -> datetime:
    """Read an xsd:dateTime that says its time zone.

    Raises:
        UnreadableAnswerError: it is something else, or outside the years 1970 to 2999.
    """
    try:
        return instants.read_instant(text)
    except ValueError as rule:
        raise UnreadableAnswerError(f"A time in the answer {rule}.") from None
