"""WS-Security on what is asked: timestamp, body and every header under one signature."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sdp.errors import naive_moment
from sdp.krr.soap import names
from sdp.xmlsec import Reference, Transform, base64_der, exclusive, parse, signature
from sdp.xmlsec.canonical import element, leaf
from sdp.xmlsec.namespaces import ENV, PREFIXES, WSSE, WSU

if TYPE_CHECKING:
    from datetime import datetime

    from lxml import etree

    from sdp.pki import Signer

LIFE: Final = timedelta(seconds=120)
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
    timestamp = _timestamp(timestamp_id, moment)
    references = [Reference.of(f"#{timestamp_id}", Transform.EXCLUSIVE_C14N, timestamp.encode())]
    for part in (body, *header):
        identifier = f"id-{uuid4()}"
        part.set(_ID, identifier)
        references.append(Reference.of(f"#{identifier}", Transform.EXCLUSIVE_C14N, exclusive(part)))
    header.insert(0, parse(_security(timestamp, references, signer).encode()))
    value = header.findtext("wsse:Security/ds:Signature/ds:SignatureValue", "", PREFIXES)
    return Signed(envelope, value)


def _timestamp(identifier: str, moment: datetime) -> str:
    return element(
        "wsu:Timestamp",
        leaf("wsu:Created", _instant(moment)),
        leaf("wsu:Expires", _instant(moment + LIFE)),
        attributes={"xmlns:wsu": WSU, "wsu:Id": identifier},
    )


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise naive_moment()
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _security(timestamp: str, references: list[Reference], signer: Signer) -> str:
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
    pointer = {"URI": f"#{token_id}", "ValueType": names.X509_TYPE}
    key_info = element("wsse:SecurityTokenReference", element("wsse:Reference", attributes=pointer))
    return element(
        "wsse:Security",
        token,
        timestamp,
        signature(references, signer, key_info),
        attributes={"xmlns:env": ENV, "xmlns:wsse": WSSE, "env:mustUnderstand": "true"},
    )
