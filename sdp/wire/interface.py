"""Protocol of a wire, and the values that go between it and the client."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from sdp.domain import SendResultat
from sdp.domain._verdi import with_checked
from sdp.errors import AlreadyReceivedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from sdp.dokumentpakke import Profile
    from sdp.domain import Forsendelse, Kvittering, Kvitteringsreferanse, Prioritet
    from sdp.errors import SdpError
    from sdp.pki import Grounds, Signer, TrustStore
    from sdp.transport.effects import Flow


class Package(Protocol):
    """Packed dokumentpakke, as far as a wire needs it."""

    @property
    def size(self) -> int:
        """The number of bytes."""

    @property
    def fingerprint(self) -> bytes:
        """The SHA-256 of the encrypted package."""

    @property
    def billable_bytes(self) -> int:
        """The sizes of its files before compression, summed."""

    @property
    def is_closed(self) -> bool:
        """True once the bytes have been let go of."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the content from the start, piece by piece."""

    def close(self) -> None:
        """Release the bytes."""


def with_grounds(kvittering: Kvittering, grounds: Grounds) -> Kvittering:
    """Return a receipt together with what it was verified with."""
    # What it says was checked when it was read, and the rest comes from the trust store.
    return with_checked(
        kvittering, sertifikater=grounds.certificates, tilbakekallingssvar=grounds.answers
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMessage:
    """A message that may have been sent. Close it when it is known whether it was accepted.

    It holds the encrypted package, in memory or in a temporary file, until it is closed.

    Attributes:
        meldings_id: the id of the letter.
        konversasjons_id: the id that its receipts will carry.
        message_id: the transport's id of the message.
        sent_at: when it was first sent.
    """

    meldings_id: str
    konversasjons_id: str
    message_id: str
    sent_at: datetime
    package: Package = field(repr=False)

    def accepted(self, *, already_received: bool = False) -> SendResultat:
        """Return the result of the message, once the other side has it."""
        return SendResultat(
            meldings_id=self.meldings_id,
            konversasjons_id=self.konversasjons_id,
            transport_id=self.message_id,
            sent_at=self.sent_at,
            billable_bytes=self.package.billable_bytes,
            package_size=self.package.size,
            fingerprint=self.package.fingerprint,
            already_received=already_received,
        )

    def already_received(self) -> AlreadyReceivedError:
        """Make the error of a message that the other side has already."""
        return AlreadyReceivedError(
            meldings_id=self.meldings_id, konversasjons_id=self.konversasjons_id
        )

    def close(self) -> None:
        """Release the package. The message can no longer be sent again."""
        self.package.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class SetAside:
    """A receipt that could not be read or trusted, and why. It is not confirmed.

    Attributes:
        reason: why it could not be read or trusted.
        raw: the answer as it came, for a closer look; it may hold personal data.
        referanse: lets `Client.confirm` take it off the queue all the same. None if the broker's
            own signature did not verify.
    """

    reason: SdpError
    raw: bytes = field(repr=False)
    referanse: Kvitteringsreferanse | None = None

    @property
    def message_id(self) -> str | None:
        """The transport's id of the message; None if the broker's signature did not verify."""
        return None if self.referanse is None else self.referanse.message_id


@dataclass(frozen=True, slots=True)
class ReceiptQueue:
    """One queue of receipts, or the part of it that a sender keeps for itself.

    Attributes:
        prioritet: the queue.
        mpc_id: the part of it, on ebMS.
        avsenderidentifikator: the unit of the organisation, on DPI.
    """

    prioritet: Prioritet
    mpc_id: str | None = None
    avsenderidentifikator: str | None = None


class Wire(Protocol):
    """Carries letters out and receipts in, as flows that somebody else drives."""

    @property
    def profile(self) -> Profile:
        """The shape of the packages it carries."""

    @property
    def demands_waits(self) -> bool:
        """True where an empty queue must be left alone for a while."""

    def rest(self, queue: ReceiptQueue) -> timedelta:
        """Tell how long an empty queue is left alone by who follows it."""

    def check(self, forsendelse: Forsendelse) -> None:
        """Refuse what this wire cannot carry, before anything is packed.

        Raises:
            InvalidInputError: naming each field that would be lost.
        """

    def send(
        self, forsendelse: Forsendelse, pakke: Package, *, repeated: bool = False
    ) -> Flow[SendResultat]:
        """Send a letter with its package, which is read and not closed.

        Args:
            forsendelse: the letter.
            pakke: its package.
            repeated: whether a letter with these ids may have been sent before, say by a process
                that ended before it knew. That the other side has it already is then a success.

        Raises:
            NotSentError: nothing left this machine.
            RefusedError: the other side refused; nothing was accepted.
            AlreadyReceivedError: the other side has a letter by these ids, and it was not said to
                be repeated.
            UnknownOutcomeError: no answer settled the matter; `pending` holds message and package.
        """

    def resend(self, pending: PendingMessage) -> Flow[SendResultat]:
        """Send the very same message again, with the same ids.

        Raises:
            NotSentError, RefusedError, UnknownOutcomeError: as for `send`.
        """

    def receipts(self, queue: ReceiptQueue, *, confirming: bool = True) -> Flow[None]:
        """Hand out a `Kvittering` or a `SetAside` for each that waits, until there are no more.

        A receipt is confirmed after it was handed out and the caller came back for more, unless
        the caller said to `leave` it. One that was left is not handed out again in the same run.

        Args:
            queue: where they wait.
            confirming: False leaves each to be confirmed by `settle`, when the caller is done.

        Raises:
            WireError: the other side could not be reached or refused; safe to repeat.
        """

    def settle(self, kvittering: Kvittering) -> Flow[None]:
        """Confirm a receipt that was handled, unless the caller said to leave it.

        Raises:
            WireError: the other side could not be reached or refused; safe to repeat.
        """

    def leave(self, kvittering: Kvittering) -> None:
        """Let a receipt that was handed out stay unconfirmed, when the caller goes on."""

    def confirm_with_next(self, received: Kvittering | SetAside) -> bool:
        """Let a confirmation ride with the next request of the run of `receipts` that goes on.

        What has found no request to ride with is confirmed on its own when the run ends at an empty
        queue. What a run that ended otherwise has not confirmed is given again.

        Returns:
            False where nothing can ride on this wire; nothing was done then.
        """

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        """Confirm one receipt, so that it is not given again.

        Raises:
            InvalidInputError: it is a `SetAside` without a reference to confirm with.
            WireError: the other side could not be reached or refused; safe to repeat.
        """


class LeftReceipts:
    """Receipts handed out and left, until the wire has asked. Safe to share between threads."""

    def __init__(self) -> None:
        self._ids = set[str]()
        self._lock = threading.Lock()

    def add(self, kvittering: Kvittering) -> None:
        """Remember that a receipt was left."""
        with self._lock:
            self._ids.add(kvittering.referanse.message_id)

    def take(self, kvittering: Kvittering) -> bool:
        """Tell whether a receipt was left, and forget it."""
        with self._lock:
            was_left = kvittering.referanse.message_id in self._ids
            self._ids.discard(kvittering.referanse.message_id)
        return was_left


class RidingReceipts:
    """Receipts whose confirmations ride with later requests. Safe to share between threads."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[Prioritet, str | None], deque[Kvitteringsreferanse]] = {}
        self._lock = threading.Lock()

    def add(self, referanse: Kvitteringsreferanse) -> None:
        """Let a receipt wait for the next request to its queue."""
        with self._lock:
            queue = referanse.prioritet, referanse.mpc_id
            self._waiting.setdefault(queue, deque()).append(referanse)

    def take(self, queue: ReceiptQueue) -> Kvitteringsreferanse | None:
        """Return the one that has waited longest, if any, and forget it."""
        with self._lock:
            waiting = self._waiting.get((queue.prioritet, queue.mpc_id))
            return waiting.popleft() if waiting else None

    def clear(self, queue: ReceiptQueue) -> None:
        """Forget those of a queue."""
        with self._lock:
            self._waiting.pop((queue.prioritet, queue.mpc_id), None)


@dataclass(frozen=True, slots=True)
class Parties:
    """Signer of what is sent, and the anchors and clock that others' signatures are judged by.

    Attributes:
        signer: signs what is sent; the key of the databehandler.
        databehandler: organisation number of the technical sender.
        trust: the trust anchors.
        clock: tells the time; aware.
    """

    signer: Signer
    databehandler: str
    trust: TrustStore
    clock: Callable[[], datetime]
