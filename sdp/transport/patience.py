"""Asks again when the other side is busy, as long as it says and not for ever."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from sdp.errors import WireError
from sdp.transport.exchange import ConnectionLostError, HttpResponse, no_answer
from sdp.transport.flow import wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.transport.exchange import Exchange, HttpRequest
    from sdp.transport.flow import Flow

T = TypeVar("T")

MOST_ATTEMPTS: Final = 4
LONGEST_WAIT_SECONDS: Final = 60.0
"""How long all waits before one answer may be together."""

_BUSY: Final = frozenset({429, 503})
_SECONDS: Final = re.compile("[0-9]{1,9}")

Attempt: TypeAlias = HttpResponse | ConnectionLostError
"""What came of one attempt; the error where the connection was lost."""


def attempt(request: HttpRequest) -> Exchange[Attempt]:
    """Make a request once."""
    try:
        return (yield request)
    except ConnectionLostError as lost:
        return lost


def patiently(
    ask: Callable[[], Flow[Attempt]],
    read: Callable[[HttpResponse], T],
    clock: Callable[[], datetime],
    *,
    whom: str,
) -> Flow[T]:
    """Make a request that is safe to repeat until it is answered, and read the answer.

    Repeated is what met status 429 or 503, after the time in Retry-After, and what met a lost
    connection.

    Args:
        ask: makes the request, anew each time.
        read: reads the answer, be it yes or no, and raises what it says no with.
        clock: tells the time; aware.
        whom: who is asked, in the words of an error.

    Raises:
        WireError: the connection was lost at the last attempt; or what `read` raises. Where the
            other side is busy and says until when, `retry_after` tells.
    """
    waited = 0.0
    for number in range(MOST_ATTEMPTS):
        came = yield from ask()
        said = _said(came, clock)
        pause = 2.0**number if said is None else said
        last = number + 1 == MOST_ATTEMPTS or waited + pause > LONGEST_WAIT_SECONDS
        if last or not _passes(came):
            break
        waited += pause
        yield from wait(pause)
    if isinstance(came, ConnectionLostError):
        raise no_answer(whom, came) from came
    try:
        return read(came)
    except WireError as error:
        if _passes(came):
            error.retry_after = said
        raise


def _passes(came: Attempt) -> bool:
    return isinstance(came, ConnectionLostError) or came.status in _BUSY


def _said(came: Attempt, clock: Callable[[], datetime]) -> float | None:
    if isinstance(came, ConnectionLostError):
        return None
    written = came.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(written):
        return float(written)
    try:
        until = parsedate_to_datetime(written)
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        return max(0.0, (until - clock()).total_seconds())
    except (ValueError, OverflowError):
        return None
