"""The receipts that wait to be fetched, of both wires, as one list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.jose import Token, TokenProblem
from sdp.testmiljo.validators.xml import local_name, parse
from sdp.testmiljo.web.writing import Section, sections

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.world.receipts import Innmelding, QueuedReceipt

_KINDS = {
    "mottak": "mottakskvittering",
    "levering": "leveringskvittering",
    "aapning": "aapningskvittering",
    "varslingfeilet": "varslingfeiletkvittering",
    "returpost": "returpostkvittering",
    "feiltype": "feil",
}
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class WaitingReceipt:
    """A receipt that its sender has not confirmed.

    Attributes:
        kind: as the DPI wire calls it on either, or `UNREADABLE`.
        konversasjons_id: "" where it cannot be read.
        queue: the mpc on ebMS, the kanal on DPI; "" is none.
        given: how many times it has been given; None on DPI, which does not count.
    """

    wire: Literal["ebms", "dpi"]
    message_id: str
    kind: str
    konversasjons_id: str
    databehandler: str
    queue: str
    given: int | None
    hidden_until: datetime | None
    content: tuple[Section, ...] = field(repr=False)


def waiting_receipts(
    miljo: World, konversasjons_id: str | None = None, *, most: int | None = None
) -> tuple[WaitingReceipt, ...]:
    """List receipts that are not confirmed: those of ebMS, then those of DPI, oldest first.

    Args:
        miljo: where they wait.
        konversasjons_id: the conversation they are about; None takes all.
        most: the most of each wire.
    """
    ebms = [each for each in miljo.queues.waiting if _is_about(each, konversasjons_id)]
    dpi = [each for each in miljo.aksesspunkt.waiting_receipts if _is_about(each, konversasjons_id)]
    return (*map(_ebms, ebms[:most]), *map(_dpi, dpi[:most]))


def waiting_conversations(miljo: World) -> frozenset[str]:
    """Return the conversations that receipts wait in, to be fetched and confirmed."""
    ebms = (each.konversasjons_id for each in miljo.queues.waiting)
    dpi = (each.konversasjons_id for each in miljo.aksesspunkt.waiting_receipts)
    return frozenset((*ebms, *dpi))


def _is_about(receipt: QueuedReceipt | Innmelding, konversasjons_id: str | None) -> bool:
    return konversasjons_id in (None, receipt.konversasjons_id)


def _ebms(receipt: QueuedReceipt) -> WaitingReceipt:
    root = parse(receipt.sbd)
    kind, konversasjons_id = UNREADABLE, ""
    if root is not None:
        inside = root.find("{*}kvittering")
        inside = root.find("{*}feil") if inside is None else inside
        tags = [local_name(child) for child in inside] if inside is not None else []
        kind = next((_KINDS[tag] for tag in tags if tag in _KINDS), UNREADABLE)
        scope = "sbdh:StandardBusinessDocumentHeader/sbdh:BusinessScope/sbdh:Scope"
        konversasjons_id = root.findtext(f"{scope}/sbdh:InstanceIdentifier", "", names.PREFIXES)
    return WaitingReceipt(
        wire="ebms",
        message_id=receipt.message_id,
        kind=kind,
        konversasjons_id=konversasjons_id,
        databehandler=receipt.queue.databehandler,
        queue=receipt.queue.mpc,
        given=receipt.given,
        hidden_until=receipt.hidden_until,
        content=sections("application/xml", receipt.sbd),
    )


def _dpi(message: Innmelding) -> WaitingReceipt:
    kind, konversasjons_id = UNREADABLE, ""
    try:
        document = Token.read(message.jws).claims()["standardBusinessDocument"]
        header = document["standardBusinessDocumentHeader"]
        kind = str(header["documentIdentification"]["type"])
        konversasjons_id = str(header["businessScope"]["scope"][0]["instanceIdentifier"])
    except (TokenProblem, KeyError, IndexError, TypeError):
        pass
    return WaitingReceipt(
        wire="dpi",
        message_id=message.message_id,
        kind=kind,
        konversasjons_id=konversasjons_id,
        databehandler=message.queue.databehandler,
        queue=message.queue.mpc,
        given=None,
        hidden_until=None,
        content=sections("application/jwt", message.jws.encode()),
    )
