"""Answers of the broker: signed SOAP messages, and unsigned faults."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from lxml import etree
from lxml.builder import ElementMaker

from sdp.testmiljo.signing import sign_envelope
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.rejection import Ebms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.validators.rejection import EbmsRejection

# The real broker declares every namespace it knows on every message. Clients must live with it.
_NOISE = {
    "ns2": "http://schemas.xmlsoap.org/soap/envelope/",
    "ns3": names.SBDH,
    "ns5": names.DS,
    "ns6": names.EB,
    "ns7": names.EBBP,
    "ns9": names.SDP,
    "ns10": names.ASIC,
    "ns11": names.XADES,
}
_ENV = ElementMaker(namespace=names.ENV, nsmap={"env": names.ENV})
_EB = ElementMaker(namespace=names.EB, nsmap=_NOISE)
_EBBP = ElementMaker(namespace=names.EBBP, nsmap=_NOISE)
_WSSE = ElementMaker(namespace=names.WSSE, nsmap={"wsse": names.WSSE, "wsu": names.WSU})
_WSU = ElementMaker(namespace=names.WSU, nsmap={"wsu": names.WSU})

_ID = f"{{{names.WSU}}}Id"
_MUST_UNDERSTAND = {f"{{{names.ENV}}}mustUnderstand": "true"}
_BODY_ID = "soapBody"
_LIFE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `body_digest` is that of the signed SOAP body, where there is one."""

    status: int
    content: bytes
    content_type: str = f"{names.SOAP_TYPE}; charset=utf-8"
    body_digest: str = ""


def nothing(status: int) -> Answer:
    """Answer with only an HTTP status."""
    return Answer(status, b"", "text/plain")


def transport_receipt(
    *, ref_to: str, references: Iterable[etree._Element], signer: Actor, moment: datetime
) -> Answer:
    """Acknowledge a message, with its references back."""
    parts = [_EBBP.MessagePartNRInformation(copy.deepcopy(each)) for each in references]
    receipt = _EB.Receipt(_EBBP.NonRepudiationInformation(*parts))
    return _signed(_EB.SignalMessage(_info(moment, ref_to), receipt), signer=signer, moment=moment)


def empty_queue(*, ref_to: str, signer: Actor, moment: datetime) -> Answer:
    """Tell that there is nothing to pull."""
    error = _error(Ebms.EMPTY_CHANNEL, "Nothing waits in this queue now.", "warning", ref_to)
    return _signed(_EB.SignalMessage(_info(moment, ref_to), error), signer=signer, moment=moment)


def pulled(
    sbd: bytes,
    *,
    message_id: str,
    mpc: str,
    ref_to: str,
    receiver: str,
    signer: Actor,
    moment: datetime,
) -> Answer:
    """Hand out one receipt from a queue, to the databehandler `receiver`."""
    document = etree.fromstring(sbd)
    message = _EB.UserMessage(
        _info(moment, ref_to, message_id),
        _EB.PartyInfo(
            _party("From", signer.organisasjonsnummer, names.ROLE_MELDINGSFORMIDLER),
            _party("To", receiver, names.ROLE_AVSENDER),
        ),
        _EB.CollaborationInfo(
            _EB.AgreementRef(f"{names.AGREEMENT}FormidleDigitalPostForsendelse"),
            _EB.Service("SDP"),
            _EB.Action("KvitteringsForespoersel"),
            _EB.ConversationId(document.findtext(".//sbdh:InstanceIdentifier", "", names.PREFIXES)),
        ),
        _EB.PayloadInfo(_EB.PartInfo()),
        mpc=mpc,
    )
    return _signed(message, document, signer=signer, moment=moment)


def ebms_fault(rejection: EbmsRejection, *, ref_to: str | None, moment: datetime) -> Answer:
    """Refuse with an ebMS error in a SOAP fault, unsigned as the real broker's are."""
    error = _error(rejection.error, rejection.description, "failure", ref_to)
    signal = _EB.SignalMessage(_info(moment, ref_to), error)
    header = _ENV.Header(_EB.Messaging(signal, _MUST_UNDERSTAND))
    code = "Receiver" if rejection.error.is_server_fault else "Sender"
    return _fault(code, rejection.error.short_description, header)


def bare_fault(code: str, reason: str) -> Answer:
    """Refuse with a SOAP fault without any ebMS header."""
    return _fault(code, reason, _ENV.Header())


def _fault(code: str, reason: str, header: etree._Element) -> Answer:
    language = {f"{{{names.XML}}}lang": "en"}
    fault = _ENV.Fault(
        _ENV.Code(_ENV.Value(f"env:{code}")), _ENV.Reason(_ENV.Text(reason, language))
    )
    return Answer(500, _serialised(_ENV.Envelope(header, _ENV.Body(fault))))


def _signed(
    content: etree._Element,
    document: etree._Element | None = None,
    *,
    signer: Actor,
    moment: datetime,
) -> Answer:
    token_id, timestamp_id = f"X509-{uuid4()}", f"TS-{uuid4()}"
    token = _WSSE.BinarySecurityToken(
        signer.base64_certificate,
        {_ID: token_id, "ValueType": names.X509_TYPE, "EncodingType": names.BASE64},
    )
    timestamp = _WSU.Timestamp(
        _WSU.Created(_utc(moment)), _WSU.Expires(_utc(moment + _LIFE)), {_ID: timestamp_id}
    )
    security = _WSSE.Security(token, timestamp, _MUST_UNDERSTAND)
    messaging = _EB.Messaging(content, _MUST_UNDERSTAND)
    body = _ENV.Body()
    if document is not None:
        body.append(document)
    envelope = _ENV.Envelope(_ENV.Header(security, messaging), body)
    elements = {_BODY_ID: body, timestamp_id: timestamp, f"id-{uuid4()}": messaging}
    signature = sign_envelope(security, elements, signer, token_id)
    digest = signature.findtext(".//ds:DigestValue", "", names.PREFIXES)
    return Answer(200, _serialised(envelope), body_digest="".join(digest.split()))


def _error(error: Ebms, description: str, severity: str, ref_to: str | None) -> etree._Element:
    attributes = {
        "category": error.category,
        "errorCode": error.code,
        "origin": "ebMS",
        "severity": severity,
        "shortDescription": error.short_description,
    }
    if ref_to is not None:
        attributes["refToMessageInError"] = ref_to
    return _EB.Error(_EB.Description(description, {f"{{{names.XML}}}lang": "en"}), attributes)


def _info(moment: datetime, ref_to: str | None, message_id: str | None = None) -> etree._Element:
    info = _EB.MessageInfo(_EB.Timestamp(_utc(moment)), _EB.MessageId(message_id or str(uuid4())))
    if ref_to is not None:
        info.append(_EB.RefToMessageId(ref_to))
    return info


def _party(direction: str, organisasjonsnummer: str, role: str) -> etree._Element:
    identifier = _EB.PartyId(names.party(organisasjonsnummer), type=names.PARTY_TYPE)
    return _EB(direction, identifier, _EB.Role(role))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _serialised(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
