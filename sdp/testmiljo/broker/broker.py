"""The broker: checks everything a real one does, and answers as it does."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict, deque
from contextlib import nullcontext
from typing import TYPE_CHECKING

from sdp.testmiljo.broker import answers
from sdp.testmiljo.mailbox.ebms import EbmsDelivery
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.message import (
    check_security,
    message_id_of,
    read_envelope,
    read_signals,
    read_user_message,
)
from sdp.testmiljo.validators.mime import take_apart
from sdp.testmiljo.validators.rejection import (
    Ebms,
    EbmsRejection,
    HttpRejection,
    inconsistent,
    no_access,
    policy,
    unknown_value,
)
from sdp.testmiljo.validators.sbd import is_fysisk, read_business_message
from sdp.testmiljo.validators.xml import text_of
from sdp.testmiljo.world.journal import brings, concerns
from sdp.testmiljo.world.receipts import Queue
from sdp.testmiljo.world.state import Nowhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from lxml import etree

    from sdp.testmiljo.broker.answers import Answer
    from sdp.testmiljo.mailbox.ebms import EbmsPostkasse, EbmsPrinter
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.validators.message import Confirmation, Envelope, Pull, Signed, UserMessage
    from sdp.testmiljo.validators.mime import Buffer, SoapRequest
    from sdp.testmiljo.validators.sbd import BusinessMessage
    from sdp.testmiljo.world.receipts import Queues
    from sdp.testmiljo.world.state import Records

_log = logging.getLogger("sdp.testmiljo")

_MAX_IDS = 100_000
_MAX_REJECTIONS = 100
_APART = nullcontext()


class Broker:
    """Takes letters, passes them on, and hands out receipts. Safe to share between threads.

    Attributes:
        actor: the organisation and its key.
        organisations: the databehandlere and avsendere it serves; see `register`.

    Args:
        ids: where the ids that have been used are kept.
        together: makes what comes of one letter happen as one; a lock.
    """

    def __init__(
        self,
        actor: Actor,
        *,
        receivers: Iterable[EbmsPostkasse | EbmsPrinter],
        queues: Queues,
        trust: Trust,
        clock: Callable[[], datetime],
        ids: Records[None] | None = None,
        together: AbstractContextManager[object] = _APART,
    ) -> None:
        self.actor = actor
        self.organisations: set[str] = set()
        self._receivers = {
            organisasjonsnummer: each for each in receivers for organisasjonsnummer in each.actors
        }
        self._queues = queues
        self._trust = trust
        self._clock = clock
        self._ids = _UsedIds(ids)
        self._together = together
        self._rejections: deque[HttpRejection | EbmsRejection] = deque(maxlen=_MAX_REJECTIONS)

    def register(self, *organisasjonsnummer: str) -> None:
        """Serve these organisations, as databehandler and as avsender."""
        self.organisations.update(organisasjonsnummer)

    @property
    def rejections(self) -> tuple[HttpRejection | EbmsRejection, ...]:
        """The latest hundred refusals, with reasons that an HTTP status alone does not show."""
        return tuple(self._rejections)

    def accept_letter(
        self,
        databehandler: str,
        avsender: str,
        content_type: str,
        body: Buffer,
        *,
        signer: Actor | None = None,
    ) -> Answer:
        """Answer a letter posted to the address of its databehandler and avsender.

        Args:
            databehandler: from the address, `9908:` included.
            avsender: likewise.
            content_type: of the request.
            body: of the request.
            signer: signs the answer in place of the broker.
        """

        def handle(soap: SoapRequest, envelope: Envelope) -> Answer:
            for party in (databehandler, avsender):
                if party not in map(names.party, self.organisations):
                    raise no_access("an organisation in the address is not registered here")
            attachments = {each: part.content for each, part in soap.attachments.items()}
            signed = self._signed(envelope, attachments)
            if names.party(signed.organisasjonsnummer) != databehandler:
                raise no_access("the databehandler in the address is not the one that signed")
            user_message = read_user_message(envelope.messaging, self.actor.organisasjonsnummer)
            _check_attachment(soap, user_message)
            message = read_business_message(envelope.body, self._trust, self._clock())
            brings(message.konversasjons_id, message.meldings_id)
            package = attachments[user_message.content_id]
            _check_consistency(user_message, message, signed, package)
            # Difi's Java client names the databehandler twice, whomever the letter is from.
            if avsender not in (names.party(message.avsender), databehandler):
                raise inconsistent("the avsender in the address is not the one in the message")
            self._pass_on(user_message, message, package)
            uris = (f"#{_id_of(envelope)}", f"cid:{user_message.content_id}")
            return answers.transport_receipt(
                ref_to=user_message.message_id,
                references=[signed.references[uri] for uri in uris],
                signer=signer or self.actor,
                moment=self._clock(),
            )

        return self._answered(content_type, body, handle)

    def answer_signal(
        self, content_type: str, body: Buffer, *, signer: Actor | None = None
    ) -> Answer:
        """Answer a pull, a confirmation, or a pull with a confirmation."""

        def handle(soap: SoapRequest, envelope: Envelope) -> Answer:
            if soap.attachments:
                raise policy("a signal has no attachments")
            signed = self._signed(envelope, {})
            if signed.organisasjonsnummer not in self.organisations:
                raise no_access("the organisation that signed is not registered here")
            signals = read_signals(envelope.messaging)
            if signals.confirmation is not None:
                self._confirm(signed.organisasjonsnummer, signals.confirmation)
            if signals.pull is None:
                return answers.nothing(202)
            return self._next(signed.organisasjonsnummer, signals.pull, signer or self.actor)

        return self._answered(content_type, body, handle)

    def _answered(
        self,
        content_type: str,
        body: Buffer,
        handle: Callable[[SoapRequest, Envelope], Answer],
    ) -> Answer:
        ref_to = None
        try:
            soap = take_apart(content_type, body)
            envelope = read_envelope(soap.envelope)
            ref_to = message_id_of(envelope.messaging)
            return handle(soap, envelope)
        except HttpRejection as rejection:
            self._note(rejection)
            return answers.nothing(rejection.status)
        except EbmsRejection as rejection:
            self._note(rejection)
            return answers.ebms_fault(rejection, ref_to=ref_to, moment=self._clock())
        except Exception:
            _log.exception("the broker of the test environment failed")
            trouble = EbmsRejection(Ebms.OTHER, "the broker failed; try again later")
            return answers.ebms_fault(trouble, ref_to=ref_to, moment=self._clock())

    def _note(self, rejection: HttpRejection | EbmsRejection) -> None:
        _log.info("refused: %s", rejection)
        self._rejections.append(rejection)

    def _signed(self, envelope: Envelope, attachments: Mapping[str, bytes]) -> Signed:
        return check_security(
            envelope, attachments=attachments, trust=self._trust, moment=self._clock()
        )

    def _pass_on(self, user_message: UserMessage, message: BusinessMessage, package: bytes) -> None:
        receiver = self._receivers.get(message.teknisk_mottaker)
        if receiver is None:
            raise unknown_value("the SBDH Receiver is no mailbox or printer of this environment")
        if receiver.takes_print is not is_fysisk(message):
            raise inconsistent("the SBDH Receiver does not take letters of this kind")
        queue = Queue(user_message.databehandler, user_message.mpc)
        # Found by MessageId alone, as AS4 has it, and whatever the business message says.
        ids = (user_message.message_id,)
        self._ids.reserve(*ids)
        try:
            with self._together:
                self._ids.keep(*ids)
                receiver.deliver(EbmsDelivery(message, package, queue))
        except BaseException:
            self._ids.release(*ids)
            raise

    def _confirm(self, databehandler: str, confirmation: Confirmation) -> None:
        message_id = confirmation.ref_to_message_id
        receipt = self._queues.given_to(databehandler, message_id)
        if receipt is None:
            if self._queues.was_confirmed(databehandler, message_id):
                return
            raise unknown_value("no message with this id has been handed out to this organisation")
        digests = [_digest(reference) for reference in confirmation.references]
        if digests != [receipt.body_digest]:
            raise inconsistent("the confirmed reference is not that of the message's body")
        concerns(receipt.konversasjons_id)
        self._queues.confirm(receipt)

    def _next(self, databehandler: str, pull: Pull, signer: Actor) -> Answer:
        receipt = self._queues.take(Queue(databehandler, pull.mpc))
        now = self._clock()
        if receipt is None:
            return answers.empty_queue(ref_to=pull.message_id, signer=signer, moment=now)
        concerns(receipt.konversasjons_id)
        answer = answers.pulled(
            receipt.sbd,
            message_id=receipt.message_id,
            mpc=pull.mpc,
            ref_to=pull.message_id,
            receiver=databehandler,
            signer=signer,
            moment=now,
        )
        self._queues.note_body(receipt, answer.body_digest)
        return answer


def _check_attachment(soap: SoapRequest, user_message: UserMessage) -> None:
    if soap.attachments.keys() != {user_message.content_id}:
        raise policy("the attachment is not the one PayloadInfo names")
    if soap.attachments[user_message.content_id].content_type != names.CMS_TYPE:
        raise policy(f"the attachment must be {names.CMS_TYPE}")


def _check_consistency(
    user_message: UserMessage, message: BusinessMessage, signed: Signed, package: bytes
) -> None:
    if signed.organisasjonsnummer != user_message.databehandler:
        raise inconsistent("the organisation in eb:From is not the one that signed")
    if message.databehandler != user_message.databehandler:
        raise inconsistent("the SBDH Sender is not the organisation in eb:From")
    if message.meldings_id != user_message.conversation_id:
        raise inconsistent("eb:ConversationId is not the SBDH InstanceIdentifier")
    if (user_message.action == "FormidleFysiskPost") is not is_fysisk(message):
        raise inconsistent("the Action does not fit the business message")
    if hashlib.sha256(package).digest() != message.fingerprint:
        raise inconsistent("the dokumentpakkefingeravtrykk is not that of the attachment")


def _digest(reference: etree._Element) -> str:
    return "".join(text_of(reference, "ds:DigestValue", policy).split())


def _id_of(envelope: Envelope) -> str:
    return envelope.body.get(f"{{{names.WSU}}}Id", "")


class _UsedIds:
    """The ids of the letters that have been accepted; the latest hundred thousand."""

    def __init__(self, records: Records[None] | None) -> None:
        self._records = records or Nowhere()
        self._used = OrderedDict(self._records.all())
        self._lock = self._records.lock

    def reserve(self, *ids: str) -> None:
        with self._lock:
            if any(each in self._used for each in ids):
                raise inconsistent("Duplicate messageId")
            self._used.update(dict.fromkeys(ids))
            while len(self._used) > _MAX_IDS:
                oldest, _ = self._used.popitem(last=False)
                self._records.drop(oldest)

    def keep(self, *ids: str) -> None:
        """Let them be used after a restart as well."""
        for each in ids:
            self._records.put(each, None)

    def release(self, *ids: str) -> None:
        with self._lock:
            for each in ids:
                self._used.pop(each, None)
