"""Office of an environment: letters, mailboxes and people found for pages and API alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.domain import check_personidentifikator, is_synthetic
from sdp.testmiljo.faults.kinds import place_of
from sdp.testmiljo.validators.post import DigitalOrder
from sdp.testmiljo.web.actions import Actions
from sdp.testmiljo.web.listing import Page, Refusal, Search, State, page_of
from sdp.testmiljo.web.reading import Readings, opened_package
from sdp.testmiljo.web.verdicts import refusal_of
from sdp.testmiljo.web.waiting import waiting_conversations
from sdp.testmiljo.world.register import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.world.journal import Exchange
    from sdp.testmiljo.world.letters import Letter, ReceivedDocument
    from sdp.testmiljo.world.outbox import OutboxLetter
    from sdp.testmiljo.world.register import Innbygger


_LENGTH = 11


class NotFound(Exception):  # noqa: N818 - an answer to whoever looked for it
    """Something that is not there, or no more."""


class PersonRefused(Exception):  # noqa: N818 - an answer to whoever entered it
    """A person who cannot be entered in the register."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The digital letters of one postkasseadresse, newest first."""

    postkasseadresse: str = field(repr=False)
    letters: tuple[Letter, ...]


class Office:
    """Finds letters, mailboxes and people. Safe to share between threads.

    Attributes:
        miljo: the environment.
        trust: whose certificates are genuine there.
        actions: what can be done with a letter.
        readings: makes exchanges readable.
    """

    def __init__(self, miljo: World) -> None:
        self.miljo = miljo
        self.trust: Trust = miljo.trust
        self.actions: Actions = Actions(miljo)
        self.readings: Readings = Readings(lambda exchange: opened_package(exchange, miljo))

    def letter(self, meldings_id: str) -> Letter:
        """Find a letter.

        Raises:
            NotFound: there is none of this id.
        """
        letter = self.miljo.letter_store.of_message(meldings_id)
        if letter is None:
            raise NotFound("There is no letter of this id, or no more: the latest 20 000 are kept.")
        return letter

    def document(self, meldings_id: str, number: int, *, metadata: bool) -> ReceivedDocument:
        """Find a document of a letter, or its metadata document; 0 is the main document.

        Raises:
            NotFound: there is none.
        """
        documents = self.letter(meldings_id).documents
        document = documents[number] if number < len(documents) else None
        if document is not None and metadata:
            document = document.metadata
        if document is None:
            raise NotFound("The letter has no such document.")
        return document

    def mailboxes(self) -> tuple[Mailbox, ...]:
        """List every mailbox that has letters, or somebody in the register, in order of address."""
        addresses = {
            person.postkasseadresse for person in self.miljo.register if person.postkasseadresse
        }
        held: dict[str, list[Letter]] = {address: [] for address in addresses}
        for letter in reversed(self.miljo.letters):
            if isinstance(letter.order, DigitalOrder):
                held.setdefault(letter.order.postkasseadresse, []).append(letter)
        return tuple(Mailbox(address, tuple(held[address])) for address in sorted(held))

    def mailbox(self, postkasseadresse: str) -> Mailbox:
        """Find a mailbox.

        Raises:
            NotFound: nobody has it, and nothing has come to it.
        """
        for mailbox in self.mailboxes():
            if mailbox.postkasseadresse == postkasseadresse:
                return mailbox
        raise NotFound("There is no such mailbox.")

    def page(self, search: Search) -> Page[Letter]:
        """Find letters."""
        states = self.states()
        return page_of(
            self.miljo.letters,
            search,
            state_of=states,
            addresses_of=self._mailboxes_of,
            sent_as=self.miljo.outbox.view().by_conversation,
        )

    def sent_as(self, letter: Letter) -> OutboxLetter | None:
        """Find a letter in the outbox that is followed; None where it is not from there."""
        return self.miljo.outbox.view().by_conversation.get(letter.konversasjons_id)

    def states(self) -> Callable[[Letter], State]:
        """Tell the state of letters as it is now."""
        waiting = waiting_conversations(self.miljo)
        answers_to = self.miljo.letter_store.answers_to

        def state_of(letter: Letter) -> State:
            answers = {each.kind for each in answers_to(letter.konversasjons_id)}
            if answers & {"feil", "returpost", "varslingfeilet"}:
                return State("failed", "failed or returned", "bad")
            if letter.konversasjons_id in waiting:
                return State("waiting", "receipts wait", "wait")
            if "aapning" in answers:
                return State("opened", "opened", "good")
            return State("settled", "settled", "good")

        return state_of

    def refused(self) -> tuple[Refusal, ...]:
        """List the letters that were refused, newest first: by whoever took them in, or later."""
        at_once = (
            Refusal(each.moment, _wire_of(each), refusal_of(each) or "", each.number)
            for each in self.miljo.journal.refused_letters
        )
        later = (
            Refusal(each.moment, each.wire, f"a feil: {each.reason}", None, each.konversasjons_id)
            for each in self.miljo.letter_store.refused
        )
        return tuple(sorted((*at_once, *later), key=lambda each: each.moment, reverse=True))

    def letters_of(self, exchange: Exchange) -> tuple[tuple[str, str], ...]:
        """Name the letters that an exchange is about: the id of each, and the start of it."""
        return tuple(
            (letter.meldings_id, letter.konversasjons_id[:8])
            for letter in map(self.miljo.letter_store.of_conversation, sorted(exchange.about)[:10])
            if letter is not None
        )

    def _mailboxes_of(self, personidentifikator: str) -> Sequence[str]:
        if not personidentifikator.isdecimal() or len(personidentifikator) != _LENGTH:
            return ()
        address = self.miljo.register.find(personidentifikator).postkasseadresse
        return () if address is None else (address,)

    def print_letters(self) -> Iterable[Letter]:
        """List the letters for print, newest first."""
        return tuple(letter for letter in reversed(self.miljo.letters) if letter.is_print)

    def enter(self, kind: str, personidentifikator: str | None) -> Innbygger:
        """Enter a person in the register, a new synthetic one unless named.

        Raises:
            PersonRefused: there is no such kind, or the number is no test person's.
        """
        if kind not in Kind.__members__:
            raise PersonRefused(f"kind must be one of {', '.join(Kind.__members__)}.")
        if personidentifikator is not None:
            try:
                check_personidentifikator(personidentifikator)
            except ValueError as error:
                raise PersonRefused(f"personidentifikator {error}.") from error
            if not is_synthetic(personidentifikator):
                raise PersonRefused(
                    "personidentifikator must be a test person's: month + 80 or 40."
                )
        mottaker = self.miljo.citizens.enter(personidentifikator, Kind[kind])
        return self.miljo.register.find(mottaker.personidentifikator)

    def drop_mailbox(self, personidentifikator: str) -> Innbygger:
        """Close a person's mailbox.

        Raises:
            NotFound: the register shows none of this person.
        """
        try:
            self.miljo.citizens.drop_mailbox(personidentifikator)
        except ValueError as error:
            raise NotFound("The register shows no mailbox of this person.") from error
        return self.miljo.register.find(personidentifikator)


def _wire_of(exchange: Exchange) -> str:
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    return place.wire if place else ""
