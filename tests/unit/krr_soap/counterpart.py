"""The register in tests: carries flows out, and answers signed and encrypted by libxmlsec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.testmiljo.signing import Actor, sign_envelope
from sdp.testmiljo.validators.names import BASE64, ENV, PREFIXES, WSSE, WSU, X509_TYPE
from sdp.transport.request import HttpRequest, HttpResponse

Tamper = Callable[[etree._Element], object]

WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
XENC = "http://www.w3.org/2001/04/xmlenc#"
OT = "http://kontaktinfo.difi.no/xsd/oppslagstjeneste/16-02"
BEGREP = "http://begrep.difi.no"
NS = {**PREFIXES, "wsse11": WSSE11, "xenc": XENC, "o": OT, "b": BEGREP}
DECLARED = f'xmlns:o="{OT}" xmlns:b="{BEGREP}"'
SOAP = {"content-type": "application/soap+xml; charset=utf-8"}
_ID = f"{{{WSU}}}Id"


class Clock:
    """Stands still until it is told to move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def envelope_of(request: HttpRequest) -> etree._Element:
    return etree.fromstring(b"".join(request.body.chunks()))


def one(root: etree._Element, path: str) -> etree._Element:
    (found,) = root.findall(f".//{path}", NS)
    return found


def person(number: str, *content: str) -> str:
    parts = content or (
        "<b:reservasjon>NEI</b:reservasjon>",
        "<b:status>AKTIV</b:status>",
        "<b:varslingsstatus>KAN_VARSLES</b:varslingsstatus>",
    )
    written = f"<b:personidentifikator>{number}</b:personidentifikator>{''.join(parts)}"
    return f"<b:Person>{written}</b:Person>"


def personer(*people: str) -> str:
    return f"<o:HentPersonerRespons {DECLARED}>{''.join(people)}</o:HentPersonerRespons>"


def nothing(_: etree._Element) -> None:
    """Touch nothing."""


@dataclass
class Register:
    """Answers correctly, unless a test twists what it says.

    Attributes:
        content: what the body of its answers holds.
        declared: what namespaces the body declares.
        signer: signs them.
        recipient: whom they are encrypted for; None leaves them in clear.
        signed_parts: what the signature is over.
        confirms: the SignatureValue that is confirmed; None takes that of the question.
        before: twists the answer before it is signed.
        between: twists it when it is signed and not encrypted yet.
        after: twists it when all is done.
    """

    signer: Actor
    recipient: x509.Certificate | None
    clock: Clock
    content: str = ""
    declared: str = ""
    signed_parts: tuple[str, ...] = ("wsu:Timestamp", "env:Body", "wsse11:SignatureConfirmation")
    confirms: str | None = None
    before: Tamper = nothing
    between: Tamper = nothing
    after: Tamper = nothing
    status: int = 200
    requests: list[HttpRequest] = field(default_factory=list)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return HttpResponse(self.status, SOAP, etree.tostring(self.answer(request)))

    def answer(self, request: HttpRequest) -> etree._Element:
        asked = one(envelope_of(request), "ds:SignatureValue").text or ""
        root = self._unsigned(self.confirms or asked)
        self.before(root)
        parts = {path: one(root, path) for path in self.signed_parts}
        ids = {f"{path.rpartition(':')[2]}-1": part for path, part in parts.items()}
        sign_envelope(one(root, "wsse:Security"), ids, self.signer, "X509-1")
        self.between(root)
        if self.recipient is not None:
            encrypt(root, self.recipient)
        self.after(root)
        return root

    def _unsigned(self, confirmed: str) -> etree._Element:
        now = self.clock()
        created, expires = (
            each.isoformat(timespec="milliseconds") for each in (now, now + timedelta(seconds=60))
        )
        return etree.fromstring(
            f'<env:Envelope xmlns:env="{ENV}"><env:Header>'
            f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" env:mustUnderstand="true">'
            f'<wsse:BinarySecurityToken wsu:Id="X509-1" EncodingType="{BASE64}"'
            f' ValueType="{X509_TYPE}">{self.signer.base64_certificate}'
            "</wsse:BinarySecurityToken>"
            f"<wsu:Timestamp><wsu:Created>{created}</wsu:Created>"
            f"<wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
            f'<wsse11:SignatureConfirmation xmlns:wsse11="{WSSE11}" Value="{confirmed}"/>'
            f"</wsse:Security></env:Header><env:Body {self.declared}>{self.content}"
            "</env:Body></env:Envelope>"
        )


def encrypt(root: etree._Element, recipient: x509.Certificate) -> None:
    """Encrypt the content of the body as WS-Security has it, the key first in the header."""
    body, security = root.find("env:Body", NS), root.find("env:Header/wsse:Security", NS)
    if body is None or security is None:
        return
    manager = xmlsec.KeysManager()
    manager.add_key(
        xmlsec.Key.from_memory(
            recipient.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
        )
    )
    data = xmlsec.template.encrypted_data_create(
        body, xmlsec.constants.TransformAes256Cbc, type=xmlsec.constants.TypeEncContent, ns="xenc"
    )
    data.set("Id", "ED-1")
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    key_info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    key = xmlsec.template.add_encrypted_key(key_info, xmlsec.constants.TransformRsaOaep)
    xmlsec.template.encrypted_data_ensure_cipher_value(key)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(
        xmlsec.constants.KeyDataAes, 256, xmlsec.constants.KeyDataTypeSession
    )
    context.encrypt_xml(data, body)
    key = one(root, "xenc:EncryptedKey")
    security.insert(0, key)
    about = etree.SubElement(key, f"{{{PREFIXES['ds']}}}KeyInfo", nsmap={"ds": PREFIXES["ds"]})
    key.insert(1, about)
    serial = f'<w:X509IssuerSerial xmlns:w="{PREFIXES["ds"]}"><w:X509SerialNumber>'
    serial += f"{recipient.serial_number}</w:X509SerialNumber></w:X509IssuerSerial>"
    reference = etree.SubElement(about, f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(reference, f"{{{PREFIXES['ds']}}}X509Data").append(etree.fromstring(serial))
    pointers = etree.SubElement(key, f"{{{XENC}}}ReferenceList")
    etree.SubElement(pointers, f"{{{XENC}}}DataReference", URI="#ED-1")
