"""ebMS messages: envelope, eb:Messaging header, and the WS-Security around them.

A reference is compared with the very element or attachment that is read afterwards, never with what
an id leads to. The digest of an attachment is over its bytes as they are.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import organisation_of
from sdp.testmiljo.validators.rejection import (
    inconsistent,
    policy,
    unauthenticated,
    unknown_value,
    unreadable,
)
from sdp.testmiljo.validators.signatures import certificate_in
from sdp.testmiljo.validators.xml import (
    at_most_one,
    exactly_one,
    exclusive,
    expect_algorithm,
    find_all,
    instant_of,
    local_name,
    parse,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from cryptography import x509

    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.validators.rejection import EbmsRejection


_UNDERSTAND = f"{{{names.ENV}}}mustUnderstand"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP 1.2 envelope with the two headers of the profile."""

    root: etree._Element
    security: etree._Element
    messaging: etree._Element
    body: etree._Element


def read_envelope(data: bytes) -> Envelope:
    """Parse an envelope and find its parts.

    Raises:
        HttpRejection: it is not XML, or not a SOAP 1.2 envelope.
        EbmsRejection: a header is missing or doubled.
    """
    root = parse(data)
    if root is None or root.tag != f"{{{names.ENV}}}Envelope":
        raise unreadable("the message is not a SOAP 1.2 envelope in plain XML")
    header = exactly_one(root, "env:Header", unreadable)
    envelope = Envelope(
        root=root,
        security=exactly_one(header, "wsse:Security", policy),
        messaging=exactly_one(header, "eb:Messaging", policy),
        body=exactly_one(root, "env:Body", unreadable),
    )
    for element in (envelope.security, envelope.messaging):
        if element.get(_UNDERSTAND) not in ("true", "1"):
            raise policy(f"{local_name(element)} must say mustUnderstand")
    return envelope


_MPC = re.compile(r"urn:(normal|prioritert)(:[\x21-\x7e]{1,100})?")
_ACTIONS = {
    "FormidleDigitalPost": "FormidleDigitalPostForsendelse",
    "FormidleFysiskPost": "FormidleFysiskPostForsendelse",
    "FlyttetDigitalPost": "FlyttetDigitalPost",
}


@dataclass(frozen=True, slots=True)
class UserMessage:
    """The transport's view of one letter."""

    message_id: str
    conversation_id: str
    mpc: str
    databehandler: str
    action: str
    content_id: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A receipt for one pulled message, with the references it confirms."""

    message_id: str
    ref_to_message_id: str
    references: tuple[etree._Element, ...]


@dataclass(frozen=True, slots=True)
class Pull:
    """A request for the next message of one queue."""

    message_id: str
    mpc: str


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals of one message; at least one of the two is there."""

    confirmation: Confirmation | None
    pull: Pull | None


def message_id_of(messaging: etree._Element) -> str | None:
    """Return the id for errors to refer to, whatever else is wrong: that of the last message."""
    found = find_all(messaging, "*/eb:MessageInfo/eb:MessageId")
    return (found[-1].text or "").strip() or None if found else None


def read_user_message(messaging: etree._Element, broker: str) -> UserMessage:
    """Read the header of a letter.

    Raises:
        EbmsRejection: something is missing, unknown or contradictory.
    """
    if find_all(messaging, "eb:SignalMessage"):
        raise policy("a letter may not travel with signals")
    message = exactly_one(messaging, "eb:UserMessage", policy)
    _check_receiver(message, broker)
    sender = "eb:PartyInfo/eb:From"
    _expect_text(message, f"{sender}/eb:Role", names.ROLE_AVSENDER)
    instant_of(message, "eb:MessageInfo/eb:Timestamp", policy)
    collaboration = exactly_one(message, "eb:CollaborationInfo", policy)
    _expect_text(collaboration, "eb:Service", "SDP")
    action = text_of(collaboration, "eb:Action", policy)
    if action not in _ACTIONS:
        raise unknown_value("the Action is not one the broker knows")
    _expect_text(collaboration, "eb:AgreementRef", names.AGREEMENT + _ACTIONS[action])
    return UserMessage(
        message_id=text_of(message, "eb:MessageInfo/eb:MessageId", policy),
        conversation_id=text_of(collaboration, "eb:ConversationId", policy),
        mpc=_mpc(message),
        databehandler=_party(message, sender),
        action=action,
        content_id=_attachment(message),
    )


def read_signals(messaging: etree._Element) -> Signals:
    """Read a pull, a confirmation, or both.

    Raises:
        EbmsRejection: something is missing, unknown or doubled.
    """
    if find_all(messaging, "eb:UserMessage"):
        raise policy("a letter is posted to the address of its databehandler and avsender")
    confirmation = pull = None
    for signal in find_all(messaging, "eb:SignalMessage"):
        message_id = text_of(signal, "eb:MessageInfo/eb:MessageId", policy)
        instant_of(signal, "eb:MessageInfo/eb:Timestamp", policy)
        request = at_most_one(signal, "eb:PullRequest", policy)
        receipt = at_most_one(signal, "eb:Receipt", policy)
        if request is not None and receipt is None and pull is None:
            pull = Pull(message_id, _mpc(request))
        elif receipt is not None and request is None and confirmation is None:
            confirmation = _confirmation(signal, receipt, message_id)
        else:
            raise policy("a message holds one PullRequest, one Receipt, or a signal of each")
    if confirmation is None and pull is None:
        raise policy("eb:Messaging is empty")
    return Signals(confirmation, pull)


