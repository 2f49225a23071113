"""Receipts of mailbox and printer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

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
    """A reference for confirming a receipt. Made and read by the wire."""

    message_id: Utfylt
    """The transport's id of the message the receipt came in."""
    prioritet: Prioritet
    """The queue it came from."""
    mpc_id: MpcId | None = None
    """The part of that queue."""
    references: Privat[Rekke[bytes]] = ()
    """The serialised ds:Reference elements to send back."""


_GROUNDS: Final = frozenset({"sertifikater", "tilbakekallingssvar"})


class Kvitteringsgrunnlag(Verdi):
    """The fields of every receipt. Source: sdp-kvittering.xsd and sdp-feil.xsd."""

    meldings_id: Utfylt
    """The id of the receipt itself."""
    konversasjons_id: Utfylt
    """The id of the conversation; that of the letter."""
    tidspunkt: Tidspunkt
    """The moment when it happened."""
    avsender: Organisasjonsnummer
    """The organisation that signed the receipt."""
    raw: Privat[bytes]
    """The signed bytes; keep them as evidence."""
    referanse: Kvitteringsreferanse
    """The reference by which it is confirmed."""
    sertifikater: Privat[Rekke[bytes]] = ()
    """The certificates it was verified with, in DER: the signer's, then its issuers'."""
    tilbakekallingssvar: Privat[Rekke[bytes]] = ()
    """The answers about their revocation, OCSP or CRL, in DER."""

    def __eq__(self, other: object) -> bool:
        """Compare what was signed: the same receipt verified again rests on other answers."""
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self.meldings_id, self.raw))

    def _compared(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name not in _GROUNDS}


class Mottakskvittering(Kvitteringsgrunnlag):
    """The printer has accepted the letter."""


class Leveringskvittering(Kvitteringsgrunnlag):
    """The letter is in the mailbox, or handed to the post."""


class Aapningskvittering(Kvitteringsgrunnlag):
    """The citizen has opened the letter."""


class VarslingFeiletKvittering(Kvitteringsgrunnlag):
    """A notice could not be sent. `beskrivelse` is at most 1000 characters."""

    kanal: Varslingskanal
    """The way the notice was to be sent."""
    beskrivelse: Privat[_Forklaring | None] = None
    """The mailbox's own words on it; at most 1000 characters."""


class Returpostkvittering(Kvitteringsgrunnlag):
    """The print letter came back and was shredded."""


class Feil(Kvitteringsgrunnlag):
    """The letter failed. `detaljer` is at most 1000 characters."""

    feiltype: Feiltype
    """The party that caused it."""
    detaljer: Privat[_Forklaring | None] = None
    """The receiver's own words on it; at most 1000 characters."""


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
