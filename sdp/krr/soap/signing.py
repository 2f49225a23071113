"""WS-Security on what is asked: timestamp, body and every header under one signature."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sdp.wss import security, timestamp
from sdp.xmlsec import Reference, Transform, exclusive, parse
from sdp.xmlsec.namespaces import ENV, PREFIXES, WSU

if TYPE_CHECKING:
    from datetime import datetime

    from lxml import etree

    from sdp.pki import Signer

_ID: Final = f"{{{WSU}}}Id"


@dataclass(frozen=True, slots=True)
class Signed:
    """A question as it goes out.

    Attributes:
        envelope: with its WS-Security header first.
        signature_value: in base64, as the answer must confirm it.
    """

    envelope: etree._Element = field(repr=False)
    signature_value: str


def sign(unsigned: etree._Element, signer: Signer, *, moment: datetime) -> Signed:
    """Sign a SOAP 1.2 envelope. It is fresh for 120 seconds from `moment`.

    Args:
        unsigned: the envelope; its content is moved out of it.
        signer: whose key signs.
        moment: now; must be aware.

    Raises:
        InvalidInputError: the moment is naive.
    """
    envelope = parse(
        f'<env:Envelope xmlns:env="{ENV}" xmlns:wsu="{WSU}"><env:Header/><env:Body/>'
        "</env:Envelope>".encode()
    )
    header, body = envelope
    header.extend(unsigned.findall("env:Header/*", PREFIXES))
    body.extend(unsigned.findall("env:Body/*", PREFIXES))
    timestamp_id = f"TS-{uuid4()}"
    written = timestamp(timestamp_id, moment)
    references = [Reference.of(f"#{timestamp_id}", Transform.EXCLUSIVE_C14N, written.encode())]
    for part in (body, *header):
        identifier = f"id-{uuid4()}"
        part.set(_ID, identifier)
        references.append(Reference.of(f"#{identifier}", Transform.EXCLUSIVE_C14N, exclusive(part)))
    made = security(written, references, signer, stands_alone=True)
    header.insert(0, parse(made.encode()))
    value = header.findtext("wsse:Security/ds:Signature/ds:SignatureValue", "", PREFIXES)
    return Signed(envelope, value)