def _confirmation(signal: etree._Element, receipt: etree._Element, message_id: str) -> Confirmation:
    information = exactly_one(receipt, "ebbp:NonRepudiationInformation", policy)
    references = find_all(information, "ebbp:MessagePartNRInformation/ds:Reference")
    if not references:
        raise policy("the receipt repeats no reference")
    return Confirmation(
        message_id=message_id,
        ref_to_message_id=text_of(signal, "eb:MessageInfo/eb:RefToMessageId", policy),
        references=tuple(references),
    )


def _mpc(element: etree._Element) -> str:
    mpc = element.get("mpc", "")
    if not _MPC.fullmatch(mpc):
        raise unknown_value("the mpc must be urn:normal or urn:prioritert, perhaps with :mpcId")
    return mpc


def _check_receiver(message: etree._Element, broker: str) -> None:
    receiver = "eb:PartyInfo/eb:To"
    if _party(message, receiver) != broker:
        raise unknown_value("the message is to another organisation than the broker")
    _expect_text(message, f"{receiver}/eb:Role", names.ROLE_MELDINGSFORMIDLER)


def _party(message: etree._Element, path: str) -> str:
    party = exactly_one(message, f"{path}/eb:PartyId", policy)
    value = (party.text or "").strip()
    if party.get("type") != names.PARTY_TYPE or not re.fullmatch(r"9908:\d{9}", value):
        raise unknown_value("a PartyId must be 9908:<organisation number> of the ISO 6523 type")
    return value.removeprefix("9908:")


def _expect_text(element: etree._Element, path: str, expected: str) -> None:
    if text_of(element, path, policy) != expected:
        raise unknown_value(f"{path.rpartition('/')[2]} must be {expected}")


def _attachment(message: etree._Element) -> str:
    parts = find_all(message, "eb:PayloadInfo/eb:PartInfo")
    body = [part for part in parts if part.get("href") in (None, "#soapBody")]
    attached = [part for part in parts if part not in body]
    if len(body) != 1 or len(attached) != 1:
        raise policy("PayloadInfo must name the body and one attachment")
    href = attached[0].get("href", "")
    if not href.startswith("cid:"):
        raise policy("the attachment must be named by its cid:")
    properties = {
        item.get("name"): (item.text or "").strip()
        for item in find_all(attached[0], "eb:PartProperties/eb:Property")
    }
    if properties != {"MimeType": names.CMS_TYPE, "Content": "sdp:Dokumentpakke"}:
        raise inconsistent("the attachment must be declared as an sdp:Dokumentpakke in CMS")
    return href.removeprefix("cid:")


_ID = f"{{{names.WSU}}}Id"
_CLOCK_SKEW = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Signed:
    """Signer of a message, and the signed references by URI."""

    organisasjonsnummer: str
    certificate: x509.Certificate
    references: dict[str, etree._Element]


def check_security(
    envelope: Envelope,
    *,
    attachments: Mapping[str, bytes],
    trust: Trust,
    moment: datetime,
    longest_life: timedelta = timedelta(minutes=5),
) -> Signed:
    """Check that timestamp, body, Messaging and every attachment are signed by one organisation.

    Args:
        envelope: the message.
        attachments: the bytes of each attachment, by content id.
        trust: whose certificates are genuine.
        moment: now.
        longest_life: the longest a message may claim to be fresh.

    Raises:
        EbmsRejection: 0103 where the profile is not followed, 0101 where a signature, certificate
            or time does not hold.
    """
    timestamp = exactly_one(envelope.security, "wsu:Timestamp", policy)
    # 1. One reference each to timestamp, body, Messaging and attachments, and to nothing else.
    signed = _to_be_signed(envelope, timestamp, attachments)
    signature = exactly_one(envelope.security, "ds:Signature", policy)
    references = _references(signature, signed)
    certificate = _certificate(envelope.security)
    # 2. It is fresh.
    _check_time(timestamp, moment, longest_life)
    try:
        # 3. No id stands twice, and the content of each reference has its digest.
        _check_ids(envelope.root, references)
        for uri, reference in references.items():
            _check_digest(uri, reference, signed)
        # 4. The references are signed with the key of the certificate.
        _check_signature(signature, certificate)
    except (InvalidSignature, etree.LxmlError, ValueError) as error:
        raise _not_holding() from error
    # 5. The certificate is one of this environment, and names an organisation.
    trust.check(certificate, moment, unauthenticated)
    organisation = organisation_of(certificate)
    if organisation is None:
        raise unauthenticated("the signing certificate names no organisation")
    return Signed(organisation, certificate, references)


