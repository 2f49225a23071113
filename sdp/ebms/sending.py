"""Letters to the broker. The outcome is accepted, refused or unknown, and never blurred."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sdp.ebms import names
from sdp.ebms.answers import DuplicateError, ReceiptAnswer, classify
from sdp.ebms.envelope import sign_envelope, verify_envelope
from sdp.ebms.messages import user_message
from sdp.ebms.reading import every, only, word
from sdp.ebms.sbd import build_sbd
from sdp.errors import (
    EbmsError,
    HttpStatusError,
    RefusedError,
    SdpError,
    SignatureError,
    UnknownOutcomeError,
    UnreadableAnswerError,
    WireError,
)
from sdp.gate import new_uuid
from sdp.pki import validating
from sdp.transport.request import ConnectionLostError, HttpRequest
from sdp.wire import Multipart, PendingMessage, ReceiptQueue
from sdp.xmlsec import binary_content
from sdp.xmlsec.names import SHA256

if TYPE_CHECKING:
    from lxml import etree

    from sdp.domain import Forsendelse, SendResultat
    from sdp.ebms.envelope import Parties, SignedEnvelope
    from sdp.ebms.messages import Draft
    from sdp.transport.effects import Flow
    from sdp.transport.request import Attachment, HttpResponse
    from sdp.wire import Package

_ABOUT_THE_MESSAGE: Final = frozenset({"EBMS:0001", "EBMS:0002", "EBMS:0003", "EBMS:0010"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EbmsPending(PendingMessage):
    """An ebMS message that went out, or may have."""

    url: str = field(repr=False)
    content_id: str = field(repr=False)
    draft: Draft = field(repr=False)


def prepare(
    forsendelse: Forsendelse, pakke: Package, parties: Parties, *, root: str
) -> EbmsPending:
    """Write the message that carries a letter, all but the signature of its transport.

    Its MessageId is that of the letter, so that the broker, which finds duplicates by MessageId
    alone, knows the letter again from whatever process it comes.

    Args:
        forsendelse: the letter.
        pakke: its package.
        parties: who signs the business message, and who the broker is.
        root: the root of the broker's addresses.
    """
    moment, message_id = parties.clock(), forsendelse.meldings_id
    content_id = f"{new_uuid()}@meldingsformidler.sdp.difi.no"
    sbd = build_sbd(
        forsendelse,
        databehandler=parties.databehandler,
        fingerprint=pakke.fingerprint,
        signer=parties.signer,
        moment=moment,
    )
    draft = user_message(
        forsendelse,
        sbd,
        message_id=message_id,
        content_id=content_id,
        queue=ReceiptQueue(forsendelse.prioritet, forsendelse.mpc_id),
        databehandler=parties.databehandler,
        broker=parties.broker,
        moment=moment,
    )
    sender, avsender = parties.databehandler, forsendelse.avsender.organisasjonsnummer
    return EbmsPending(
        meldings_id=forsendelse.meldings_id,
        konversasjons_id=forsendelse.konversasjons_id,
        message_id=message_id,
        sent_at=moment,
        url=f"{root.rstrip('/')}/{names.party(sender)}/{names.party(avsender)}",
        content_id=content_id,
        draft=draft,
        package=pakke,
    )


def send(message: EbmsPending, parties: Parties, *, repeated: bool) -> Flow[SendResultat]:
    """Send a message, under a WS-Security signature made now.

    Args:
        message: the letter.
        parties: who signs, and whom to trust.
        repeated: whether the same letter may have been sent before. Then the broker's word that it
            has the message already is a success.

    Returns:
        The result, when the broker's signed receipt has been checked.

    Raises:
        NotSentError: nothing left this machine.
        RefusedError: the broker refused.
        AlreadyReceivedError: the broker has the message, and it was not said to be repeated.
        UnknownOutcomeError: neither; `pending` is the message.
    """
    envelope = sign_envelope(
        message.draft,
        parties.signer,
        moment=parties.clock(),
        attachments={message.content_id: message.package.fingerprint},
    )
    body = related(envelope.content, message.content_id, message.package, f"sdp-{new_uuid()}")
    try:
        response = yield HttpRequest(
            "POST",
            message.url,
            {"Content-Type": body.content_type},
            body,
            service="the broker",
            is_last=True,
        )
    except ConnectionLostError as error:
        raise _unknown(f"No answer came from the broker: {error}.", message) from error
    except SdpError:
        raise
    except Exception as error:
        raise _unknown("What sends the requests failed.", message) from error
    try:
        yield from _check_accepted(response, message, envelope, parties)
    except HttpStatusError as error:
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        # Whatever broke, it may have broken after the message was taken in.
        raise _unknown(error.message, message, error.retry_after) from error
    except DuplicateError as error:
        # Faults are unsigned, and are believed: whoever forges one could as well drop the letter.
        if error.ref_to_message not in (None, message.message_id):
            raise
        if repeated:
            return message.accepted(already_received=True)
        raise message.already_received() from None
    except EbmsError as error:
        if error.severity == "warning":
            # By ebMS 3.0, section 6.2.3, a message is still delivered when a warning is issued.
            raise _unknown("The broker answered with a warning alone.", message) from error
        raise
    except RefusedError:
        raise
    except Exception as error:
        # Whatever it is, even a fault of ours: the letter is out, and must be able to go again.
        words = error.message if isinstance(error, SdpError) else "It cannot be read."
        wait = error.retry_after if isinstance(error, WireError) else None
        told = f"The broker's answer does not prove anything. {words}"
        raise _unknown(told, message, wait) from error
    return message.accepted()


def is_about_the_message(refusal: RefusedError) -> bool:
    """Tell whether a refusal is of this message, and not of a signature or the access of a try."""
    match refusal:
        case EbmsError():
            return refusal.code in _ABOUT_THE_MESSAGE
        case HttpStatusError():
            return refusal.status == HTTPStatus.BAD_REQUEST
        case _:
            return False


def _check_accepted(
    response: HttpResponse, message: EbmsPending, sent: SignedEnvelope, parties: Parties
) -> Flow[None]:
    answer = classify(response)
    if not isinstance(answer, ReceiptAnswer):
        raise UnreadableAnswerError("It is not a transport receipt.")
    verified = yield from validating(
        parties.trust,
        lambda trust: verify_envelope(
            answer.envelope,
            trust=trust,
            moment=parties.clock(),
            organisasjonsnummer=parties.broker,
        ),
    )
    check_transport_receipt(verified.messaging, message_id=message.message_id, sent=sent)


def _unknown(
    words: str, message: EbmsPending, retry_after: float | None = None
) -> UnknownOutcomeError:
    error = UnknownOutcomeError(words, pending=message)
    error.retry_after = retry_after
    return error


def check_transport_receipt(
    messaging: etree._Element, *, message_id: str, sent: SignedEnvelope
) -> None:
    """Check that a receipt is for this message, and for exactly the bytes that were sent.

    The references to body and attachment must all come back, each with the digest it was sent with.
    Those to header and timestamp may, and nothing else.

    Args:
        messaging: the verified eb:Messaging of the answer.
        message_id: the transport's id of the message that was sent.
        sent: the message as it went out.

    Raises:
        UnreadableAnswerError: it is for another message, or incomplete.
        SignatureError: it is for other bytes than those that were sent.
    """
    signal, receipt = _receipt(messaging)
    if word(signal, "eb:MessageInfo/eb:RefToMessageId") != message_id:
        raise UnreadableAnswerError("The transport receipt is for another message.")
    information = only(receipt, "ebbp:NonRepudiationInformation")
    known = {reference.uri: reference.digest for reference in (*sent.payload, *sent.housekeeping)}
    received = set()
    for reference in every(information, "ebbp:MessagePartNRInformation/ds:Reference"):
        uri = reference.get("URI", "")
        if uri not in known or _digest(reference) != known[uri]:
            raise SignatureError("The transport receipt is for other content than was sent.")
        received.add(uri)
    if not received.issuperset(reference.uri for reference in sent.payload):
        raise UnreadableAnswerError(
            "The transport receipt does not cover both business message and package."
        )


def _receipt(messaging: etree._Element) -> tuple[etree._Element, etree._Element]:
    """Find the one receipt and the signal that it stands in."""
    found = [
        (signal, receipt)
        for signal in every(messaging, "eb:SignalMessage")
        for receipt in every(signal, "eb:Receipt")
    ]
    if len(found) != 1:
        raise UnreadableAnswerError("The answer must hold exactly one receipt.")
    return found[0]


def _digest(reference: etree._Element) -> bytes:
    if only(reference, "ds:DigestMethod").get("Algorithm") != SHA256:
        raise SignatureError("The transport receipt has digests of another kind than SHA-256.")
    return binary_content(only(reference, "ds:DigestValue"))


def related(envelope: bytes, content_id: str, package: Attachment, boundary: str) -> Multipart:
    """Compose the body of a letter: a SOAP envelope with one attachment (SOAP with Attachments).

    Args:
        envelope: the SOAP envelope.
        content_id: the Content-ID of the attachment, without angle brackets.
        package: the package.
        boundary: a text that stands nowhere in the parts.
    """
    return Multipart(
        content_type=f'multipart/related; boundary="{boundary}"; type="{names.SOAP_TYPE}"; '
        f'start="<{names.ENVELOPE_ID}>"; start-info="{names.SOAP_TYPE}"',
        message=envelope,
        message_headers=_headers(f"{names.SOAP_TYPE}; charset=UTF-8", names.ENVELOPE_ID),
        attachment=package,
        attachment_headers=_headers(names.CMS_TYPE, content_id),
        boundary=boundary,
    )


def _headers(content_type: str, content_id: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "Content-Transfer-Encoding": "binary",
        "Content-ID": f"<{content_id}>",
    }
