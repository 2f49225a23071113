"""The receipts that mailbox and printer send on today's wire: six kinds, each a signed message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sdp.testmiljo.aksesspunkt import names
from sdp.testmiljo.aksesspunkt.innboks import Innmelding
from sdp.testmiljo.jose import sign_as

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.testmiljo.queues import Queue
    from sdp.testmiljo.signing import Actor


@dataclass(frozen=True, slots=True)
class Kvittering:
    """What a receipt says: its kind, and the fields that its kind alone has."""

    kind: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Samtale:
    """The conversation that a receipt belongs to.

    Attributes:
        kind: of its letter, `digital` or `utskrift`.
        queue: where its receipts go.
    """

    konversasjons_id: str
    kind: str
    avsender: str
    avsenderidentifikator: str | None
    queue: Queue


def mottak() -> Kvittering:
    """Tell that the printer has accepted the letter."""
    return Kvittering("mottakskvittering", {})


def levering() -> Kvittering:
    """Tell that the letter is in the mailbox, or handed to the post."""
    return Kvittering("leveringskvittering", {})


def aapning() -> Kvittering:
    """Tell that the citizen has opened the letter."""
    return Kvittering("aapningskvittering", {})


def varslingfeilet(kanal: str, beskrivelse: str | None) -> Kvittering:
    """Tell that a notification could not be sent. `kanal` is SMS or EPOST."""
    fields = {"varslingskanal": kanal.lower()}
    return Kvittering("varslingfeiletkvittering", fields | _given("beskrivelse", beskrivelse))


def returpost() -> Kvittering:
    """Tell that the print letter came back and was shredded."""
    return Kvittering("returpostkvittering", {})


def feil(feiltype: str, detaljer: str | None) -> Kvittering:
    """Tell that the letter failed. `feiltype` is KLIENT or SERVER."""
    return Kvittering("feil", {"feiltype": feiltype} | _given("detaljer", detaljer))


def signed_receipt(
    kvittering: Kvittering,
    samtale: Samtale,
    *,
    sender: Actor,
    moment: datetime,
    signer: Actor | None = None,
) -> Innmelding:
    """Write and sign a receipt.

    Args:
        kvittering: what it says.
        samtale: the conversation it belongs to.
        sender: the organisation it is from.
        moment: when it happened.
        signer: who signs, where that is not the sender; for receipts that must be refused.
    """
    message_id = str(uuid4())
    instant = moment.isoformat(timespec="milliseconds")
    avsender = {"virksomhetsidentifikator": _organisation(sender.organisasjonsnummer)}
    mottaker = {"virksomhetsidentifikator": _organisation(samtale.queue.databehandler)}
    document = {
        "standardBusinessDocument": {
            "standardBusinessDocumentHeader": _header(
                kvittering.kind, samtale, sender.organisasjonsnummer, message_id, instant
            ),
            kvittering.kind: {
                "avsender": avsender,
                "mottaker": mottaker
                | _given("motakeridentifikator", samtale.avsenderidentifikator),
                "tidspunkt": instant,
                **kvittering.fields,
            },
        }
    }
    return Innmelding(
        message_id=message_id,
        queue=samtale.queue,
        avsender=samtale.avsender,
        avsenderidentifikator=samtale.avsenderidentifikator,
        jws=sign_as(signer or sender, document),
    )


def _header(
    kind: str, samtale: Samtale, sender: str, message_id: str, instant: str
) -> dict[str, Any]:
    return {
        "headerVersion": "1.0",
        "sender": [{"identifier": _organisation(sender)}],
        "receiver": [{"identifier": _organisation(samtale.queue.databehandler)}],
        "documentIdentification": {
            "standard": names.standard(kind),
            "typeVersion": "1.0",
            "instanceIdentifier": message_id,
            "type": kind,
            "creationDateAndTime": instant,
        },
        "businessScope": {
            "scope": [
                {
                    "type": "ConversationId",
                    "instanceIdentifier": samtale.konversasjons_id,
                    "identifier": names.process(samtale.kind),
                }
            ]
        },
    }


def _organisation(organisasjonsnummer: str) -> dict[str, str]:
    return {"authority": names.AUTHORITY, "value": names.party(organisasjonsnummer)}


def _given(name: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {name: value}
