"""Asks again when the register is busy, as long as it says and not for ever."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from sdp._http.exchange import HttpResponse
from sdp._http.flow import wait
from sdp.errors import Retry, WireError
from sdp.krr._refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp._http.flow import Flow

MOST_ATTEMPTS: Final = 4
LONGEST_WAIT_SECONDS: Final = 60.0
"""How long all waits before one answer may be together."""

_BUSY: Final = frozenset({429, 503})
_SECONDS: Final = re.compile("[0-9]{1,9}")

Attempt: TypeAlias = HttpResponse | None
"""What came of one attempt; None where the connection was lost."""


def patiently(
    attempt: Callable[[], Flow[Attempt]], clock: Callable[[], datetime]
) -> Flow[HttpResponse]:
    """Make a request that is safe to repeat until the register answers with success.

    Repeated is what met status 429 or 503, after the time in Retry-After, and what met a lost
    connection.

    Raises:
        ProblemError: the register refused, or was busy at each attempt or for too long.
        WireError: the connection was lost at the last attempt.
    """
    waited = 0.0
    for number in range(MOST_ATTEMPTS):
        response = yield from attempt()
        if response is not None and 200 <= response.status < 300:
            return response
        pause = _pause(response, 2.0**number, clock)
        if pause is None or number + 1 == MOST_ATTEMPTS or waited + pause > LONGEST_WAIT_SECONDS:
            break
        waited += pause
        yield from wait(pause)
    raise _error(response)


def _pause(
    response: HttpResponse | None, otherwise: float, clock: Callable[[], datetime]
) -> float | None:
    if response is None:
        return otherwise
    if response.status not in _BUSY:
        return None
    said = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return otherwise
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - clock()).total_seconds())


def _error(response: HttpResponse | None) -> WireError:
    if response is not None:
        return refusal(response)
    error = WireError(
        "No answer came from the contact register.", remedy="Try again; nothing is lost."
    )
    error.retry = Retry.LATER
    return error
