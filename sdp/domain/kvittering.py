"""Receipts of mailbox and printer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from sdp.domain._verdi import Privat, Rekke, Tidspunkt, Utfylt, Verdi, tekst
from sdp.domain.aktorer import Organisasjonsnummer
from sdp.domain.forsendelse import MpcId, Prioritet

_Forklaring = Annotated[str, tekst(0, 1000)]


class Varslingskanal(StrEnum):
    """The way a notice was sent."""

    SMS = "SMS"
    EPOST = "EPOST"


class Feiltype(StrEnum):
    """The party that caused a letter to fail."""

    KLIENT = "KLIENT"
    """The sender: the same letter must not be sent again unchanged."""
    SERVER = "SERVER"
    """The receiver, for now: the letter may be sent again later."""


class Kvitteringsreferanse(Verdi):
    """A reference for confirming a receipt. Made and read by the wire.

    Attributes:
        message_id: the transport's id of the message the receipt came in.
        prioritet: the queue it came from.
        mpc_id: the part of that queue.
        references: the serialised ds:Reference elements to send back.
    """

    message_id: Utfylt
    prioritet: Prioritet
    mpc_id: MpcId | None = None
    references: Privat[Rekke[bytes]] = ()


class Kvitteringsgrunnlag(Verdi):
    """The fields of every receipt. Source: sdp-kvittering.xsd and sdp-feil.xsd.

    Attributes:
        meldings_id: the id of the receipt itself.
        konversasjons_id: the id of the conversation; that of the letter.
        tidspunkt: when it happened.
        avsender: the organisation that signed the receipt.
        raw: the signed bytes; keep them as evidence.
        referanse: how to confirm it.
    """

    meldings_id: Utfylt
    konversasjons_id: Utfylt
    tidspunkt: Tidspunkt
    avsender: Organisasjonsnummer
    raw: Privat[bytes]
    referanse: Kvitteringsreferanse


class Mottakskvittering(Kvitteringsgrunnlag):
    """The printer has accepted the letter."""


class Leveringskvittering(Kvitteringsgrunnlag):
    """The letter is in the mailbox, or handed to the post."""


class Aapningskvittering(Kvitteringsgrunnlag):
    """The citizen has opened the letter."""


class VarslingFeiletKvittering(Kvitteringsgrunnlag):
    """A notice could not be sent. `beskrivelse` is at most 1000 characters."""

    kanal: Varslingskanal
    beskrivelse: Privat[_Forklaring | None] = None


class Returpostkvittering(Kvitteringsgrunnlag):
    """The print letter came back and was shredded."""


class Feil(Kvitteringsgrunnlag):
    """The letter failed. `detaljer` is at most 1000 characters."""

    feiltype: Feiltype
    detaljer: Privat[_Forklaring | None] = None


Kvittering = (
    Mottakskvittering
    | Leveringskvittering
    | Aapningskvittering
    | VarslingFeiletKvittering
    | Returpostkvittering
    | Feil
)
"""Any receipt."""


def kind_of(kvittering: Kvittering) -> str:
    """Name the kind of a receipt in one word, as the specification names it."""
    match kvittering:
        case Mottakskvittering():
            return "mottak"
        case Leveringskvittering():
            return "levering"
        case Aapningskvittering():
            return "aapning"
        case VarslingFeiletKvittering():
            return "varslingfeilet"
        case Returpostkvittering():
            return "returpost"
        case Feil():
            return "feil"
