"""The receipts that wait to be fetched: listed until they are marked as read."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.testmiljo.queues import Queue

_MAX_WAITING = 10_000
_MAX_READ = 100


@dataclass(frozen=True, slots=True)
class Innmelding:
    """A message that waits for a sender.

    Attributes:
        message_id: the id that it is listed and marked as read under.
        queue: whose it is, and the kanal of the letter it is about in lower case; "" is none.
        avsender: the organisation that letter is from.
        avsenderidentifikator: the part of it, where the letter names one.
        jws: the signed business message.
    """

    message_id: str
    queue: Queue
    avsender: str
    avsenderidentifikator: str | None
    jws: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a databehandler, for all it has sent or for one avsender's letters alone."""

    databehandler: str
    avsender: str | None = None

    def may_read(self, message: Innmelding) -> bool:
        """Tell whether the message is the reader's."""
        is_own = message.queue.databehandler == self.databehandler
        return is_own and self.avsender in (None, message.avsender)


class Innboks:
    """Every message that waits. Safe to share between threads.

    At most 10 000 wait at once; beyond that the oldest is dropped.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Innmelding] = OrderedDict()
        self._read: deque[Innmelding] = deque(maxlen=_MAX_READ)
        self._lock = threading.Lock()

    def put(self, message: Innmelding) -> Innmelding:
        """Put a message last."""
        with self._lock:
            self._waiting[message.message_id] = message
            while len(self._waiting) > _MAX_WAITING:
                self._waiting.popitem(last=False)
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
            self._read.append(message)
        return True

    def last_read(self, reader: Reader) -> Innmelding | None:
        """Return the message that the reader marked as read last, if it is not long ago."""
        with self._lock:
            read = tuple(self._read)
        return next((message for message in reversed(read) if reader.may_read(message)), None)

    @property
    def waiting(self) -> tuple[Innmelding, ...]:
        """Every message that has not been marked as read, oldest first."""
        with self._lock:
            return tuple(self._waiting.values())
