"""WS-Security on what we send: timestamp, body, header and attachment under one signature."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from sdp.ebms import names
from sdp.wss import security, timestamp
from sdp.xmlsec import Reference, Transform
from sdp.xmlsec.names import ENV

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sdp.ebms.messages import Draft
    from sdp.pki import Signer


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
    return SignedEnvelope(_envelope(header, draft), payload, housekeeping)


def _envelope(header: str, draft: Draft) -> bytes:
    return b"".join(
        (
            f'<env:Envelope xmlns:env="{ENV}"><env:Header>{header}'.encode(),
            draft.messaging,
            b"</env:Header>",
            draft.body,
            b"</env:Envelope>",
        )
    )
