"""ebMS as a wire: letters and receipts by way of a broker."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sdp.dokumentpakke import Profile
from sdp.domain import Kvittering, Prioritet
from sdp.ebms import receiving, sending
from sdp.ebms.envelope import Parties
from sdp.ebms.sending import EbmsPending
from sdp.errors import InvalidInputError, Problem, RefusedError, Retry
from sdp.pki import organisasjonsnummer
from sdp.transport.effects import Emit
from sdp.wire import (
    MAILBOX_PROVIDERS,
    LeftReceipts,
    ReceiptQueue,
    RidingReceipts,
    SetAside,
    Signers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from sdp.config import Environment
    from sdp.domain import Forsendelse, Kvitteringsreferanse, SendResultat
    from sdp.pki import Signer, TrustStore
    from sdp.transport.effects import Flow
    from sdp.wire import Package, PendingMessage, SentTo

_NOBODY: Final[Mapping[str, Collection[str]]] = MappingProxyType({})


class EbmsWire:
    """Carries letters and receipts over ebMS 3. See `sdp.wire.Wire` for what each method does.

    Args:
        environment: where the broker is, who it is, and how long it wants empty queues left alone.
        signer: the databehandler's key.
        trust: the trust anchors for broker, mailboxes and printers.
        databehandler: its organisation number; None reads it from the signer's certificate.
        clock: tells the time; aware.
        sent_to: remembers to whom letters are sent, since their receipts must come from there.
        receipt_senders: whose receipts are taken where nobody remembers the letter.
        receipt_suppliers: for an organisation, who else may sign receipts in its place.

    Raises:
        CertificateError: the certificate names no organisation, and `databehandler` neither.
    """

    profile = Profile.EBMS
    demands_waits = True

    def __init__(
        self,
        *,
        environment: Environment,
        signer: Signer,
        trust: TrustStore,
        databehandler: str | None,
        clock: Callable[[], datetime],
        sent_to: SentTo,
        receipt_senders: Collection[str] = MAILBOX_PROVIDERS,
        receipt_suppliers: Mapping[str, Collection[str]] = _NOBODY,
    ) -> None:
        self._root = environment.address("broker_url")
        self._parties = Parties(
            signer=signer,
            databehandler=databehandler or organisasjonsnummer(signer.chain[0]),
            broker=environment.broker_organisasjonsnummer,
            trust=trust,
            clock=clock,
        )
        self._sent_to = sent_to
        self._left = LeftReceipts()
        self._riding = RidingReceipts()
        self._signers = Signers(
            receipt_senders,
            receipt_suppliers,
            sent_to.find,
            section="ebms",
            remembered=sent_to.remembered,
        )
        self._rests = {
            Prioritet.NORMAL: timedelta(seconds=environment.pull_interval_normal_seconds),
            Prioritet.PRIORITERT: timedelta(seconds=environment.pull_interval_prioritert_seconds),
        }

    def rest(self, queue: ReceiptQueue) -> timedelta:
        """Tell how long the broker wants an empty queue left alone."""
        return self._rests[queue.prioritet]

    def check(self, forsendelse: Forsendelse) -> None:
        """Refuse nothing: the domain has the limits of ebMS."""

    def send(
        self, forsendelse: Forsendelse, pakke: Package, *, repeated: bool = False
    ) -> Flow[SendResultat]:
        """Send a letter with its package."""
        self._sent_to.note(
            forsendelse.konversasjons_id, forsendelse.teknisk_mottaker.organisasjonsnummer
        )
        message = sending.prepare(forsendelse, pakke, self._parties, root=self._root)
        if repeated:
            return self._repeat(message)
        return sending.send(message, self._parties, repeated=False)

    def resend(self, pending: PendingMessage) -> Flow[SendResultat]:
        """Send the very same message again, under a fresh timestamp and signature."""
        if not isinstance(pending, EbmsPending):
            raise _of_another_wire(pending)
        return self._repeat(pending)

    def _repeat(self, message: EbmsPending) -> Flow[SendResultat]:
        try:
            return (yield from sending.send(message, self._parties, repeated=True))
        except RefusedError as refusal:
            # Refused for its signature, say, this try tells nothing of the one before.
            if refusal.retry is Retry.NEVER and not sending.is_about_the_message(refusal):
                refusal.retry = Retry.SAME_MESSAGE
            raise

    def receipts(self, queue: ReceiptQueue, *, confirming: bool = True) -> Flow[None]:
        """Hand out each receipt; its confirmation rides with the request for the next."""
        if queue.avsenderidentifikator is not None:
            raise _no_place_for_avsenderidentifikator()
        try:
            yield from self._handed_out(queue, confirming=confirming)
            # The queue is empty: what is left rides with nothing.
            while (left := self._riding.take(queue)) is not None:
                yield from receiving.confirm(left, self._parties, url=self._root)
        finally:
            self._riding.clear(queue)

    def _handed_out(self, queue: ReceiptQueue, *, confirming: bool) -> Flow[None]:
        handled: Kvitteringsreferanse | None = None
        already_met: set[str | None] = set()
        while True:
            confirmed = handled or self._riding.take(queue)
            pulled = yield from receiving.pull(
                queue, self._parties, self._signers, url=self._root, confirm=confirmed
            )
            handled = None
            if confirmed is not None:
                already_met.discard(confirmed.message_id)
            match pulled:
                case None:
                    return
                case SetAside() if pulled.message_id in already_met:
                    return
                case SetAside():
                    already_met.add(pulled.message_id)
                    yield Emit(pulled)
                case kvittering if kvittering.referanse.message_id in already_met:
                    return
                case kvittering:
                    yield Emit(kvittering)
                    if not confirming or self._left.take(kvittering):
                        already_met.add(kvittering.referanse.message_id)
                    else:
                        handled = kvittering.referanse

    def settle(self, kvittering: Kvittering) -> Flow[None]:
        """Confirm a receipt that was handled, unless it was left."""
        if not self._left.take(kvittering):
            yield from self.confirm(kvittering)

    def leave(self, kvittering: Kvittering) -> None:
        """Let a receipt stay in the queue: the broker gives it again after five minutes."""
        self._left.add(kvittering)

    def confirm_with_next(self, received: Kvittering | SetAside) -> bool:
        """Let a confirmation ride with the next pull: that takes half the requests."""
        self._riding.add(_referanse(received))
        return True

    def pull(
        self, queue: ReceiptQueue, *, confirm: Kvittering | None = None
    ) -> Flow[Kvittering | SetAside | None]:
        """Ask for the next receipt of a queue, and perhaps confirm another in the same request.

        Returns:
            The receipt, verified; None where the queue is empty; or a `SetAside`.

        Raises:
            WireError: the broker refused, or gave no answer that can be read; safe to repeat.
        """
        referanse = None if confirm is None else confirm.referanse
        return receiving.pull(
            queue, self._parties, self._signers, url=self._root, confirm=referanse
        )

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        """Confirm one receipt on its own."""
        return receiving.confirm(_referanse(received), self._parties, url=self._root)


def _referanse(received: Kvittering | SetAside) -> Kvitteringsreferanse:
    if received.referanse is None:
        raise InvalidInputError(
            "SetAside",
            [Problem("referanse", "must be there; the broker's own signature does not hold")],
            remedy="Leave it: the broker gives it again, or drops it when its time is over.",
        )
    return received.referanse


def _of_another_wire(pending: PendingMessage) -> InvalidInputError:
    rule = f"must come from a client of the same wire; it is a {type(pending).__name__}"
    return InvalidInputError("PendingMessage", [Problem("pending", rule)])


def _no_place_for_avsenderidentifikator() -> InvalidInputError:
    return InvalidInputError(
        "The receipt queue",
        [Problem("avsenderidentifikator", "must not be given on ebMS")],
        remedy="Keep receipts apart with mpc_id.",
    )
