"""Receipts that wait for their sender: queues on the ebMS wire, one inbox on the DPI wire.

A receipt is written and signed when somebody first reads it, be it its sender, a state file or the
web page: most of what a letter costs would else be a receipt that nobody may ever fetch. What it
says, its moment and its ids are those of when it was put there.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from sdp.testmiljo.world.state import Nowhere

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sdp.testmiljo.world.state import Records


T = TypeVar("T")

_MAX_WAITING = 50_000
_MAX_CONFIRMED = 10_000


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: a databehandler's own, for one mpc such as `urn:normal:abc`."""

    databehandler: str
    mpc: str


@dataclass(slots=True)
class QueuedReceipt:
    """A receipt until it is confirmed.

    Attributes:
        signed: the signed business message, or what writes and signs it.
        message_id: the transport's id, the same each time it is given.
        body_digest: the digest of the SOAP body it was last given in.
        given: how many times it has been given.
        hidden_until: before this it is not given again.
    """

    queue: Queue
    signed: bytes | Callable[[], bytes] = field(repr=False, compare=False)
    message_id: str = field(default_factory=lambda: str(uuid4()))
    body_digest: str = ""
    given: int = 0
    hidden_until: datetime | None = None
    konversasjons_id: str = ""

    @property
    def sbd(self) -> bytes:
        """The signed business message."""
        if callable(self.signed):
            self.signed = self.signed()
        return self.signed


class Queues:
    """Every queue of the broker. Safe to share between threads.

    At most 50 000 receipts wait at once; beyond that the oldest is dropped.

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
        self._order = count()
        self._ready: dict[Queue, list[tuple[int, str]]] = {}
        self._hidden: dict[Queue, deque[tuple[int, str]]] = {}
        for receipt in self._waiting.values():
            self._enqueue(receipt)

    def put(
        self, queue: Queue, sbd: bytes | Callable[[], bytes], konversasjons_id: str = ""
    ) -> QueuedReceipt:
        """Put a receipt last in its queue: a business message, or what writes and signs it."""
        receipt = QueuedReceipt(queue, sbd, konversasjons_id=konversasjons_id)
        with self._lock:
            self._kept_waiting.put(receipt.message_id, receipt)
            self._waiting[receipt.message_id] = receipt
            self._enqueue(receipt)
            _bound(self._waiting, _MAX_WAITING, self._kept_waiting)
        return receipt

    def take(self, queue: Queue) -> QueuedReceipt | None:
        """Hand out the first receipt that is not hidden, and hide it from now."""
        now = self._clock()
        with self._lock:
            self._show_again(queue, now)
            ready = self._ready.get(queue, [])
            while ready:
                place, message_id = heappop(ready)
                receipt = self._waiting.get(message_id)
                if receipt is not None:
                    receipt.hidden_until = now + self._hidden_for
                    receipt.given += 1
                    self._hidden.setdefault(queue, deque()).append((place, message_id))
                    self._kept_waiting.put(message_id, receipt)
                    return receipt
        return None

    def _enqueue(self, receipt: QueuedReceipt) -> None:
        place = (next(self._order), receipt.message_id)
        if receipt.hidden_until is None:
            heappush(self._ready.setdefault(receipt.queue, []), place)
        else:
            self._hidden.setdefault(receipt.queue, deque()).append(place)

    def _show_again(self, queue: Queue, now: datetime) -> None:
        """Put what is hidden no more back in its place; the longest hidden stand first."""
        hidden = self._hidden.get(queue, deque())
        while hidden:
            receipt = self._waiting.get(hidden[0][1])
            if receipt is not None and receipt.hidden_until and receipt.hidden_until > now:
                return
            place = hidden.popleft()
            if receipt is not None:
                heappush(self._ready.setdefault(queue, []), place)

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


_MAX_READ = 100


@dataclass(slots=True)
class Innmelding:
    """A message that waits for a sender.

    Attributes:
        message_id: the id that it is listed and marked as read under.
        queue: whose it is, and the kanal of the letter it is about in lower case; "" is none.
        avsender: the organisation that letter is from.
        avsenderidentifikator: the part of it, where the letter names one.
        signed: the signed business message, or what writes and signs it.
    """

    message_id: str
    queue: Queue
    avsender: str
    avsenderidentifikator: str | None
    signed: str | Callable[[], str] = field(repr=False, compare=False)
    konversasjons_id: str = ""

    @property
    def jws(self) -> str:
        """The signed business message, in compact form."""
        if callable(self.signed):
            self.signed = self.signed()
        return self.signed


@dataclass(frozen=True, slots=True)
class Reader:
    """Reader of receipts: a databehandler, for all it has sent or for one avsender alone."""

    databehandler: str
    avsender: str | None = None

    def may_read(self, message: Innmelding) -> bool:
        """Tell whether the message is the reader's."""
        is_own = message.queue.databehandler == self.databehandler
        return is_own and self.avsender in (None, message.avsender)


