"""Sends a letter. The outcome is accepted, refused or unknown, and never blurred."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sdp.ebms.answers import ReceiptAnswer, classify
from sdp.ebms.envelope import verify_envelope
from sdp.ebms.mime import Multipart
from sdp.ebms.transport_receipt import check_transport_receipt
from sdp.ebms.wss import sign_envelope
from sdp.errors import (
    EbmsError,
    HttpStatusError,
    RefusedError,
    SdpError,
    UnknownOutcomeError,
    UnreadableAnswerError,
)
from sdp.transport.exchange import ConnectionLostError, HttpRequest

if TYPE_CHECKING:
    from sdp.domain import SendResultat
    from sdp.ebms.parties import Parties
    from sdp.ebms.pending import EbmsPending
    from sdp.ebms.wss import SignedEnvelope
    from sdp.transport.exchange import Exchange, HttpResponse

_VALUE_INCONSISTENT: Final = "EBMS:0003"


def send(message: EbmsPending, parties: Parties, *, repeated: bool) -> Exchange[SendResultat]:
    """Send a message, under a WS-Security signature made now.

    Args:
        message: the letter.
        parties: who signs, and whom to trust.
        repeated: whether the same message was sent before. Only then does the broker's word that
            its ids are used already mean that it arrived.

    Returns:
        The result, when the broker's signed receipt has been checked.

    Raises:
        NotSentError: nothing left this machine.
        RefusedError: the broker refused.
        UnknownOutcomeError: neither; `pending` is the message.
    """
    envelope = sign_envelope(
        message.draft,
        parties.signer,
        moment=parties.clock(),
        attachments={message.content_id: message.package.fingerprint},
    )
    body = Multipart(envelope.content, message.content_id, message.package, f"sdp-{uuid4()}")
    try:
        response = yield HttpRequest("POST", message.url, {"Content-Type": body.content_type}, body)
    except ConnectionLostError as error:
        raise _unknown(f"No answer came from the broker: {error}.", message) from error
    try:
        _check_accepted(response, message, envelope, parties)
    except HttpStatusError as error:
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        # Whatever broke, it may have broken after the message was taken in.
        raise _unknown(error.message, message) from error
    except EbmsError as error:
        if repeated and _says_already_received(error, message):
            return message.accepted(already_received=True)
        if error.severity == "warning":
            # By ebMS 3.0, section 6.2.3, a message is still delivered when a warning is issued.
            raise _unknown("The broker answered with a warning alone.", message) from error
        raise
    except RefusedError:
        raise
    except Exception as error:
        # Whatever it is, even a fault of ours: the letter is out, and must be able to go again.
        words = error.message if isinstance(error, SdpError) else "It cannot be read."
        raise _unknown(f"The broker's answer does not prove anything. {words}", message) from error
    return message.accepted()


def _check_accepted(
    response: HttpResponse, message: EbmsPending, sent: SignedEnvelope, parties: Parties
) -> None:
    answer = classify(response)
    if not isinstance(answer, ReceiptAnswer):
        raise UnreadableAnswerError("It is not a transport receipt.")
    verified = verify_envelope(
        answer.envelope,
        trust=parties.trust,
        moment=parties.clock(),
        organisasjonsnummer=parties.broker,
    )
    check_transport_receipt(verified.messaging, message_id=message.message_id, sent=sent)


def _says_already_received(error: EbmsError, message: EbmsPending) -> bool:
    words = f"{error.short_description} {error.description}".casefold()
    return (
        error.code == _VALUE_INCONSISTENT
        and error.ref_to_message in (None, message.message_id)
        and "already" in words
        and ("instanceidentifier" in words or "conversationid" in words)
    )


def _unknown(words: str, message: EbmsPending) -> UnknownOutcomeError:
    return UnknownOutcomeError(words, pending=message)
