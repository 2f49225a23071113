"""The receipts that wait to be fetched: listed until they are marked as read."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.testmiljo.records import Nowhere

if TYPE_CHECKING:
    from sdp.testmiljo.queues import Queue
    from sdp.testmiljo.records import Records

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
