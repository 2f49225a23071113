"""The queues of receipts: given in order, hidden for a while, given again until confirmed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

T = TypeVar("T")

_MAX_WAITING = 10_000
_MAX_CONFIRMED = 10_000


@dataclass(frozen=True, slots=True)
class Queue:
    """Which queue: a databehandler's own, for one mpc such as `urn:normal:abc`."""

    databehandler: str
    mpc: str


@dataclass(slots=True)
class QueuedReceipt:
    """A receipt until it is confirmed.

    Attributes:
        sbd: the signed business message.
        message_id: the transport's id, the same each time it is given.
        body_digest: the digest of the SOAP body it was last given in.
        given: how many times it has been given.
        hidden_until: before this it is not given again.
    """

    queue: Queue
    sbd: bytes = field(repr=False)
    message_id: str = field(default_factory=lambda: str(uuid4()))
    body_digest: str = ""
    given: int = 0
    hidden_until: datetime | None = None


class Queues:
    """Every queue of the broker. Safe to share between threads.

    At most 10 000 receipts wait at once; beyond that the oldest is dropped.
    """

    def __init__(self, clock: Callable[[], datetime], hidden_for: timedelta) -> None:
        self._clock = clock
        self._hidden_for = hidden_for
        self._waiting: OrderedDict[str, QueuedReceipt] = OrderedDict()
        self._confirmed: OrderedDict[str, Queue] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, queue: Queue, sbd: bytes) -> QueuedReceipt:
        """Put a receipt last in its queue."""
        receipt = QueuedReceipt(queue, sbd)
        with self._lock:
            self._waiting[receipt.message_id] = receipt
            _bound(self._waiting, _MAX_WAITING)
        return receipt

    def take(self, queue: Queue) -> QueuedReceipt | None:
        """Hand out the first receipt that is not hidden, and hide it from now."""
        now = self._clock()
        with self._lock:
            for receipt in self._waiting.values():
                if receipt.queue == queue and (
                    receipt.hidden_until is None or receipt.hidden_until <= now
                ):
                    receipt.hidden_until = now + self._hidden_for
                    receipt.given += 1
                    return receipt
        return None

    def given_to(self, databehandler: str, message_id: str) -> QueuedReceipt | None:
        """Find a receipt that the databehandler has been given and not confirmed."""
        with self._lock:
            receipt = self._waiting.get(message_id)
        if receipt is None or not receipt.given or receipt.queue.databehandler != databehandler:
            return None
        return receipt

    def was_confirmed(self, databehandler: str, message_id: str) -> bool:
        """Tell whether the databehandler has confirmed this receipt before."""
        with self._lock:
            queue = self._confirmed.get(message_id)
        return queue is not None and queue.databehandler == databehandler

    def confirm(self, receipt: QueuedReceipt) -> None:
        """Take a receipt off its queue for good."""
        with self._lock:
            self._waiting.pop(receipt.message_id, None)
            self._confirmed[receipt.message_id] = receipt.queue
            _bound(self._confirmed, _MAX_CONFIRMED)

    @property
    def waiting(self) -> tuple[QueuedReceipt, ...]:
        """Every receipt that is not confirmed, hidden or not, oldest first."""
        with self._lock:
            return tuple(self._waiting.values())


def _bound(items: OrderedDict[str, T], limit: int) -> None:
    while len(items) > limit:
        items.popitem(last=False)