def _to_be_signed(
    envelope: Envelope, timestamp: etree._Element, attachments: Mapping[str, bytes]
) -> dict[str, etree._Element | bytes]:
    """Name what must be signed, each by the URI of its reference."""
    return {
        _id_of(timestamp): timestamp,
        _id_of(envelope.body): envelope.body,
        _id_of(envelope.messaging): envelope.messaging,
        **{f"cid:{content_id}": content for content_id, content in attachments.items()},
    }


def _references(
    signature: etree._Element, signed: Mapping[str, etree._Element | bytes]
) -> dict[str, etree._Element]:
    signed_info = exactly_one(signature, "ds:SignedInfo", policy)
    expect_algorithm(signed_info, "ds:CanonicalizationMethod", policy, names.EXCLUSIVE_C14N)
    expect_algorithm(signed_info, "ds:SignatureMethod", policy, names.RSA_SHA256)
    found = {_uri(reference): reference for reference in find_all(signed_info, "ds:Reference")}
    if len(found) != len(find_all(signed_info, "ds:Reference")):
        raise policy("two references point at the same thing")
    for uri, content in signed.items():
        if uri not in found:
            raise policy(f"{_what(content)} is not signed")
    for uri, reference in found.items():
        if uri not in signed:
            raise policy("a reference points outside timestamp, body, eb:Messaging and attachments")
        attached = uri.startswith("cid:")
        expect_algorithm(
            reference,
            "ds:Transforms/ds:Transform",
            policy,
            names.ATTACHMENT_CONTENT if attached else names.EXCLUSIVE_C14N,
        )
        expect_algorithm(reference, "ds:DigestMethod", policy, names.SHA256)
    return found


def _what(content: etree._Element | bytes) -> str:
    if isinstance(content, bytes):
        return "an attachment"
    return {"Timestamp": "the timestamp", "Body": "the body"}.get(
        local_name(content), "eb:Messaging"
    )


def _uri(reference: etree._Element) -> str:
    return reference.get("URI", "")


def _id_of(element: etree._Element) -> str:
    identifier = element.get(_ID)
    if not identifier:
        raise policy(f"{local_name(element)} has no wsu:Id, so it cannot be signed")
    return f"#{identifier}"


def _certificate(security: etree._Element) -> x509.Certificate:
    token = exactly_one(security, "wsse:BinarySecurityToken", policy)
    if (token.get("ValueType"), token.get("EncodingType")) != (names.X509_TYPE, names.BASE64):
        raise policy("the BinarySecurityToken must be an X509v3 certificate in base64")
    reference = exactly_one(
        security, "ds:Signature/ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference", policy
    )
    if (reference.get("URI"), reference.get("ValueType")) != (_id_of(token), names.X509_TYPE):
        raise policy("the SecurityTokenReference must point at the BinarySecurityToken")
    return certificate_in(token, unauthenticated)


def _check_time(timestamp: etree._Element, moment: datetime, longest_life: timedelta) -> None:
    created = instant_of(timestamp, "wsu:Created", policy)
    expires = instant_of(timestamp, "wsu:Expires", policy)
    if not timedelta(0) < expires - created <= longest_life:
        raise policy(f"a message may live {longest_life.total_seconds():.0f} seconds at most")
    if created > moment + _CLOCK_SKEW:
        raise unauthenticated("the message is from the future; check the clock")
    if expires < moment:
        raise unauthenticated("the message has expired; check the clock")


def _check_digest(
    uri: str, reference: etree._Element, signed: Mapping[str, etree._Element | bytes]
) -> None:
    content = signed[uri]
    if not isinstance(content, bytes):
        content = exclusive(content, _prefixes(reference, "ds:Transforms/ds:Transform"))
    stated = _base64(text_of(reference, "ds:DigestValue", policy))
    if stated != hashlib.sha256(content).digest():
        raise _not_holding()


def _check_signature(signature: etree._Element, certificate: x509.Certificate) -> None:
    signed_info = exactly_one(signature, "ds:SignedInfo", policy)
    content = exclusive(signed_info, _prefixes(signed_info, "ds:CanonicalizationMethod"))
    value = _base64(text_of(signature, "ds:SignatureValue", policy))
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise _not_holding()
    key.verify(value, content, PKCS1v15(), SHA256())


def _check_ids(root: etree._Element, signed: Iterable[str]) -> None:
    """Refuse a document in which a reference could point at two elements."""
    counted = Counter(f"#{identifier}" for identifier in _ids(root))
    if any(counted[uri] > 1 for uri in signed):
        raise _not_holding()


_ids = etree.XPath("//@wsu:Id | //@Id | //@ID | //@id | //@xml:id", namespaces=names.PREFIXES)


def _prefixes(element: etree._Element, path: str) -> list[str]:
    found = find_all(exactly_one(element, path, policy), "ec:InclusiveNamespaces")
    return [prefix for each in found for prefix in each.get("PrefixList", "").split()]


def _base64(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)


def _not_holding() -> EbmsRejection:
    return unauthenticated("the WS-Security signature does not hold")
