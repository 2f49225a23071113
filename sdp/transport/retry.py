"""Retries of requests that are safe to repeat: once after a cut, or with backoff."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from sdp.errors import ConfigurationError, Retry, SdpError, WireError
from sdp.transport.effects import Sleep
from sdp.transport.request import ConnectionLostError, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpRequest

T = TypeVar("T")

MAX_ATTEMPTS: Final = 4
MAX_BACKOFF_SECONDS: Final = 60.0
"""How long all waits before one answer may be together."""

_BUSY: Final = frozenset({429, 503})
_SECONDS: Final = re.compile("[0-9]{1,9}")

Attempt: TypeAlias = HttpResponse | ConnectionLostError
"""The answer to one attempt; the error where the connection was lost."""


def no_answer(whom: str, lost: ConnectionLostError) -> WireError:
    """Make the error of an idempotent request that was not answered."""
    return WireError(
        f"No answer came from {whom}: {lost}.",
        remedy="Try again; nothing is lost.",
        retry=Retry.LATER,
    )


def retry_if_cut(request: Callable[[], HttpRequest]) -> Flow[HttpResponse]:
    """Make an idempotent request, and once more if the connection was cut.

    Args:
        request: makes the request; called again for the second attempt.

    Raises:
        NotSentError, ConnectionLostError: as any request.
    """
    try:
        response: HttpResponse = yield request()
    except ConnectionLostError as lost:
        if not lost.is_cut:
            raise
        response = yield request()
    return response


def attempt(request: HttpRequest) -> Flow[Attempt]:
    """Make a request once."""
    try:
        response: HttpResponse = yield request
    except ConnectionLostError as lost:
        return lost
    return response


def retry_with_backoff(
    ask: Callable[[], Flow[Attempt]],
    read: Callable[[HttpResponse], T],
    clock: Callable[[], datetime],
    *,
    whom: str,
) -> Flow[T]:
    """Make an idempotent request until it is answered, and read the answer.

    Retried are status 429 and 503, after the time in Retry-After, and a lost connection.

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
    for number in range(MAX_ATTEMPTS):
        came = yield from ask()
        if isinstance(came, ConnectionLostError):
            said = None
        elif came.status in _BUSY:
            said = retry_after(came, clock)
        else:
            return read(came)
        pause = 2.0**number if said is None else said
        waited += pause
        if number + 1 == MAX_ATTEMPTS or waited > MAX_BACKOFF_SECONDS:
            break
        yield Sleep(pause)
    if isinstance(came, ConnectionLostError):
        raise no_answer(whom, came) from came
    try:
        return read(came)
    except WireError as error:
        error.retry_after = said
        raise


def check_retries(retries: object) -> int:
    """Return a number of retries unchanged.

    Raises:
        ConfigurationError: it is no whole number from 0.
    """
    if not isinstance(retries, int) or retries < 0:
        raise ConfigurationError("retries must be a whole number, and not below 0.")
    return retries


def retry_later(make: Callable[[], Flow[T]], retries: int, chance: Callable[[], float]) -> Flow[T]:
    """Run a flow, and again after errors that say the same may succeed later.

    That is what certainly changed nothing: a letter that was not sent or not accepted, a question
    without an answer. An unknown outcome is none of it.

    Args:
        make: makes the flow anew.
        retries: how many more times at most; 0 runs it once.
        chance: a number from 0 to 1, for jitter: many clients must not come back together.

    Raises:
        SdpError: the last failure, or one that is not to be retried.
    """
    for number in range(retries):
        try:
            return (yield from make())
        except SdpError as error:
            said = error.retry_after if isinstance(error, WireError) else None
            if error.retry is not Retry.LATER or (said or 0.0) > MAX_BACKOFF_SECONDS:
                raise
            backoff = min(2.0**number, MAX_BACKOFF_SECONDS) * (0.5 + chance() / 2)
            yield Sleep(max(backoff, said or 0.0))
    return (yield from make())


def retry_after(
    response: HttpResponse, clock: Callable[[], datetime] | None = None
) -> float | None:
    """Read Retry-After, in seconds from now; None where it is absent or unreadable.

    Args:
        response: the answer.
        clock: tells what time it is, where the header has a date; without it, the answer's own
            Date does, which is by the same clock.
    """
    written = response.headers.get("retry-after", "").strip()
    if not written:
        return None
    if _SECONDS.fullmatch(written):
        return float(written)
    try:
        now = clock() if clock else _read_date(response.headers.get("date", ""))
        return max(0.0, (_read_date(written) - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def _read_date(written: str) -> datetime:
    date = parsedate_to_datetime(written)
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
