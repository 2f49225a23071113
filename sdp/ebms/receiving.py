"""Receipts at the broker: pulled, and confirmed. Both are safe to repeat."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sdp.domain import Kvitteringsreferanse
from sdp.ebms import names
from sdp.ebms.answers import MessageAnswer, classify
from sdp.ebms.envelope import sign_envelope, verify_envelope
from sdp.ebms.kvittering import read_kvittering
from sdp.ebms.messages import confirmation, pull_request
from sdp.ebms.reading import word
from sdp.errors import (
    CertificateError,
    EbmsError,
    Retry,
    SignatureError,
    UnreadableAnswerError,
)
from sdp.gate import opaque_id
from sdp.pki import validating, validating_with_grounds
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest
from sdp.transport.retry import no_answer, retry_if_cut
from sdp.wire import SetAside, with_grounds
from sdp.xmlsec import cut_out, exclusive

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

    from sdp.domain import Kvittering
    from sdp.ebms.answers import Answer
    from sdp.ebms.envelope import Envelope, Parties, VerifiedEnvelope
    from sdp.ebms.messages import Draft
    from sdp.transport.effects import Flow
    from sdp.wire import ReceiptQueue, Signers

_EMPTY: Final = "EBMS:0006"


def pull(
    queue: ReceiptQueue,
    parties: Parties,
    signers: Signers,
    *,
    url: str,
    confirm: Kvitteringsreferanse | None = None,
) -> Flow[Kvittering | SetAside | None]:
    """Ask for the next receipt of a queue, and perhaps confirm the one before in the same breath.

    Returns:
        The receipt, verified; None where the queue is empty; or what came in a receipt's place.

    Raises:
        NotSentError: nothing left this machine.
        RefusedError: the broker refused.
        UnreadableAnswerError: what came was no message at all.
        WireError: no answer came.
    """
    try:
        answer, raw = yield from _exchange(
            partial(pull_request, queue, confirm=confirm), parties, url
        )
    except EbmsError as error:
        if error.code == _EMPTY:
            return None
        raise
    if not isinstance(answer, MessageAnswer):
        words = "The broker answered a pull without a message."
        raise UnreadableAnswerError(words, retry=Retry.LATER)
    return (yield from _read(answer.envelope, raw, queue, parties, signers))


def confirm(referanse: Kvitteringsreferanse, parties: Parties, *, url: str) -> Flow[None]:
    """Confirm one receipt, so that the broker takes it off the queue.

    Raises:
        NotSentError: nothing left this machine.
        RefusedError: the broker refused.
        UnreadableAnswerError: the answer was neither a yes nor a no.
        WireError: no answer came.
    """
    yield from _exchange(partial(confirmation, referanse), parties, url)


def _exchange(
    write: Callable[..., Draft], parties: Parties, url: str
) -> Flow[tuple[Answer, bytes]]:
    headers = {"Content-Type": f"{names.SOAP_TYPE}; charset=UTF-8"}

    def request() -> HttpRequest:
        # Made anew for each try: a broker may take the same ids twice for a replay.
        moment = parties.clock()
        envelope = sign_envelope(write(moment=moment), parties.signer, moment=moment)
        return HttpRequest("POST", url, headers, BytesBody(envelope.content), service="the broker")

    try:
        response = yield from retry_if_cut(request)
        return classify(response), response.content
    except ConnectionLostError as error:
        raise no_answer("the broker", error) from error
    except UnreadableAnswerError as error:
        error.retry = Retry.LATER
        raise


def _read(
    envelope: Envelope, raw: bytes, queue: ReceiptQueue, parties: Parties, signers: Signers
) -> Flow[Kvittering | SetAside]:
    moment = parties.clock()
    referanse = None
    try:
        # 1. The broker has signed the answer, so that it can be confirmed whatever it carries.
        verified = yield from validating(
            parties.trust,
            lambda trust: verify_envelope(
                envelope, trust=trust, moment=moment, organisasjonsnummer=parties.broker
            ),
        )
        referanse = confirms = _referanse(verified, queue)
        # 2. It carries one receipt, signed by one who may.
        kvittering, grounds = yield from validating_with_grounds(
            parties.trust,
            lambda trust: read_kvittering(
                _document(envelope),
                trust=trust,
                moment=moment,
                signers=signers,
                referanse=confirms,
            ),
        )
        return with_grounds(kvittering, grounds)
    except (UnreadableAnswerError, SignatureError, CertificateError) as reason:
        return SetAside(reason, raw, referanse)


def _referanse(verified: VerifiedEnvelope, queue: ReceiptQueue) -> Kvitteringsreferanse:
    try:
        message_id = opaque_id(
            word(verified.messaging, "eb:UserMessage/eb:MessageInfo/eb:MessageId")
        )
    except ValueError as rule:
        raise UnreadableAnswerError(f"MessageId of the answer {rule}.") from None
    return Kvitteringsreferanse(
        message_id=message_id,
        prioritet=queue.prioritet,
        mpc_id=queue.mpc_id,
        references=(exclusive(verified.body_reference),),
    )


def _document(envelope: Envelope) -> etree._Element:
    # From the envelope as it came: what the broker's signature is over has lost the namespaces that
    # the document declares without using them, and the document's own signature is over those too.
    if len(envelope.body) != 1:
        raise UnreadableAnswerError("The message must carry exactly one document.")
    return cut_out(envelope.body[0])
