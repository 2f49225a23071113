"""Receipts of mailbox and printer as values, and the conversation that each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.receipts import Queue

Kind = Literal["mottak", "levering", "aapning", "varslingfeilet", "returpost", "feil"]


@dataclass(frozen=True, slots=True)
class Kvittering:
    """One receipt.

    Attributes:
        kanal: SMS or EPOST, of a notification that failed.
        feiltype: KLIENT or SERVER, of a letter that failed.
        tekst: the words that these two may have.
    """

    kind: Kind
    kanal: str = ""
    feiltype: str = ""
    tekst: str | None = None


@dataclass(frozen=True, slots=True)
class Samtale:
    """The conversation that a receipt belongs to.

    Attributes:
        queue: where its receipts go.
        teknisk_mottaker: the mailbox provider or printer that its letter is for.
    """

    konversasjons_id: str
    is_print: bool
    avsender: str
    avsenderidentifikator: str | None
    queue: Queue
    teknisk_mottaker: str = ""

    @classmethod
    def of(cls, letter: Letter) -> Samtale:
        """Find the conversation of a letter that has arrived."""
        return cls(
            konversasjons_id=letter.konversasjons_id,
            is_print=letter.is_print,
            avsender=letter.avsender,
            avsenderidentifikator=letter.avsenderidentifikator,
            queue=letter.queue,
            teknisk_mottaker=letter.teknisk_mottaker,
        )


def mottak() -> Kvittering:
    """Tell that the printer has accepted the letter."""
    return Kvittering("mottak")


def levering() -> Kvittering:
    """Tell that the letter is in the mailbox, or handed to the post."""
    return Kvittering("levering")


def aapning() -> Kvittering:
    """Tell that the citizen has opened the letter."""
    return Kvittering("aapning")


def varslingfeilet(kanal: str, beskrivelse: str | None) -> Kvittering:
    """Tell that a notification could not be sent. `kanal` is SMS or EPOST."""
    return Kvittering("varslingfeilet", kanal=kanal, tekst=beskrivelse)


def returpost() -> Kvittering:
    """Tell that the print letter came back and was shredded."""
    return Kvittering("returpost")


def feil(feiltype: str, detaljer: str | None) -> Kvittering:
    """Tell that the letter failed. `feiltype` is KLIENT or SERVER."""
    return Kvittering("feil", feiltype=feiltype, tekst=detaljer)
