"""The citizens of one environment: their numbers, and their mailboxes, open and closed."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from sdp.domain import Mottaker, TekniskMottaker
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.world.journal import concerns_people
from sdp.testmiljo.world.people import synthetic_people
from sdp.testmiljo.world.records import Nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.records import Records
    from sdp.testmiljo.world.register import Kind, Register

_MOST_ADDRESSES = 10_000
_closing: Final[ContextVar[bool]] = ContextVar("closing", default=False)


@contextmanager
def closing_the_mailbox() -> Iterator[None]:
    """Let the mailbox of each letter that arrives meanwhile, in this context, close before it."""
    token = _closing.set(True)
    try:
        yield
    finally:
        _closing.reset(token)


class Citizens:
    """Citizens and their mailboxes. Safe to share between threads.

    Args:
        register: where they are entered.
        postkasser: the providers of their mailboxes; the first also of who has none.
        made: where those that were made here are kept, by number.
        closed: where the closed mailboxes are kept, by address.
    """

    def __init__(
        self,
        register: Register,
        postkasser: Sequence[TekniskMottaker],
        *,
        made: Records[None] | None = None,
        closed: Records[None] | None = None,
    ) -> None:
        self._register = register
        self._postkasser = {each.organisasjonsnummer: each for each in postkasser}
        self._usual = postkasser[0]
        self._kept_made = made or Nowhere()
        self._kept_closed = closed or Nowhere()
        self._lock = self._kept_made.lock
        self._people = synthetic_people()
        self._addresses: set[str] = set()
        self._holders: dict[str, tuple[str, ...]] = {}
        for person in register:
            self._hold(person.personidentifikator)
        self._dropped = {address for address, _ in self._kept_closed.all()}
        self._pass_over({person for person, _ in self._kept_made.all()})

    def enter(
        self,
        personidentifikator: str | None,
        kind: Kind,
        *,
        epost: str | None = None,
        mobil: str | None = None,
    ) -> Mottaker:
        """Enter somebody in the register, a new one unless named, and open the mailbox."""
        with self._lock:
            if personidentifikator is None:
                personidentifikator = self._new_person()
            self._hold(personidentifikator)
            person = self._register.describe(kind, personidentifikator).notified_at(epost, mobil)
            if self._register.add(person).postkasseadresse is not None:
                self._kept_closed.drop(_postkasseadresse(personidentifikator))
                self._dropped.discard(_postkasseadresse(personidentifikator))
        return Mottaker(
            personidentifikator=personidentifikator,
            postkasseadresse=_postkasseadresse(personidentifikator),
            postkasse=self._postkasser.get(person.leverandoer or "", self._usual),
        )

    def drop_mailbox(self, personidentifikator: str) -> None:
        """Close somebody's mailbox, which the register then no longer shows.

        Raises:
            ValueError: the register shows no mailbox of this person.
        """
        with self._lock:
            address = self._register.drop_mailbox(personidentifikator)
            self._kept_closed.put(address, None)
            self._dropped.add(address)

    def check_mailbox(self, letter: Letter) -> None:
        """Refuse a letter to a mailbox that is closed.

        Raises:
            LetterRejection: it is.
        """
        address = letter.digital.postkasseadresse
        concerns_people(self._holders.get(address, ()))
        if _closing.get():
            self._close(address)
        if address in self._dropped:
            raise LetterRejection("there is no mailbox of this postkasseadresse any more")

    def _hold(self, personidentifikator: str) -> None:
        address = _postkasseadresse(personidentifikator)
        held = self._holders.get(address, ())
        if personidentifikator not in held:
            self._holders[address] = (*held, personidentifikator)

    def _close(self, address: str) -> None:
        for holder in tuple(self._register):
            if holder.postkasseadresse == address:
                self.drop_mailbox(holder.personidentifikator)

    def _new_person(self) -> str:
        """Take the next synthetic person, as long as there are any with an address of their own."""
        for person in self._people:
            address = _postkasseadresse(person)
            if address not in self._addresses or len(self._addresses) == _MOST_ADDRESSES:
                self._kept_made.put(person, None)
                self._addresses.add(address)
                return person
        raise ValueError("there are no more synthetic people")

    def _pass_over(self, made: set[str]) -> None:
        self._addresses.update(map(_postkasseadresse, made))
        while made and (person := next(self._people, None)) is not None:
            made.discard(person)


def _postkasseadresse(personidentifikator: str) -> str:
    return f"test.testesen#{personidentifikator[-4:]}"
