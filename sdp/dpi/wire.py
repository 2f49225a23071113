"""DPI as a wire: letters and receipts by way of an access point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.dokumentpakke import Profile
from sdp.domain import Prioritet
from sdp.dpi import receiving, sending
from sdp.dpi.paging import page_through
from sdp.dpi.sbd import check_limits
from sdp.dpi.sending import DpiPending
from sdp.dpi.statuses import fetch_statuses
from sdp.errors import InvalidInputError, Problem, ProblemError, RefusedError, Retry
from sdp.gate import is_uuid
from sdp.maskinporten import TokenRequest
from sdp.pki import organisasjonsnummer
from sdp.transport.effects import Emit
from sdp.wire import LeftReceipts, Parties, SetAside, Signers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from sdp.domain import Forsendelse, Kvittering, SendResultat
    from sdp.dpi.receiving import Listed
    from sdp.dpi.settings import DpiSettings
    from sdp.dpi.statuses import Forsendelsesstatus
    from sdp.maskinporten import Maskinporten
    from sdp.pki import Signer, TrustStore
    from sdp.transport.effects import Flow
    from sdp.wire import Package, PendingMessage, ReceiptQueue, SentTo


class DpiWire:
    """Carries letters and receipts over an access point. See `sdp.wire.Wire` for each method.

    Args:
        settings: where the access point is and how it is used.
        signer: the databehandler's key; the same that signs its packages.
        trust: the trust anchors for mailboxes and printers.
        maskinporten: gives the tokens.
        databehandler: its organisation number; None reads it from the signer's certificate.
        clock: tells the time; aware.
        sent_to: remembers to whom letters are sent, since their receipts must come from there.

    Raises:
        CertificateError: the certificate names no organisation, and `databehandler` neither.
    """

    profile = Profile.DPI
    demands_waits = False

    def __init__(
        self,
        settings: DpiSettings,
        *,
        signer: Signer,
        trust: TrustStore,
        maskinporten: Maskinporten,
        databehandler: str | None,
        clock: Callable[[], datetime],
        sent_to: SentTo,
    ) -> None:
        self._settings = settings
        self._maskinporten = maskinporten
        self._parties = Parties(
            signer=signer,
            databehandler=databehandler or organisasjonsnummer(signer.chain[0]),
            trust=trust,
            clock=clock,
        )
        self._own = self._asked(settings.consumer_org)
        self._sent_to = sent_to
        self._left = LeftReceipts()
        self._signers = Signers(
            settings.receipt_senders,
            settings.receipt_suppliers,
            sent_to.find,
            section="dpi",
            remembered=sent_to.remembered,
        )

    def rest(self, queue: ReceiptQueue) -> timedelta:  # noqa: ARG002 - there is one list
        """Tell how long to leave an empty list alone."""
        return self._settings.receipt_interval

    def check(self, forsendelse: Forsendelse) -> None:
        """Refuse what this wire cannot carry.

        Raises:
            InvalidInputError: naming each field that would be lost, or breaks a rule of this wire.
        """
        check_limits(forsendelse)

    def send(
        self, forsendelse: Forsendelse, pakke: Package, *, repeated: bool = False
    ) -> Flow[SendResultat]:
        """Send a letter with its package.

        Raises:
            InvalidInputError: DPI cannot carry the letter.
            RefusedError: also if Maskinporten refused to issue a token; nothing was accepted of
                this request. Of a repeated letter, `retry` says whether it may be there already.
            NotSentError, AlreadyReceivedError, UnknownOutcomeError: as for every wire.
        """
        check_limits(forsendelse)
        pending = DpiPending(
            meldings_id=forsendelse.meldings_id,
            konversasjons_id=forsendelse.konversasjons_id,
            message_id=forsendelse.meldings_id,
            sent_at=self._parties.clock(),
            package=pakke,
            forsendelse=forsendelse,
        )
        return self._repeat(pending) if repeated else self._deliver(pending, repeated=False)

    def resend(self, pending: PendingMessage) -> Flow[SendResultat]:
        """Send the very same message again, with the token and signature of this try.

        Raises:
            RefusedError: its `retry` says `SAME_MESSAGE` where the refusal is of the request, say
                of its token, so that the fate of the message is still unknown.
            NotSentError, UnknownOutcomeError: as for every wire.
        """
        if not isinstance(pending, DpiPending):
            raise _of_another_wire(pending)
        return self._repeat(pending)

    def _repeat(self, pending: DpiPending) -> Flow[SendResultat]:
        try:
            return (yield from self._deliver(pending, repeated=True))
        except RefusedError as refusal:
            if refusal.retry is Retry.NEVER and not sending.is_about_the_message(refusal):
                refusal.retry = Retry.SAME_MESSAGE
            raise

    def receipts(self, queue: ReceiptQueue, *, confirming: bool = True) -> Flow[None]:
        """Hand out each receipt, and mark it as read when the caller comes back for more."""
        problems = tuple(_not_kept_apart(queue))
        if problems:
            raise InvalidInputError(
                "The receipt queue",
                problems,
                remedy="Keep receipts apart with the kanal of the settings.",
            )
        handle = self._handle if confirming else self._hand_out
        return page_through(lambda page: self._page(queue, page), handle)

    def settle(self, kvittering: Kvittering) -> Flow[None]:
        """Mark a receipt that was handled as read, unless it was left."""
        if not self._left.take(kvittering):
            yield from self.confirm(kvittering)

    def leave(self, kvittering: Kvittering) -> None:
        """Let a receipt stay on the list: it is given again the next time that is asked for."""
        self._left.add(kvittering)

    def confirm_with_next(self, received: Kvittering | SetAside) -> bool:  # noqa: ARG002
        """Do nothing: each receipt is confirmed by a request of its own."""
        return False

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        """Mark one receipt as read."""
        referanse = received.referanse
        if referanse is None or not is_uuid(referanse.message_id):
            raise _nothing_to_confirm_with()
        return self._mark_read(referanse.message_id)

    def statuses(self, meldings_id: str) -> Flow[tuple[Forsendelsesstatus, ...]]:
        """Ask what the access point has done with a letter.

        Raises:
            ProblemError: with status 404, the access point knows no letter by that id.
            UnreadableAnswerError: what came is no list of statuses.
            WireError: the access point could not be reached or refused; safe to repeat.
        """
        root = self._settings.root
        return self._maskinporten.authorized(
            self._own,
            lambda token: fetch_statuses(root, meldings_id, token),
        )

    def _deliver(self, pending: DpiPending, *, repeated: bool) -> Flow[SendResultat]:
        forsendelse = pending.forsendelse
        self._sent_to.note(
            pending.konversasjons_id, forsendelse.teknisk_mottaker.organisasjonsnummer
        )
        return self._maskinporten.authorized(
            self._asked(forsendelse.avsender.organisasjonsnummer),
            lambda token: sending.send(
                pending, token, self._settings, self._parties, repeated=repeated
            ),
        )

    def _page(self, queue: ReceiptQueue, page: int | None) -> Flow[Sequence[Listed]]:
        return self._maskinporten.authorized(
            self._own,
            lambda token: receiving.fetch_page(self._settings, queue, page, token),
        )

    def _hand_out(self, listed: Listed) -> Flow[bool]:
        # It stays on the list for now, and may be gone at any time: paging reckons with both.
        yield Emit(
            (yield from receiving.read(listed, self._settings, self._parties, self._signers))
        )
        return False

    def _handle(self, listed: Listed) -> Flow[bool]:
        received = yield from receiving.read(listed, self._settings, self._parties, self._signers)
        yield Emit(received)
        if isinstance(received, SetAside) or self._left.take(received):
            return False
        try:
            yield from self._mark_read(received.referanse.message_id)
        except ProblemError as refusal:
            if refusal.retry is not Retry.NEVER:
                raise
            yield Emit(SetAside(refusal, listed.raw, received.referanse))
            return False
        return True

    def _mark_read(self, message_id: str) -> Flow[None]:
        return self._maskinporten.authorized(
            self._own,
            lambda token: receiving.mark_read(self._settings, message_id, token),
        )

    def _asked(self, consumer: str | None) -> TokenRequest:
        is_another = consumer not in (None, self._parties.databehandler)
        return TokenRequest(
            self._settings.scope,
            consumer_org=consumer if is_another else None,
            resource=self._settings.resource,
        )


def _not_kept_apart(queue: ReceiptQueue) -> Iterator[Problem]:
    if queue.mpc_id is not None:
        yield Problem("mpc_id", "must not be given on DPI")
    if queue.prioritet is not Prioritet.NORMAL:
        yield Problem("prioritet", "must be normal; DPI has one queue")


def _of_another_wire(pending: PendingMessage) -> InvalidInputError:
    rule = f"must come from a client of the same wire; it is a {type(pending).__name__}"
    return InvalidInputError("PendingMessage", [Problem("pending", rule)])


def _nothing_to_confirm_with() -> InvalidInputError:
    return InvalidInputError(
        "SetAside",
        [Problem("referanse", "must be there, with an id that the access point lists")],
        remedy="Leave it: the access point gives it again, or drops it when its time is over.",
    )
