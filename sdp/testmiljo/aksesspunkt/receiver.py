"""What mailbox and printer have in common on today's wire: letters in, receipts out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from sdp.testmiljo.aksesspunkt import names, receipts
from sdp.testmiljo.aksesspunkt.opening import open_letter
from sdp.testmiljo.aksesspunkt.receipts import Samtale, signed_receipt
from sdp.testmiljo.checks.rejection import LetterRejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sdp.testmiljo.aksesspunkt.innboks import Innboks, Innmelding
    from sdp.testmiljo.aksesspunkt.opening import Delivery
    from sdp.testmiljo.aksesspunkt.receipts import Kvittering
    from sdp.testmiljo.checks.certificates import Trust
    from sdp.testmiljo.letters import Letter, LetterStore
    from sdp.testmiljo.signing import Actor


class DpiReceiver(ABC):
    """A mailbox provider or printer, reached over an access point.

    Attributes:
        kind: the kind of letters it takes, `digital` or `utskrift`.
        actor: the organisation and its key.
        actors: the same and those it receives for besides, by organisation number.
        automatic: whether the receipts that follow from accepting a letter are sent at once. If
            not, call `accept` with the letter.

    Args:
        also: the organisations it receives for besides its own.
        takes: looks at a letter that holds, and raises LetterRejection to refuse it all the same.
    """

    kind: str

    def __init__(
        self,
        actor: Actor,
        *,
        also: Iterable[Actor] = (),
        innboks: Innboks,
        letters: LetterStore,
        trust: Trust,
        clock: Callable[[], datetime],
        automatic: bool = True,
        takes: Callable[[Letter], None] = lambda _: None,
    ) -> None:
        self.actor = actor
        self.actors = {each.organisasjonsnummer: each for each in (actor, *also)}
        self.automatic = automatic
        self._innboks = innboks
        self._letters = letters
        self._trust = trust
        self._clock = clock
        self._takes = takes

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The letters that have come this way, oldest first."""
        is_print = self.kind == names.UTSKRIFT
        return tuple(
            letter
            for letter in self._letters.all
            if letter.wire == "dpi" and letter.is_print is is_print
        )

    def deliver(self, delivery: Delivery) -> None:
        """Open and keep a letter; one that does not hold is answered with a feil receipt."""
        actor = self._actor_of(delivery.melding.teknisk_mottaker)
        try:
            letter = open_letter(delivery, actor, self._trust, self._clock())
            self._takes(letter)
        except LetterRejection as rejection:
            self._send(receipts.feil("KLIENT", str(rejection)), _about_delivery(delivery), actor)
            return
        self._letters.add(letter)
        if self.automatic:
            self.accept(letter)

    @abstractmethod
    def accept(self, letter: Letter) -> None:
        """Send the receipts that say the letter is in good hands."""

    def refuse(
        self, letter: Letter, detaljer: str | None = None, *, feiltype: str = "KLIENT"
    ) -> Innmelding:
        """Send a feil receipt about a letter. `feiltype` is KLIENT or SERVER."""
        return self.send(receipts.feil(feiltype, detaljer), letter)

    def send(
        self, kvittering: Kvittering, letter: Letter, *, signer: Actor | None = None
    ) -> Innmelding:
        """Let any receipt about a letter wait for its sender, signed by `signer` if given.

        Raises:
            ValueError: the letter has come over the other wire, and its sender reads that.
        """
        if letter.wire != "dpi":
            raise ValueError("this letter came over the broker; ask its postkasse or printer")
        actor = self._actor_of(letter.teknisk_mottaker)
        return self._send(kvittering, _about(letter), actor, signer)

    def _actor_of(self, organisasjonsnummer: str) -> Actor:
        return self.actors.get(organisasjonsnummer, self.actor)

    def _send(
        self,
        kvittering: Kvittering,
        samtale: Samtale,
        sender: Actor,
        signer: Actor | None = None,
    ) -> Innmelding:
        return self._innboks.put(
            signed_receipt(kvittering, samtale, sender=sender, moment=self._clock(), signer=signer)
        )


def _about(letter: Letter) -> Samtale:
    return Samtale(
        konversasjons_id=letter.konversasjons_id,
        kind=names.UTSKRIFT if letter.is_print else names.DIGITAL,
        avsender=letter.avsender,
        avsenderidentifikator=letter.avsenderidentifikator,
        queue=letter.queue,
    )


def _about_delivery(delivery: Delivery) -> Samtale:
    melding = delivery.melding
    return Samtale(
        konversasjons_id=melding.konversasjons_id,
        kind=melding.kind,
        avsender=melding.avsender,
        avsenderidentifikator=melding.avsenderidentifikator,
        queue=delivery.queue,
    )
