"""A sender of its own making, which can be told to get any one thing wrong."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.testmiljo.signing import Actor, sign_enveloped
from sdp.testmiljo.validators import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sdp.testmiljo.ca import Issued

SOAP = names.SOAP_TYPE
RELATED = f'multipart/related; boundary=b; type="{SOAP}"'
CID = "pakke@meldingsformidler.sdp.difi.no"


def nothing(_: etree._Element) -> None:
    """Change nothing."""


@dataclass
class Spoilt:
    """What is to be wrong with a message; as it stands, nothing."""

    sbd: Callable[[etree._Element], None] = nothing
    """Changes the business message before it is signed."""
    sbd_after: Callable[[etree._Element], None] = nothing
    """Changes it afterwards."""
    envelope: Callable[[etree._Element], None] = nothing
    """Changes the envelope before it is signed."""
    signed_info: Callable[[etree._Element], None] = nothing
    """Changes SignedInfo before its value is made."""
    envelope_after: Callable[[etree._Element], None] = nothing
    """Changes the envelope when all is signed."""
    package_sent: bytes | None = None
    """Is sent in place of the package that was signed."""
    signer: Issued | None = None
    """Signs the envelope."""
    sbd_signer: Issued | None = None
    """Signs the business message."""
    created: timedelta = field(default_factory=timedelta)
    """How far from now the message says it was made."""
    life: timedelta = timedelta(seconds=120)


@dataclass
class Sender:
    """An organisation that sends letters and pulls receipts."""

    organisasjonsnummer: str
    issued: Issued
    moment: datetime

    def letter(
        self,
        *,
        avsender: str | None = None,
        mottaker: str = "922020175",
        meldings_id: str = "",
        konversasjons_id: str = "",
        message_id: str = "",
        mpc: str = "urn:normal",
        package: bytes = b"a package",
        spoilt: Spoilt | None = None,
    ) -> tuple[str, bytes]:
        """The Content-Type and body of a letter."""
        spoilt = spoilt or Spoilt()
        meldings_id = meldings_id or str(uuid4())
        sbd = etree.fromstring(
            _sbd(
                databehandler=self.organisasjonsnummer,
                avsender=avsender or self.organisasjonsnummer,
                mottaker=mottaker,
                meldings_id=meldings_id,
                konversasjons_id=konversasjons_id or str(uuid4()),
                fingerprint=_digest(package),
                moment=self.moment,
            )
        )
        spoilt.sbd(sbd)
        issued = spoilt.sbd_signer or self.issued
        sign_enveloped(sbd[1], Actor(self.organisasjonsnummer, issued.certificate, issued.key))
        spoilt.sbd_after(sbd)
        message = _user_message(
            self.organisasjonsnummer, meldings_id, mpc, self.moment, message_id or str(uuid4())
        )
        envelope = self._secured(message, sbd, {CID: package}, spoilt)
        sent = package if spoilt.package_sent is None else spoilt.package_sent
        return RELATED, multipart(envelope, sent)

    def signal(self, *signals: str, spoilt: Spoilt | None = None) -> tuple[str, bytes]:
        """The Content-Type and body of signals; see `pull` and `confirmation`."""
        return SOAP, self._secured("".join(signals), None, {}, spoilt or Spoilt())

    def pull(self, mpc: str = "urn:normal", message_id: str = "pull-1") -> str:
        info = _message_info(self.moment, message_id)
        return f'<eb:SignalMessage>{info}<eb:PullRequest mpc="{mpc}"/></eb:SignalMessage>'

    def confirmation(self, message_id: str, reference: str) -> str:
        info = _message_info(self.moment, "confirmation-1", message_id)
        return (
            f"<eb:SignalMessage>{info}<eb:Receipt><NonRepudiationInformation "
            f'xmlns="{names.EBBP}"><MessagePartNRInformation>{reference}'
            "</MessagePartNRInformation></NonRepudiationInformation></eb:Receipt>"
            "</eb:SignalMessage>"
        )

    def _secured(
        self,
        messaging: str,
        sbd: etree._Element | None,
        attachments: Mapping[str, bytes],
        spoilt: Spoilt,
    ) -> bytes:
        issued = spoilt.signer or self.issued
        created = self.moment + spoilt.created
        root = etree.fromstring(
            _envelope(messaging, _base64_certificate(issued), created, created + spoilt.life)
        )
        if sbd is not None:
            root[1].append(sbd)
        spoilt.envelope(root)
        signature = etree.fromstring(_SIGNATURE)
        for identifier in ("timestamp", "messaging", "soapBody"):
            for element in root.iter():
                if element.get(f"{{{names.WSU}}}Id") == identifier:
                    canonical = etree.tostring(element, method="c14n", exclusive=True)
                    reference = _reference(f"#{identifier}", names.EC, _digest(canonical))
                    signature[0].append(reference)
        for cid, content in attachments.items():
            reference = _reference(f"cid:{cid}", names.ATTACHMENT_CONTENT, _digest(content))
            signature[0].append(reference)
        spoilt.signed_info(signature[0])
        root[0][0].append(signature)
        canonical = etree.tostring(signature[0], method="c14n", exclusive=True)
        value = issued.key.sign(canonical, PKCS1v15(), SHA256())
        signature[1].text = base64.b64encode(value).decode()
        spoilt.envelope_after(root)
        return etree.tostring(root)


def multipart(envelope: bytes, package: bytes, content_type: str = names.CMS_TYPE) -> bytes:
    return (
        f"--b\r\nContent-Type: {SOAP}\r\nContent-ID: <root>\r\n\r\n".encode()
        + envelope
        + f"\r\n--b\r\nContent-Type: {content_type}\r\nContent-ID: <{CID}>\r\n\r\n".encode()
        + package
        + b"\r\n--b--\r\n"
    )


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _base64_certificate(issued: Issued) -> str:
    return base64.b64encode(issued.certificate.public_bytes(Encoding.DER)).decode()


_SIGNATURE = f"""\
<ds:Signature xmlns:ds="{names.DS}"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="{names.EC}"/>\
<ds:SignatureMethod Algorithm="{names.RSA_SHA256}"/></ds:SignedInfo><ds:SignatureValue/>\
<ds:KeyInfo><wsse:SecurityTokenReference xmlns:wsse="{names.WSSE}">\
<wsse:Reference URI="#token" ValueType="{names.X509_TYPE}"/></wsse:SecurityTokenReference>\
</ds:KeyInfo></ds:Signature>"""


def _reference(uri: str, transform: str, digest: str) -> etree._Element:
    return etree.fromstring(
        f'<ds:Reference xmlns:ds="{names.DS}" URI="{uri}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{transform}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{names.SHA256}"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )


def _envelope(messaging: str, token: str, created: datetime, expires: datetime) -> str:
    return f"""\
