"""The citizens of one environment: numbers, mailboxes, and populations of a stated mix."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sdp.domain import Mottaker, TekniskMottaker
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.world.journal import concerns_people
from sdp.testmiljo.world.register import Kind, synthetic_people
from sdp.testmiljo.world.state import Nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.register import Register
    from sdp.testmiljo.world.state import Records


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


MIX: Final[Mapping[Kind, int]] = {
    Kind.REACHABLE: 60,
    Kind.DIGIPOST: 10,
    Kind.RESERVED: 8,
    Kind.NOT_NOTIFIED: 7,
    Kind.STALE: 5,
    Kind.NO_MAILBOX: 10,
}
"""People of each kind in a hundred."""
FOREIGN: Final = 20
"""One person in so many has an address abroad."""

_HUNDRED: Final = sum(MIX.values())
_STEP: Final = 37
"""Prime to a hundred, so that each kind is spread over the whole hundred."""


@dataclass(frozen=True, slots=True)
class Resident:
    """One of the population, with a postal address that an agency would have."""

    personidentifikator: str = field(repr=False)
    kind: Kind
    is_abroad: bool

    def row(self, number: int) -> dict[str, str]:
        """Write the resident as a row of a CSV file."""
        place = (
            {"adresselinje2": "75001 Paris", "adresselinje3": "FRANCE", "landkode": "FR"}
            if self.is_abroad
            else {"postnummer": "0155", "poststed": "OSLO"}
        )
        return {
            "personidentifikator": self.personidentifikator,
            "nokkel": f"person-{number}",
            "kind": self.kind.name,
            "navn": f"Test Testesen {number}",
            "adresselinje1": f"{number} rue de Test" if self.is_abroad else f"Testveien {number}",
            **place,
        }


_COLUMNS: Final = (
    *("personidentifikator", "nokkel", "kind", "navn"),
    *("adresselinje1", "adresselinje2", "adresselinje3"),
    *("postnummer", "poststed", "landkode"),
)


def kinds() -> Iterator[Kind]:
    """Give the kinds of one person after the other, for ever, in the same order each time."""
    hundred = [kind for kind, share in MIX.items() for _ in range(share)]
    number = 0
    while True:
        yield hundred[number * _STEP % _HUNDRED]
        number += 1


def populate(citizens: Citizens, size: int) -> tuple[Resident, ...]:
    """Enter new synthetic people in the register, in the shares of `MIX`.

    Raises:
        ValueError: there are no more synthetic people.
    """
    return tuple(
        Resident(
            citizens.enter(None, kind).personidentifikator, kind, number % FOREIGN == FOREIGN - 1
        )
        for number, kind in zip(range(size), kinds(), strict=False)
    )


def write_population(path: Path, residents: tuple[Resident, ...]) -> None:
    """Write a population as CSV, one row for each, in UTF-8 with a heading.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(each.row(number) for number, each in enumerate(residents, start=1))
