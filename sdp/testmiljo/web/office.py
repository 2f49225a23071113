"""Office of an environment: letters, mailboxes and people found for pages and API alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.domain import check_personidentifikator, is_synthetic
from sdp.testmiljo.validators.post import DigitalOrder
from sdp.testmiljo.web.actions import Actions
from sdp.testmiljo.web.trail import Trails, opened_package
from sdp.testmiljo.world.register import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.world.letters import Letter, ReceivedDocument
    from sdp.testmiljo.world.register import Innbygger


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
        trails: finds what a letter has left behind.
    """

    def __init__(self, miljo: World) -> None:
        self.miljo = miljo
        self.trust = miljo.trust
        self.actions = Actions(miljo)
        self.trails = Trails(lambda exchange: opened_package(exchange, miljo))

    def letter(self, meldings_id: str) -> Letter:
        """Find a letter.

        Raises:
            NotFound: there is none of this id.
        """
        for letter in reversed(self.miljo.letters):
            if letter.meldings_id == meldings_id:
                return letter
        raise NotFound("There is no letter of this id, or no more: the latest 1000 are kept.")

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