<env:Envelope xmlns:env="{names.ENV}"><env:Header>\
<wsse:Security xmlns:wsse="{names.WSSE}" xmlns:wsu="{names.WSU}" env:mustUnderstand="true">\
<wsse:BinarySecurityToken wsu:Id="token" ValueType="{names.X509_TYPE}" \
EncodingType="{names.BASE64}">{token}</wsse:BinarySecurityToken>\
<wsu:Timestamp wsu:Id="timestamp"><wsu:Created>{created.isoformat()}</wsu:Created>\
<wsu:Expires>{expires.isoformat()}</wsu:Expires></wsu:Timestamp></wsse:Security>\
<eb:Messaging xmlns:eb="{names.EB}" xmlns:wsu="{names.WSU}" wsu:Id="messaging" \
env:mustUnderstand="true">{messaging}</eb:Messaging></env:Header>\
<env:Body xmlns:wsu="{names.WSU}" wsu:Id="soapBody"/></env:Envelope>"""


def _message_info(moment: datetime, message_id: str, ref_to: str | None = None) -> str:
    ref = f"<eb:RefToMessageId>{ref_to}</eb:RefToMessageId>" if ref_to else ""
    return (
        f"<eb:MessageInfo><eb:Timestamp>{moment.isoformat()}</eb:Timestamp>"
        f"<eb:MessageId>{message_id}</eb:MessageId>{ref}</eb:MessageInfo>"
    )


def _user_message(
    databehandler: str, meldings_id: str, mpc: str, moment: datetime, message_id: str
) -> str:
    return f"""\
