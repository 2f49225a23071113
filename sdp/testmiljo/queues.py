"""The queues of receipts: given in order, hidden for a while, given again until confirmed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from sdp.testmiljo.records import Nowhere

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sdp.testmiljo.records import Records

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

    Args:
        clock: tells the time; aware.
        hidden_for: how long a receipt is hidden once it is given.
        receipts: where those that wait are kept.
        confirmed: where is kept which queue each confirmed one was in.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        hidden_for: timedelta,
        *,
        receipts: Records[QueuedReceipt] | None = None,
        confirmed: Records[Queue] | None = None,
    ) -> None:
        self._clock = clock
        self._hidden_for = hidden_for
        self._kept_waiting = receipts or Nowhere()
        self._kept_confirmed = confirmed or Nowhere()
        self._waiting = OrderedDict(self._kept_waiting.all())
        self._confirmed = OrderedDict(self._kept_confirmed.all())
        self._lock = self._kept_waiting.lock

    def put(self, queue: Queue, sbd: bytes) -> QueuedReceipt:
        """Put a receipt last in its queue."""
        receipt = QueuedReceipt(queue, sbd)
        with self._lock:
            self._kept_waiting.put(receipt.message_id, receipt)
            self._waiting[receipt.message_id] = receipt
            _bound(self._waiting, _MAX_WAITING, self._kept_waiting)
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
                    self._kept_waiting.put(receipt.message_id, receipt)
                    return receipt
        return None

    def note_body(self, receipt: QueuedReceipt, digest: str) -> None:
        """Note the digest of the SOAP body that a receipt is being given in."""
        with self._lock:
            receipt.body_digest = digest
            if receipt.message_id in self._waiting:
                self._kept_waiting.put(receipt.message_id, receipt)

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
            self._kept_confirmed.put(receipt.message_id, receipt.queue)
            self._kept_waiting.drop(receipt.message_id)
            self._waiting.pop(receipt.message_id, None)
            self._confirmed[receipt.message_id] = receipt.queue
            _bound(self._confirmed, _MAX_CONFIRMED, self._kept_confirmed)

    @property
    def waiting(self) -> tuple[QueuedReceipt, ...]:
        """Every receipt that is not confirmed, hidden or not, oldest first."""
        with self._lock:
            return tuple(self._waiting.values())


def _bound(items: OrderedDict[str, T], limit: int, kept: Records[T]) -> None:
    while len(items) > limit:
        oldest, _ = items.popitem(last=False)
        kept.drop(oldest)
