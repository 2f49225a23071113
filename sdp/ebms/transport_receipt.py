"""The broker's receipt for a letter, held up against what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.ebms.reading import every, only, word
from sdp.errors import SignatureError, UnreadableAnswerError
from sdp.xmlsec import binary_content, names

if TYPE_CHECKING:
    from lxml import etree

    from sdp.ebms.wss import SignedEnvelope


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
    signals = [each for each in every(messaging, "eb:SignalMessage") if every(each, "eb:Receipt")]
    if len(signals) != 1:
        raise UnreadableAnswerError("The answer must hold exactly one receipt.")
    signal = signals[0]
    if word(signal, "eb:MessageInfo/eb:RefToMessageId") != message_id:
        raise UnreadableAnswerError("The transport receipt is for another message.")
    information = only(signal, "eb:Receipt/ebbp:NonRepudiationInformation")
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


def _digest(reference: etree._Element) -> bytes:
    if only(reference, "ds:DigestMethod").get("Algorithm") != names.SHA256:
        raise SignatureError("The transport receipt has digests of another kind than SHA-256.")
    return binary_content(only(reference, "ds:DigestValue"))
