"""Exchanges with the broker, one HTTP request each."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sdp.ebms import names, receiving, sending
from sdp.ebms.envelope import Parties
from sdp.ebms.messages import user_message
from sdp.ebms.sbd import build_sbd
from sdp.ebms.sending import EbmsPending
from sdp.errors import InvalidInputError, Problem
from sdp.pki import organisasjonsnummer
from sdp.wire import Ko

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.config import Environment
    from sdp.domain import Forsendelse, Kvittering, Kvitteringsreferanse, SendResultat
    from sdp.pki import Signer, TrustStore
    from sdp.transport.effects import Flow
    from sdp.wire import Package, SetAside


class EbmsExchanges:
    """Makes exchanges with one broker on behalf of one databehandler. Holds no state.

    Args:
        environment: where the broker is and who it is.
        signer: the databehandler's key.
        trust: the trust anchors for broker, mailboxes and printers.
        databehandler: its organisation number; None reads it from the signer's certificate.
        clock: tells the time; aware.

    Raises:
        CertificateError: the certificate names no organisation, and `databehandler` neither.
    """

    def __init__(
        self,
        *,
        environment: Environment,
        signer: Signer,
        trust: TrustStore,
        databehandler: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._root = environment.address("broker_url")
        self._parties = Parties(
            signer=signer,
            databehandler=databehandler or organisasjonsnummer(signer.chain[0]),
            broker=environment.broker_organisasjonsnummer,
            trust=trust,
            clock=clock,
        )

    def send(
        self, forsendelse: Forsendelse, pakke: Package, *, repeated: bool = False
    ) -> Flow[SendResultat]:
        """Send a letter with its package, which is read and not closed.

        Raises:
            NotSentError: nothing left this machine.
            RefusedError: the broker refused; nothing was accepted.
            UnknownOutcomeError: no answer settled the matter; `pending` holds message and package.
        """
        message = self._message(forsendelse, pakke)
        return sending.send(message, self._parties, repeated=repeated)

    def resend(self, pending: EbmsPending) -> Flow[SendResultat]:
        """Send the very same message again, with the same ids and a fresh timestamp.

        Raises:
            NotSentError, RefusedError, UnknownOutcomeError: as for `send`.
        """
        return sending.send(pending, self._parties, repeated=True)

    def pull(
        self, ko: Ko, *, confirm: Kvittering | None = None
    ) -> Flow[Kvittering | SetAside | None]:
        """Ask for the next receipt of a queue, and perhaps confirm another in the same breath.

        Returns:
            The receipt, verified; None where the queue is empty; or a `SetAside`.

        Raises:
            WireError: the broker refused, or gave no answer that can be read; safe to repeat.
        """
        referanse = None if confirm is None else confirm.referanse
        return receiving.pull(ko, self._parties, url=self._root, confirm=referanse)

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        """Confirm a receipt, so that the broker takes it off the queue.

        Raises:
            InvalidInputError: it is a `SetAside` without a reference to confirm with.
            WireError: the broker refused, or gave no answer that can be read; safe to repeat.
        """
        return receiving.confirm(_referanse(received), self._parties, url=self._root)

    def _message(self, forsendelse: Forsendelse, pakke: Package) -> EbmsPending:
        moment = self._parties.clock()
        databehandler = self._parties.databehandler
        message_id = str(uuid4())
        content_id = f"{uuid4()}@meldingsformidler.sdp.difi.no"
        sbd = build_sbd(
            forsendelse,
            databehandler=databehandler,
            fingerprint=pakke.fingerprint,
            signer=self._parties.signer,
            moment=moment,
        )
        draft = user_message(
            forsendelse,
            sbd,
            message_id=message_id,
            content_id=content_id,
            ko=Ko(forsendelse.prioritet, forsendelse.mpc_id),
            databehandler=databehandler,
            broker=self._parties.broker,
            moment=moment,
        )
        avsender = forsendelse.avsender.organisasjonsnummer
        address = f"{names.party(databehandler)}/{names.party(avsender)}"
        return EbmsPending(
            meldings_id=forsendelse.meldings_id,
            konversasjons_id=forsendelse.konversasjons_id,
            message_id=message_id,
            sent_at=moment,
            url=f"{self._root.rstrip('/')}/{address}",
            content_id=content_id,
            draft=draft,
            package=pakke,
        )


def _referanse(received: Kvittering | SetAside) -> Kvitteringsreferanse:
    if received.referanse is None:
        raise InvalidInputError(
            "SetAside",
            [Problem("referanse", "must be there; the broker's own signature does not hold")],
            remedy="Leave it: the broker gives it again, or drops it when its time is over.",
        )
    return received.referanse
