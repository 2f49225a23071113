"""Fetches answers within a time limit, and leaves alone for a while those who give none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from sdp.errors import UnreadableAnswerError, WireError
from sdp.pki.revocation_cache import Cache
from sdp.pki.revocation_status import NoAnswerError, UntrustedAnswerError

if TYPE_CHECKING:
    from datetime import datetime

_log = logging.getLogger("sdp.pki")

_REMEMBERED_SILENCES = 256


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to fetch over HTTP: by POST where there is content to send, else by GET.

    Attributes:
        url: where from.
        timeout_seconds: how long the whole of it may take.
        max_bytes: how large the answer may be.
    """

    url: str
    timeout_seconds: float
    max_bytes: int
    content: bytes | None = field(default=None, repr=False)
    content_type: str = ""


Fetch: TypeAlias = Callable[[FetchRequest], bytes]
"""Returns the body of an answer with status 200.

Raises `UnreadableAnswerError` for an answer that breaks the limits, and another `WireError` or an
`OSError` where none came in time.
"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to be done, by a clock that nobody sets. In seconds."""

    at: float
    monotonic: Callable[[], float]

    @property
    def remaining(self) -> float:
        """The seconds left; 0 when there are none."""
        return max(0.0, self.at - self.monotonic())


class Fetcher:
    """Fetches, and remembers for `quiet_seconds` which addresses did not answer."""

    def __init__(
        self,
        fetch: Fetch,
        *,
        clock: Callable[[], datetime],
        request_seconds: float,
        quiet_seconds: float,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._request_seconds = request_seconds
        self._quiet = timedelta(seconds=quiet_seconds)
        self._silent: Cache[str, str] = Cache(_REMEMBERED_SILENCES)

    def fetch(
        self,
        url: str,
        deadline: Deadline,
        *,
        max_bytes: int,
        content: bytes | None = None,
        content_type: str = "",
    ) -> bytes:
        """Fetch one answer.

        Raises:
            NoAnswerError: none came in time, or none did a moment ago.
            UntrustedAnswerError: one came that is too large, or leads astray.
        """
        words = self._silent.kept(url, self._clock())
        if words is not None:
            raise NoAnswerError(f"{words}, a moment ago")
        timeout = min(deadline.remaining, self._request_seconds)
        if timeout <= 0:
            raise NoAnswerError("there was no time left to ask")
        request = FetchRequest(url, timeout, max_bytes, content, content_type)
        try:
            return self._fetch(request)
        except UnreadableAnswerError as error:
            raise UntrustedAnswerError(_clause(error.message)) from error
        except (WireError, OSError) as error:
            words = _clause(error.message if isinstance(error, WireError) else str(error))
            _log.warning("no answer about revocation from %s: %s", url, words)
            self._silent.keep(url, words, self._clock() + self._quiet)
            raise NoAnswerError(words) from error


def _clause(sentence: str) -> str:
    return sentence.rstrip(".")
