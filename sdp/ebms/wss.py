"""WS-Security on what we send: timestamp, body, header and attachment under one signature."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sdp.ebms import names
from sdp.ebms.instants import write_instant
from sdp.xmlsec import Reference, Transform, base64_der, signature
from sdp.xmlsec.canonical import element, leaf
from sdp.xmlsec.namespaces import ENV, WSSE, WSU

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sdp.ebms.messages import Draft
    from sdp.pki import Signer

_LIFE: Final = timedelta(seconds=120)


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
    timestamp_id = f"TS-{uuid4()}"
    timestamp = _timestamp(timestamp_id, moment)
    payload = (
        Reference.of(f"#{names.BODY_ID}", Transform.EXCLUSIVE_C14N, draft.body),
        *(
            Reference(f"cid:{content_id}", Transform.ATTACHMENT_CONTENT, digest)
            for content_id, digest in (attachments or {}).items()
        ),
    )
    housekeeping = (
        Reference.of(f"#{draft.messaging_id}", Transform.EXCLUSIVE_C14N, draft.messaging),
        Reference.of(f"#{timestamp_id}", Transform.EXCLUSIVE_C14N, timestamp.encode()),
    )
    security = _security(timestamp, (*payload, *housekeeping), signer)
    return SignedEnvelope(_envelope(security, draft), payload, housekeeping)


def _timestamp(identifier: str, moment: datetime) -> str:
    return element(
        "wsu:Timestamp",
        leaf("wsu:Created", write_instant(moment)),
        leaf("wsu:Expires", write_instant(moment + _LIFE)),
        attributes={"xmlns:wsu": WSU, "wsu:Id": identifier},
    )


def _security(timestamp: str, references: tuple[Reference, ...], signer: Signer) -> str:
    token_id = f"X509-{uuid4()}"
    token = leaf(
        "wsse:BinarySecurityToken",
        base64_der(signer.chain[0]),
        {
            "xmlns:wsu": WSU,
            "EncodingType": names.BASE64_ENCODING,
            "ValueType": names.X509_TYPE,
            "wsu:Id": token_id,
        },
    )
    key_info = element(
        "wsse:SecurityTokenReference",
        element("wsse:Reference", attributes={"URI": f"#{token_id}", "ValueType": names.X509_TYPE}),
    )
    return element(
        "wsse:Security",
        token,
        timestamp,
        signature(references, signer, key_info),
        attributes={"xmlns:wsse": WSSE, "env:mustUnderstand": "true"},
    )


def _envelope(security: str, draft: Draft) -> bytes:
    return b"".join(
        (
            f'<env:Envelope xmlns:env="{ENV}"><env:Header>{security}'.encode(),
            draft.messaging,
            b"</env:Header>",
            draft.body,
            b"</env:Envelope>",
        )
    )
