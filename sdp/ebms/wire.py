"""ebMS as a wire: letters and receipts by way of a broker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sdp.dokumentpakke import Profile
from sdp.domain import Kvittering, Prioritet
from sdp.ebms.sending import EbmsPending
from sdp.errors import CertificateError, CertificateProblem, InvalidInputError, Problem
from sdp.transport.effects import Emit
from sdp.wire import Ko, SetAside

if TYPE_CHECKING:
    from sdp.config import Environment
    from sdp.domain import Forsendelse, SendResultat
    from sdp.ebms.exchanges import EbmsExchanges
    from sdp.transport.effects import Flow
    from sdp.wire import Package, PendingMessage, SentTo


class EbmsWire:
    """Carries letters and receipts over ebMS 3. See `sdp.wire.Wire` for what each method does.

    Args:
        exchanges: makes the requests and reads the answers.
        environment: how long the broker wants empty queues left alone.
        sent_to: remembers to whom letters are sent, since their receipts must come from there.
    """

    profile = Profile.EBMS
    demands_waits = True

    def __init__(self, exchanges: EbmsExchanges, environment: Environment, sent_to: SentTo) -> None:
        self._exchanges = exchanges
        self._sent_to = sent_to
        self._rests = {
            Prioritet.NORMAL: timedelta(seconds=environment.pull_interval_normal_seconds),
            Prioritet.PRIORITERT: timedelta(seconds=environment.pull_interval_prioritert_seconds),
        }

    def rest(self, ko: Ko) -> timedelta:
        """Tell how long the broker wants an empty queue left alone."""
        return self._rests[ko.prioritet]

    def check(self, forsendelse: Forsendelse) -> None:
        """Refuse nothing: the domain has the limits of this wire."""

    def send(
        self, forsendelse: Forsendelse, pakke: Package, *, repeated: bool = False
    ) -> Flow[SendResultat]:
        """Send a letter with its package."""
        self._sent_to.note(
            str(forsendelse.konversasjons_id), forsendelse.teknisk_mottaker.organisasjonsnummer
        )
        return self._exchanges.send(forsendelse, pakke, repeated=repeated)

    def resend(self, pending: PendingMessage) -> Flow[SendResultat]:
        """Send the very same message again, under a fresh timestamp and signature."""
        if not isinstance(pending, EbmsPending):
            raise _of_another_wire(pending)
        return self._exchanges.resend(pending)

    def receipts(self, ko: Ko) -> Flow[None]:
        """Hand out each receipt; its confirmation rides with the request for the next."""
        if ko.avsenderidentifikator is not None:
            raise _no_place_for_avsenderidentifikator()
        handled: Kvittering | None = None
        already_set_aside: set[str | None] = set()
        while True:
            pulled = yield from self._exchanges.pull(ko, confirm=handled)
            handled = None
            if isinstance(pulled, Kvittering):
                pulled = self._from_whom_it_was_sent_to(pulled)
            match pulled:
                case None:
                    return
                case SetAside() if pulled.message_id in already_set_aside:
                    return
                case SetAside():
                    already_set_aside.add(pulled.message_id)
                    yield Emit(pulled)
                case kvittering:
                    yield Emit(kvittering)
                    handled = kvittering

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        """Confirm one receipt on its own."""
        return self._exchanges.confirm(received)

    def _from_whom_it_was_sent_to(self, kvittering: Kvittering) -> Kvittering | SetAside:
        mottakere = self._sent_to.find(kvittering.konversasjons_id)
        if not mottakere or kvittering.avsender in mottakere:
            return kvittering
        reason = CertificateError(
            CertificateProblem.ORGANISATION,
            f"The receipt is about a letter that was sent to organisation "
            f"{' and '.join(sorted(mottakere))}, and {kvittering.avsender} has signed it.",
            remedy="Ask the broker who has sent it.",
        )
        return SetAside(reason, kvittering.raw, kvittering.referanse)


def _of_another_wire(pending: PendingMessage) -> InvalidInputError:
    rule = f"must come from a client of the same wire; it is a {type(pending).__name__}"
    return InvalidInputError("PendingMessage", [Problem("pending", rule)])


def _no_place_for_avsenderidentifikator() -> InvalidInputError:
    return InvalidInputError(
        "Ko",
        [Problem("avsenderidentifikator", "must not be given on ebMS")],
        remedy="Keep receipts apart with mpc_id.",
    )
