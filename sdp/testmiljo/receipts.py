"""The receipts a mailbox or printer sends: signed business messages of six kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from lxml import etree
from lxml.builder import ElementMaker

from sdp.testmiljo import names
from sdp.testmiljo.signing import sign_enveloped

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.testmiljo.signing import Actor

_SBDH = ElementMaker(namespace=names.SBDH, nsmap={"ns3": names.SBDH, "ns9": names.SDP})
_SDP = ElementMaker(namespace=names.SDP, nsmap={"ns9": names.SDP})
_LONGEST_TEXT = 1000


def mottak() -> list[etree._Element]:
    """Tell that the printer has accepted the letter."""
    return [_SDP.mottak()]


def levering() -> list[etree._Element]:
    """Tell that the letter is in the mailbox, or handed to the post."""
    return [_SDP.levering()]


def aapning() -> list[etree._Element]:
    """Tell that the citizen has opened the letter."""
    return [_SDP.aapning()]


def varslingfeilet(kanal: str, beskrivelse: str | None) -> list[etree._Element]:
    """Tell that a notification could not be sent."""
    receipt = _SDP.varslingfeilet(_SDP.varslingskanal(kanal))
    if beskrivelse is not None:
        receipt.append(_SDP.beskrivelse(beskrivelse[:_LONGEST_TEXT]))
    return [receipt]


def returpost() -> list[etree._Element]:
    """Tell that the print letter came back and was shredded."""
    return [_SDP.returpost()]


def feil(feiltype: str, detaljer: str | None) -> list[etree._Element]:
    """Tell that the letter failed."""
    receipt = [_SDP.feiltype(feiltype)]
    if detaljer is not None:
        receipt.append(_SDP.detaljer(detaljer[:_LONGEST_TEXT]))
    return receipt


def signed_receipt(
    content: list[etree._Element],
    *,
    sender: Actor,
    receiver: str,
    konversasjons_id: str,
    moment: datetime,
    signer: Actor | None = None,
) -> bytes:
    """Make a signed StandardBusinessDocument around one of the receipts above.

    Args:
        content: which receipt.
        sender: the organisation it is from.
        receiver: the organisation number of the databehandler it is for.
        konversasjons_id: the conversation of the letter it is about.
        moment: when it happened.
        signer: who signs, where that is not the sender; for receipts that must be refused.
    """
    name = "feil" if content[0].tag == f"{{{names.SDP}}}feiltype" else "kvittering"
    body = _SDP(name, _SDP.tidspunkt(_instant(moment)), *content)
    document = _SBDH.StandardBusinessDocument(
        _header(name, sender.organisasjonsnummer, receiver, konversasjons_id, moment), body
    )
    sign_enveloped(body, signer or sender)
    return etree.tostring(document)


def _header(
    name: str, sender: str, receiver: str, konversasjons_id: str, moment: datetime
) -> etree._Element:
    return _SBDH.StandardBusinessDocumentHeader(
        _SBDH.HeaderVersion("1.0"),
        _SBDH.Sender(_identifier(sender)),
        _SBDH.Receiver(_identifier(receiver)),
        _SBDH.DocumentIdentification(
            _SBDH.Standard(names.STANDARD),
            _SBDH.TypeVersion("1.0"),
            _SBDH.InstanceIdentifier(str(uuid4())),
            _SBDH.Type(name),
            _SBDH.CreationDateAndTime(_instant(moment)),
        ),
        _SBDH.BusinessScope(
            _SBDH.Scope(
                _SBDH.Type("ConversationId"),
                _SBDH.InstanceIdentifier(konversasjons_id),
                _SBDH.Identifier(names.STANDARD),
            )
        ),
    )


def _identifier(organisasjonsnummer: str) -> etree._Element:
    return _SBDH.Identifier(names.party(organisasjonsnummer), Authority=names.PARTY_TYPE)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
