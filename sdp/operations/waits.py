"""The rest of empty queues: polled again when it is over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.wire import ReceiptQueue, Wire


class Waits:
    """When each queue was last found empty, and how long to leave it alone after that."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._empty_since: dict[ReceiptQueue, datetime] = {}
        self._lock = threading.Lock()

    def note_empty(self, queue: ReceiptQueue, moment: datetime) -> None:
        """Remember that a queue was empty."""
        with self._lock:
            self._empty_since[queue] = moment

    def remaining(self, queue: ReceiptQueue, moment: datetime) -> float:
        """Seconds until the queue may be asked again; 0 if it may be asked now."""
        with self._lock:
            since = self._empty_since.get(queue)
        if since is None:
            return 0.0
        left = since + self._wire.rest(queue) - moment
        return max(0.0, left.total_seconds())
