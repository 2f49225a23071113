"""WS-Security envelopes: signed ones for what is sent, and verification of those that come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp import wire
from sdp.ebms import names
from sdp.ebms.reading import at_most_one, every, only, word
from sdp.errors import UnreadableAnswerError
from sdp.gate import new_uuid
from sdp.pki import Usage
from sdp.wss import certificate_of, check_time, security, timestamp, uri_of
from sdp.xmlsec import Reference, Transform, verify
from sdp.xmlsec.names import ENV

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from lxml import etree

    from sdp.ebms.messages import Draft
    from sdp.pki import ChainValidator, Signer
    from sdp.xmlsec.verifying import Signed


@dataclass(frozen=True, slots=True)
class Parties(wire.Parties):
    """Parties of a message by way of a broker, who must have signed every answer.

    Attributes:
        broker: its organisation number.
    """

    broker: str


@dataclass(frozen=True, slots=True)
class SignedEnvelope:
    """A message as it goes out.

    Attributes:
        content: the SOAP envelope.
        payload: the signed references to body and attachments, which a transport receipt repeats.
        housekeeping: the signed references to header and timestamp, which it need not repeat.
    """

    content: bytes = field(repr=False)
    payload: tuple[Reference, ...]
    housekeeping: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP 1.2 envelope as it came; nothing in it is verified."""

    root: etree._Element
    body: etree._Element
    messaging: etree._Element | None


@dataclass(frozen=True, slots=True)
class VerifiedEnvelope:
    """The parts of an answer that the broker signed, parsed from the signed bytes.

    Attributes:
        messaging: the eb:Messaging header.
    """

    messaging: etree._Element
    _signed: Signed
    _body_uri: str
    _signature: etree._Element

    @property
    def body(self) -> etree._Element:
        """The SOAP body."""
        return self._signed[self._body_uri]

    @property
    def body_reference(self) -> etree._Element:
        """The ds:Reference to the body, which confirms it when sent back."""
        references = every(self._signature, "ds:SignedInfo/ds:Reference")
        (found,) = (each for each in references if each.get("URI") == self._body_uri)
        return found


def sign_envelope(
    draft: Draft,
    signer: Signer,
    *,
    moment: datetime,
    attachments: Mapping[str, bytes] | None = None,
) -> SignedEnvelope:
    """Sign a message and put it in its envelope. It is fresh for 120 seconds from `moment`.

    Args:
        draft: the message.
        signer: whose key signs.
        moment: now; must be aware.
        attachments: the SHA-256 of each attachment's raw bytes, by Content-ID.
    """
    timestamp_id = f"TS-{new_uuid()}"
    written = timestamp(timestamp_id, moment)
    payload = (
        Reference.of(f"#{names.BODY_ID}", Transform.EXCLUSIVE_C14N, draft.body),
        *(
            Reference(f"cid:{content_id}", Transform.ATTACHMENT_CONTENT, digest)
            for content_id, digest in (attachments or {}).items()
        ),
    )
    housekeeping = (
        Reference.of(f"#{draft.messaging_id}", Transform.EXCLUSIVE_C14N, draft.messaging),
        Reference.of(f"#{timestamp_id}", Transform.EXCLUSIVE_C14N, written.encode()),
    )
    header = security(written, (*payload, *housekeeping), signer)
    content = (
        f'<env:Envelope xmlns:env="{ENV}"><env:Header>{header}'.encode(),
        draft.messaging,
        b"</env:Header>",
        draft.body,
        b"</env:Envelope>",
    )
    return SignedEnvelope(b"".join(content), payload, housekeeping)


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
    envelope: Envelope, *, trust: ChainValidator, moment: datetime, organisasjonsnummer: str
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
    # 1. Each part that is judged is there exactly once (WSS 1.1.1, sections 5 to 8).
    security_header = only(envelope.root, "env:Header/wsse:Security")
    timestamp_element = only(security_header, "wsu:Timestamp")
    messaging = only(envelope.root, "env:Header/eb:Messaging")
    signature = only(security_header, "ds:Signature")
    # 2. The signature names the token that stands in the header.
    certificate = certificate_of(
        only(security_header, "wsse:BinarySecurityToken"),
        only(signature, "ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference"),
    )
    # 3. The certificate in it is trusted, for signing, and is the broker's.
    trust.validate(
        certificate, moment=moment, usage=Usage.SIGNING, organisasjonsnummer=organisasjonsnummer
    )
    # 4. It has signed the body, eb:Messaging and the timestamp. From here on only the signed bytes
    #    are read.
    parts = (envelope.body, messaging, timestamp_element)
    body_uri, messaging_uri, timestamp_uri = map(uri_of, parts)
    signed = verify(
        signature,
        dict(zip((body_uri, messaging_uri, timestamp_uri), parts, strict=True)),
        certificate=certificate,
        moment=moment,
    )
    # 5. The answer is of this time.
    life = signed[timestamp_uri]
    check_time(word(life, "wsu:Created"), word(life, "wsu:Expires"), moment)
    return VerifiedEnvelope(signed[messaging_uri], signed, body_uri, signature)
