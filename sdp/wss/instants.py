"""Points in time as the wire writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sdp.errors import UnreadableAnswerError, naive_moment

_XSD_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


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
        UnreadableAnswerError: it is something else.
    """
    if _XSD_DATE_TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise UnreadableAnswerError("A time in the answer is not an xsd:dateTime with a time zone.")