class Innboks:
    """Every message that waits. Safe to share between threads.

    At most 50 000 wait at once; beyond that the oldest is dropped.

    Args:
        messages: where those that wait are kept.
        read: where those that were read lately are kept.
    """

    def __init__(
        self,
        messages: Records[Innmelding] | None = None,
        read: Records[Innmelding] | None = None,
    ) -> None:
        self._kept_waiting = messages or Nowhere()
        self._kept_read = read or Nowhere()
        self._waiting = OrderedDict(self._kept_waiting.all())
        self._read = OrderedDict(self._kept_read.all())
        self._lock = self._kept_waiting.lock

    def put(self, message: Innmelding) -> Innmelding:
        """Put a message last."""
        with self._lock:
            self._kept_waiting.put(message.message_id, message)
            self._waiting[message.message_id] = message
            while len(self._waiting) > _MAX_WAITING:
                oldest, _ = self._waiting.popitem(last=False)
                self._kept_waiting.drop(oldest)
        return message

    def listed(
        self, reader: Reader, *, kanal: str | None = None, avsenderidentifikator: str | None = None
    ) -> tuple[Innmelding, ...]:
        """List what waits for a reader, oldest first.

        Args:
            reader: who asks.
            kanal: in lower case; None lists every channel.
            avsenderidentifikator: None lists every one.
        """
        return tuple(
            message
            for message in self.waiting
            if reader.may_read(message)
            and kanal in (None, message.queue.mpc)
            and avsenderidentifikator in (None, message.avsenderidentifikator)
        )

    def find(self, reader: Reader, message_id: str) -> Innmelding | None:
        """Find a message that waits for the reader."""
        with self._lock:
            message = self._waiting.get(message_id)
        return message if message is not None and reader.may_read(message) else None

    def mark_read(self, message: Innmelding) -> bool:
        """Take a message off the list; False where it is off already."""
        with self._lock:
            if self._waiting.pop(message.message_id, None) is None:
                return False
            self._kept_waiting.drop(message.message_id)
            self._note_read(message)
        return True

    def last_read(self, reader: Reader) -> Innmelding | None:
        """Return the message that the reader marked as read last, if it is not long ago."""
        with self._lock:
            read = tuple(self._read.values())
        return next((message for message in reversed(read) if reader.may_read(message)), None)

    @property
    def waiting(self) -> tuple[Innmelding, ...]:
        """Every message that has not been marked as read, oldest first."""
        with self._lock:
            return tuple(self._waiting.values())

    def _note_read(self, message: Innmelding) -> None:
        self._forget_read(message.message_id)  # or it would have the place of the first time
        while len(self._read) >= _MAX_READ:
            self._forget_read(next(iter(self._read)))
        self._kept_read.put(message.message_id, message)
        self._read[message.message_id] = message

    def _forget_read(self, message_id: str) -> None:
        self._kept_read.drop(message_id)
        self._read.pop(message_id, None)
