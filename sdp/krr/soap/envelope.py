"""SOAP envelopes of Oppslagstjenesten: names, the parts of an answer, the signing of a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sdp.errors import UnreadableAnswerError
from sdp.wss import security, timestamp
from sdp.xmlsec import Reference, Transform, exclusive, parse
from sdp.xmlsec.names import ENV, PREFIXES, WSU

if TYPE_CHECKING:
    from datetime import datetime

    from lxml import etree

    from sdp.pki import Signer


BINDING: Final = "{http://kontaktinfo.difi.no/wsdl/oppslagstjeneste-16-02}Soap12"
OPPSLAGSTJENESTEN: Final = "http://kontaktinfo.difi.no/xsd/oppslagstjeneste/16-02"

WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

RSA_OAEP_MGF1P: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
AES256_CBC: Final = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
CONTENT: Final = "http://www.w3.org/2001/04/xmlenc#Content"


_PREFIXES: Final = {**PREFIXES, "wsse11": WSSE11, "xenc": XENC}


@dataclass(frozen=True, slots=True)
class Answer:
    """A SOAP 1.2 envelope with WS-Security, as it came."""

    root: etree._Element
    security: etree._Element
    body: etree._Element
    signature: etree._Element
    timestamp: etree._Element
    confirmation: etree._Element


def read_answer(root: etree._Element) -> Answer:
    """Find the parts that an answer must have, each in its place and only once.

    Raises:
        UnreadableAnswerError: one is missing, or is there twice.
    """
    if root.tag != f"{{{ENV}}}Envelope":
        raise UnreadableAnswerError("The answer is not a SOAP 1.2 envelope.")
    security = only(root, "env:Header/wsse:Security")
    return Answer(
        root=root,
        security=security,
        body=only(root, "env:Body"),
        signature=only(security, "ds:Signature"),
        timestamp=only(security, "wsu:Timestamp"),
        confirmation=only(security, "wsse11:SignatureConfirmation"),
    )


def only(parent: etree._Element, path: str) -> etree._Element:
    """Return the one element on the path.

    Raises:
        UnreadableAnswerError: there are none or several.
    """
    found = parent.findall(path, _PREFIXES)
    if len(found) != 1:
        name = path.rpartition("/")[2].rpartition(":")[2]
        raise UnreadableAnswerError(f"The answer must have one {name}, and has {len(found)}.")
    return found[0]


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
