"""Points in time as xsd:dateTime can carry them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

_MINUTE = timedelta(minutes=1)
_WIDEST = timedelta(hours=14)


def aware(moment: datetime) -> datetime:
    """Return the moment unchanged.

    Raises:
        ValueError: it has no time zone, or one that xsd:dateTime cannot carry.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("must say its time zone, such as datetime(..., tzinfo=UTC)")
    if offset % _MINUTE or abs(offset) > _WIDEST:
        raise ValueError("must have a UTC offset of whole minutes, at most 14 hours")
    return moment


Tidspunkt = Annotated[datetime, AfterValidator(aware)]
"""An aware datetime; its `isoformat()` is valid as RFC 3339 and as xsd:dateTime."""
