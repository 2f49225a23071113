"""Mailbox provider and printer: letters in, receipts out, on whichever wire they are reached by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from sdp.config.environments import WIRE_NAMES
from sdp.testmiljo.mailbox import receipts
from sdp.testmiljo.mailbox.receipts import Samtale
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.world.journal import remark
from sdp.testmiljo.world.letters import Answer, RefusedLetter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sdp.testmiljo.mailbox.receipts import Kvittering
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.world.letters import Letter, LetterStore

D = TypeVar("D")
R = TypeVar("R")
D_contra = TypeVar("D_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Wire(Protocol[D_contra, R_co]):
    """One wire as a receiver sees it: deliveries of one type come in, waiting receipts go out."""

    @property
    def name(self) -> Literal["ebms", "dpi"]:
        """The name of the wire in `Letter.wire`."""

    def samtale(self, delivery: D_contra) -> Samtale:
        """Find the conversation of a delivery that is not opened."""

    def opened(self, delivery: D_contra, actor: Actor, moment: datetime) -> Letter:
        """Decrypt, verify and read a delivery.

        Raises:
            LetterRejection: it cannot be opened, or does not hold.
        """

    def put(
        self,
        kvittering: Kvittering,
        samtale: Samtale,
        *,
        sender: Actor,
        signer: Actor,
        at: datetime,
    ) -> R_co:
        """Let a signed receipt wait for the sender of the letter."""


class Receiver(ABC, Generic[D, R]):
    """Base of mailbox provider and printer.

    Attributes:
        actor: the organisation and its key.
        actors: the same and those it receives for besides, by organisation number.
        automatic: whether the receipts that follow from accepting a letter are sent at once. If
            not, call `accept` with the letter.
        takes_print: whether letters are printed here.

    Args:
        wire: the wire it is reached by.
        also: the organisations it receives for besides its own.
        takes: looks at a letter that holds, and raises LetterRejection to refuse it all the same.
    """

    takes_print: bool

    def __init__(
        self,
        actor: Actor,
        wire: Wire[D, R],
        *,
        also: Iterable[Actor] = (),
        letters: LetterStore,
        clock: Callable[[], datetime],
        automatic: bool = True,
        takes: Callable[[Letter], None] = lambda _: None,
    ) -> None:
        self.actor = actor
        self.actors: dict[str, Actor] = {each.organisasjonsnummer: each for each in (actor, *also)}
        self.automatic = automatic
        self._wire = wire
        self._letters = letters
        self._clock = clock
        self._takes = takes

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The letters that have come this way, oldest first."""
        return tuple(
            letter
            for letter in self._letters.all
            if letter.wire == self._wire.name and letter.is_print is self.takes_print
        )

    def deliver(self, delivery: D) -> None:
        """Open and keep a letter; one that does not hold is answered with a feil receipt."""
        samtale = self._wire.samtale(delivery)
        actor = self._actor_of(samtale)
        try:
            letter = self._wire.opened(delivery, actor, self._clock())
            self._takes(letter)
        except LetterRejection as rejection:
            self._letters.refuse(
                RefusedLetter(
                    self._clock(), self._wire.name, str(rejection), samtale.konversasjons_id
                )
            )
            remark(f"refused by the receiver: {rejection}")
            self._put(receipts.feil("KLIENT", str(rejection)), samtale)
            return
        self._letters.add(letter)
        if self.automatic:
            self.accept(letter)

    @abstractmethod
    def accept(self, letter: Letter) -> None:
        """Send the receipts that say the letter is in good hands."""

    def refuse(self, letter: Letter, detaljer: str | None = None, *, feiltype: str = "KLIENT") -> R:
        """Send a feil receipt about a letter. `feiltype` is KLIENT or SERVER."""
        return self.send(receipts.feil(feiltype, detaljer), letter)

    def send(self, kvittering: Kvittering, letter: Letter, *, signer: Actor | None = None) -> R:
        """Let any receipt about a letter wait for its sender, signed by `signer` if given.

        Raises:
            ValueError: the letter has come over the other wire, and its sender reads that.
        """
        if letter.wire != self._wire.name:
            raise ValueError(
                f"this letter came over {WIRE_NAMES[letter.wire]};"
                " ask the postkasse or printer of that wire"
            )
        return self._put(kvittering, Samtale.of(letter), signer)

    def _put(self, kvittering: Kvittering, samtale: Samtale, signer: Actor | None = None) -> R:
        sender = self._actor_of(samtale)
        moment = self._clock()
        self._letters.note_answer(samtale.konversasjons_id, Answer(kvittering.kind, moment))
        return self._wire.put(
            kvittering, samtale, sender=sender, signer=signer or sender, at=moment
        )

    def _actor_of(self, samtale: Samtale) -> Actor:
        return self.actors.get(samtale.teknisk_mottaker, self.actor)


class Postkasse(Receiver[D, R]):
    """Takes digital letters; sends levering, aapning, varslingfeilet and feil."""

    takes_print = False

    def accept(self, letter: Letter) -> None:
        """Send levering: the letter is in the citizen's mailbox."""
        self.send(receipts.levering(), letter)

    def open(self, letter: Letter) -> R | None:
        """Open the letter as the citizen. Sends aapning if that was ordered, and else nothing."""
        if not letter.digital.aapningskvittering:
            return None
        return self.send(receipts.aapning(), letter)

    def fail_notification(self, letter: Letter, kanal: str, beskrivelse: str | None = None) -> R:
        """Send varslingfeilet: a notification by `kanal`, SMS or EPOST, could not be sent."""
        return self.send(receipts.varslingfeilet(kanal, beskrivelse), letter)


class Printer(Receiver[D, R]):
    """Takes letters to print; sends mottak, levering, returpost and feil."""

    takes_print = True

    def accept(self, letter: Letter) -> None:
        """Send mottak and then levering: the letter is printed and handed to the post.

        The printer tells mottak twice, when it has the letter and when the letter is to be printed.
        """
        self.send(receipts.mottak(), letter)
        self.send(receipts.mottak(), letter)
        self.send(receipts.levering(), letter)

    def return_letter(self, letter: Letter) -> R:
        """Send returpost: the letter came back and was shredded."""
        return self.send(receipts.returpost(), letter)