<eb:UserMessage mpc="{mpc}">{_message_info(moment, message_id)}<eb:PartyInfo>\
<eb:From><eb:PartyId type="{names.PARTY_TYPE}">9908:{databehandler}</eb:PartyId>\
<eb:Role>urn:sdp:avsender</eb:Role></eb:From>\
<eb:To><eb:PartyId type="{names.PARTY_TYPE}">9908:984661185</eb:PartyId>\
<eb:Role>urn:sdp:meldingsformidler</eb:Role></eb:To></eb:PartyInfo>\
<eb:CollaborationInfo>\
<eb:AgreementRef>{names.AGREEMENT}FormidleDigitalPostForsendelse</eb:AgreementRef>\
<eb:Service>SDP</eb:Service><eb:Action>FormidleDigitalPost</eb:Action>\
<eb:ConversationId>{meldings_id}</eb:ConversationId></eb:CollaborationInfo>\
<eb:PayloadInfo><eb:PartInfo/><eb:PartInfo href="cid:{CID}"><eb:PartProperties>\
<eb:Property name="MimeType">application/cms</eb:Property>\
<eb:Property name="Content">sdp:Dokumentpakke</eb:Property></eb:PartProperties></eb:PartInfo>\
</eb:PayloadInfo></eb:UserMessage>"""


def _sbd(
    *,
    databehandler: str,
    avsender: str,
    mottaker: str,
    meldings_id: str,
    konversasjons_id: str,
    fingerprint: str,
    moment: datetime,
) -> str:
    def party(organisasjonsnummer: str) -> str:
        identifier = f"9908:{organisasjonsnummer}"
        return f'<h:Identifier Authority="{names.PARTY_TYPE}">{identifier}</h:Identifier>'

    return f"""\
<h:StandardBusinessDocument xmlns:h="{names.SBDH}"><h:StandardBusinessDocumentHeader>\
<h:HeaderVersion>1.0</h:HeaderVersion><h:Sender>{party(databehandler)}</h:Sender>\
<h:Receiver>{party(mottaker)}</h:Receiver><h:DocumentIdentification>\
<h:Standard>urn:no:difi:sdp:1.0</h:Standard><h:TypeVersion>1.0</h:TypeVersion>\
<h:InstanceIdentifier>{meldings_id}</h:InstanceIdentifier><h:Type>digitalPost</h:Type>\
<h:CreationDateAndTime>{moment.isoformat()}</h:CreationDateAndTime></h:DocumentIdentification>\
<h:BusinessScope><h:Scope><h:Type>ConversationId</h:Type>\
<h:InstanceIdentifier>{konversasjons_id}</h:InstanceIdentifier>\
<h:Identifier>urn:no:difi:sdp:1.0</h:Identifier></h:Scope></h:BusinessScope>\
</h:StandardBusinessDocumentHeader><digitalPost xmlns="{names.SDP}">\
<avsender><organisasjon>9908:{avsender}</organisasjon></avsender><mottaker><person>\
<personidentifikator>01815800083</personidentifikator>\
<postkasseadresse>kari.nordmann#1234</postkasseadresse></person></mottaker><digitalPostInfo>\
<sikkerhetsnivaa>4</sikkerhetsnivaa><ikkeSensitivTittel lang="no">Brev</ikkeSensitivTittel>\
</digitalPostInfo><dokumentpakkefingeravtrykk>\
<d:DigestMethod xmlns:d="{names.DS}" Algorithm="{names.SHA256}"/>\
<d:DigestValue xmlns:d="{names.DS}">{fingerprint}</d:DigestValue>\
</dokumentpakkefingeravtrykk></digitalPost></h:StandardBusinessDocument>"""
