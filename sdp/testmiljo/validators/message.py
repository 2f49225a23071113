"""SOAP envelope and eb:Messaging header: a letter, a pull, a confirmation, or the last two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.rejection import inconsistent, policy, unknown_value, unreadable
from sdp.testmiljo.validators.xml import (
    at_most_one,
    exactly_one,
    find_all,
    instant_of,
    local_name,
    parse,
    text_of,
)

if TYPE_CHECKING:
    from lxml import etree


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
