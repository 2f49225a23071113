"""SOAP answers: their parts, and their WS-Security."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.ebms.reading import at_most_one, only, word
from sdp.errors import UnreadableAnswerError
from sdp.pki import Usage
from sdp.wss import certificate_of, check_time, uri_of
from sdp.xmlsec import exclusive, verify
from sdp.xmlsec.names import ENV, PREFIXES

if TYPE_CHECKING:
    from datetime import datetime

    from lxml import etree

    from sdp.pki import TrustStore


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP 1.2 envelope as it came; nothing in it is verified."""

    root: etree._Element
    body: etree._Element
    messaging: etree._Element | None


@dataclass(frozen=True, slots=True)
class VerifiedEnvelope:
    """What the broker signed, parsed from the signed bytes.

    Attributes:
        messaging: the eb:Messaging header.
        body: the SOAP body.
        body_reference: the ds:Reference to the body, which confirms it when sent back.
    """

    messaging: etree._Element
    body: etree._Element
    body_reference: bytes


def read_envelope(root: etree._Element) -> Envelope:
    """Find the parts of a SOAP 1.2 envelope.

    Raises:
        UnreadableAnswerError: it is something else.
    """
    if root.tag != f"{{{ENV}}}Envelope":
        raise UnreadableAnswerError("The answer is not a SOAP 1.2 envelope.")
    return Envelope(
        root=root,
        body=only(root, "env:Body"),
        messaging=at_most_one(root, "env:Header/eb:Messaging"),
    )


def verify_envelope(
    envelope: Envelope, *, trust: TrustStore, moment: datetime, organisasjonsnummer: str
) -> VerifiedEnvelope:
    """Verify the WS-Security of an answer.

    Timestamp, body and eb:Messaging, and nothing else, must be signed with a certificate that is
    trusted and belongs to the organisation. The timestamp may be 120 seconds off.

    Args:
        envelope: the answer.
        trust: the trust anchors.
        moment: now; must be aware.
        organisasjonsnummer: who must have signed.

    Raises:
        UnreadableAnswerError: a part is missing, or the answer is not of this time.
        CertificateError: the certificate is not to be trusted, or is another organisation's.
        SignatureError: the signature does not hold.
    """
    security = only(envelope.root, "env:Header/wsse:Security")
    timestamp = only(security, "wsu:Timestamp")
    messaging = only(envelope.root, "env:Header/eb:Messaging")
    signature = only(security, "ds:Signature")
    certificate = certificate_of(
        only(security, "wsse:BinarySecurityToken"),
        only(signature, "ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference"),
    )
    trust.validate(
        certificate, moment=moment, usage=Usage.SIGNING, organisasjonsnummer=organisasjonsnummer
    )
    body_uri, messaging_uri, timestamp_uri = map(uri_of, (envelope.body, messaging, timestamp))
    signed = verify(
        signature,
        {body_uri: envelope.body, messaging_uri: messaging, timestamp_uri: timestamp},
        certificate=certificate,
        moment=moment,
    )
    made, over = (word(signed[timestamp_uri], f"wsu:{name}") for name in ("Created", "Expires"))
    check_time(made, over, moment)
    references = signature.findall("ds:SignedInfo/ds:Reference", PREFIXES)
    (body_reference,) = (each for each in references if each.get("URI") == body_uri)
    return VerifiedEnvelope(
        messaging=signed[messaging_uri],
        body=signed[body_uri],
        body_reference=exclusive(body_reference),
    )
