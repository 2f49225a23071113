"""The retry policy of a loop that follows a queue which cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.errors import Retry
from sdp.transport.effects import Done, Emit, resume

if TYPE_CHECKING:
    from sdp.errors import WireError
    from sdp.transport.effects import Flow

PAUSES: Final = (1.0, 5.0, 30.0, 60.0, 300.0, *[600.0] * 5)
"""Seconds before each new try: not quite an hour together."""


class Patience:
    """Counts failures in a row; whatever comes of the queue in between ends the row."""

    def __init__(self) -> None:
        self._failures = 0

    def watched(self, flow: Flow[None]) -> Flow[None]:
        """Run a flow as it is, and take note when it hands something out or comes to its end."""
        try:
            came = resume(flow)
            while not isinstance(came, Done):
                if isinstance(came, Emit):
                    self._failures = 0
                try:
                    result = yield came
                except Exception as failure:
                    came = resume(flow, failure=failure)
                else:
                    came = resume(flow, result)
        finally:
            flow.close()
        self._failures = 0

    def pause_after(self, error: WireError) -> float | None:
        """Seconds until the next try; None where another is no use, or enough were made."""
        if error.retry is not Retry.LATER or self._failures == len(PAUSES):
            return None
        pause = PAUSES[self._failures]
        self._failures += 1
        return max(pause, error.retry_after or 0.0)
