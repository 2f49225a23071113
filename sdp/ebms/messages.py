"""Messages a sender posts: a letter, a pull, a confirmation, or the last two together.

Source: ebMS 3.0 with the AS4 light client profile. Header and body are written as their own
exclusive canonical form, so that signing them is hashing them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sdp.domain import FysiskForsendelse
from sdp.ebms import names
from sdp.errors import InvalidInputError, Problem, UnreadableAnswerError
from sdp.gate import new_uuid
from sdp.wss import write_instant
from sdp.xmlsec import exclusive, parse
from sdp.xmlsec.names import DS, EB, EBBP, ENV, EXCLUSIVE_C14N, SHA256, WSU
from sdp.xmlsec.writing import attribute, element, leaf, text

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.domain import Forsendelse, Kvitteringsreferanse
    from sdp.wire import ReceiptQueue

_PROPERTIES = element(
    "eb:PartProperties",
    leaf("eb:Property", names.CMS_TYPE, {"name": "MimeType"}),
    leaf("eb:Property", "sdp:Dokumentpakke", {"name": "Content"}),
)
_DS, _C14N, _SHA256 = map(re.escape, (DS, EXCLUSIVE_C14N, SHA256))
_CANONICAL_REFERENCE: Final = re.compile(
    rf'<((?:(?!xml)([A-Za-z]\w*):)?)Reference xmlns(?(2):\2)="{_DS}" URI="#[\w.-]+">'
    rf'<\1Transforms><\1Transform Algorithm="{_C14N}"></\1Transform></\1Transforms>'
    rf'<\1DigestMethod Algorithm="{_SHA256}"></\1DigestMethod>'
    r"<\1DigestValue>[A-Za-z0-9+/]+=*</\1DigestValue></\1Reference>".encode()
)
"""A reference as brokers write it, with any prefix or none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is complete but for its WS-Security header.

    Attributes:
        messaging: the eb:Messaging header, in exclusive canonical form.
        messaging_id: its `wsu:Id`.
        body: the SOAP body, in exclusive canonical form.
    """

    messaging: bytes = field(repr=False)
    messaging_id: str
    body: bytes = field(repr=False)


def user_message(
    forsendelse: Forsendelse,
    sbd: bytes,
    *,
    message_id: str,
    content_id: str,
    queue: ReceiptQueue,
    databehandler: str,
    broker: str,
    moment: datetime,
) -> Draft:
    """Write the message that carries a letter.

    Args:
        forsendelse: the letter.
        sbd: its signed business message.
        message_id: the transport's id for it.
        content_id: the Content-ID of the attached package, without angle brackets.
        queue: the queue it goes in.
        databehandler: organisation number of the technical sender.
        broker: organisation number of the broker.
        moment: when the message is made; must be aware.
    """
    fysisk = isinstance(forsendelse, FysiskForsendelse)
    action = "FormidleFysiskPost" if fysisk else "FormidleDigitalPost"
    message = (
        f'<eb:UserMessage mpc="{attribute(_mpc(queue))}">'
        f"{_message_info(message_id, moment)}"
        "<eb:PartyInfo>"
        f"<eb:From>{_party(databehandler, names.ROLE_AVSENDER)}</eb:From>"
        f"<eb:To>{_party(broker, names.ROLE_MELDINGSFORMIDLER)}</eb:To>"
        "</eb:PartyInfo>"
        "<eb:CollaborationInfo>"
        f"<eb:AgreementRef>{names.AGREEMENT}{action}Forsendelse</eb:AgreementRef>"
        "<eb:Service>SDP</eb:Service>"
        f"<eb:Action>{action}</eb:Action>"
        f"<eb:ConversationId>{text(forsendelse.meldings_id)}</eb:ConversationId>"
        "</eb:CollaborationInfo>"
        "<eb:PayloadInfo>"
        "<eb:PartInfo></eb:PartInfo>"
        f'<eb:PartInfo href="{attribute(f"cid:{content_id}")}">{_PROPERTIES}</eb:PartInfo>'
        "</eb:PayloadInfo>"
        "</eb:UserMessage>"
    )
    return _draft(message, body=sbd.decode())


def pull_request(
    queue: ReceiptQueue, *, moment: datetime, confirm: Kvitteringsreferanse | None = None
) -> Draft:
    """Write a request for the next receipt of a queue, and perhaps confirm the one before.

    Raises:
        InvalidInputError: the reference to confirm is not one that the wire made.
    """
    pull = (
        f"<eb:SignalMessage>{_message_info(new_uuid(), moment)}"
        f'<eb:PullRequest mpc="{attribute(_mpc(queue))}"></eb:PullRequest></eb:SignalMessage>'
    )
    return _draft(pull if confirm is None else pull + _receipt(confirm, moment))


def confirmation(referanse: Kvitteringsreferanse, *, moment: datetime) -> Draft:
    """Write the confirmation of a pulled receipt.

    Raises:
        InvalidInputError: the reference is not one that the wire made.
    """
    return _draft(_receipt(referanse, moment))


def _receipt(referanse: Kvitteringsreferanse, moment: datetime) -> str:
    parts = "".join(
        f"<ebbp:MessagePartNRInformation>{_echoed(reference)}</ebbp:MessagePartNRInformation>"
        for reference in referanse.references
    )
    return (
        "<eb:SignalMessage>"
        f"{_message_info(new_uuid(), moment, ref_to=referanse.message_id)}"
        f'<eb:Receipt><ebbp:NonRepudiationInformation xmlns:ebbp="{EBBP}">{parts}'
        "</ebbp:NonRepudiationInformation></eb:Receipt></eb:SignalMessage>"
    )


def _echoed(reference: bytes) -> str:
    """Return a reference in canonical form, as most are when they come."""
    if _CANONICAL_REFERENCE.fullmatch(reference):
        return reference.decode("ascii")
    try:
        parsed = parse(reference)
    except UnreadableAnswerError:
        raise _not_ours() from None
    if parsed.tag != f"{{{DS}}}Reference":
        raise _not_ours()
    return exclusive(parsed).decode()


def _not_ours() -> InvalidInputError:
    return InvalidInputError(
        "Kvitteringsreferanse",
        [Problem("references", "must be what the receipt came with")],
        remedy="Confirm with the receipt itself, or keep its referanse unchanged.",
    )


def _draft(messages: str, *, body: str = "") -> Draft:
    messaging_id = f"id-{new_uuid()}"
    messaging = (
        f'<eb:Messaging xmlns:eb="{EB}" xmlns:env="{ENV}" xmlns:wsu="{WSU}"'
        f' wsu:Id="{messaging_id}" env:mustUnderstand="true">{messages}</eb:Messaging>'
    )
    soap_body = (
        f'<env:Body xmlns:env="{ENV}" xmlns:wsu="{WSU}" wsu:Id="{names.BODY_ID}">{body}</env:Body>'
    )
    return Draft(messaging.encode(), messaging_id, soap_body.encode())


def _message_info(message_id: str, moment: datetime, *, ref_to: str | None = None) -> str:
    referred = "" if ref_to is None else leaf("eb:RefToMessageId", ref_to)
    return (
        f"<eb:MessageInfo><eb:Timestamp>{write_instant(moment)}</eb:Timestamp>"
        f"<eb:MessageId>{text(message_id)}</eb:MessageId>{referred}</eb:MessageInfo>"
    )


def _party(organisasjonsnummer: str, role: str) -> str:
    party = text(names.party(organisasjonsnummer))
    return f'<eb:PartyId type="{names.PARTY_TYPE}">{party}</eb:PartyId><eb:Role>{role}</eb:Role>'


def _mpc(queue: ReceiptQueue) -> str:
    urn = f"urn:{queue.prioritet.value}"
    return urn if queue.mpc_id is None else f"{urn}:{queue.mpc_id}"
