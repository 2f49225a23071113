"""The contact and reservation register: its organisations, and synthetic people of every kind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from itertools import islice, product
from typing import TYPE_CHECKING
from uuid import uuid4

from stdnum.no import fodselsnummer

from sdp.testmiljo.world.state import Nowhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cryptography import x509

    from sdp.domain import TekniskMottaker
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.world.state import Records


@dataclass(frozen=True, slots=True)
class KrrActors:
    """The organisations around the contact register.

    Attributes:
        register: signs its answers.
        other: another organisation of the environment.
        stranger: makes somebody whose certificate no CA here has issued.
        printer: who prints.
    """

    register: Actor
    other: Actor
    stranger: Callable[[], Actor]
    printer: Actor


_SYNTHETIC_MONTH = 80
_LENGTH = 11
_INDIVIDUALS = range(499, -1, -1)
_DAYS = range(1, 29)
_MONTHS = range(1, 13)


def synthetic_personidentifikator(number: int) -> str:
    """Return the number-th synthetic person, born in 1985; the same one each time.

    Raises:
        ValueError: there are no more of them, after some 140 000.
    """
    found = next(islice(synthetic_people(), number, None), None)
    if found is None:
        raise ValueError("there are no more synthetic people")
    return found


def synthetic_people() -> Iterator[str]:
    """Give every synthetic person, born in 1985; in the same order each time."""
    for individual, month, day in product(_INDIVIDUALS, _MONTHS, _DAYS):
        checked = _with_check_digits(f"{day:02}{month + _SYNTHETIC_MONTH:02}85{individual:03}")
        if checked is not None:
            yield checked


def _with_check_digits(candidate: str) -> str | None:
    first = fodselsnummer.calc_check_digit1(candidate)
    second = fodselsnummer.calc_check_digit2(candidate + first)
    checked = candidate + first + second
    return checked if len(checked) == _LENGTH else None  # a check digit of 10 does not exist


_MONTH = timedelta(days=30)
_FRESH, _STALE = _MONTH, 20 * _MONTH


class Kind(Enum):
    """Kind of person, by what is particular."""

    REACHABLE = "has a mailbox, and may be notified"
    DIGIPOST = "has a mailbox at the other provider, Digipost"
    NOT_NOTIFIED = "has a mailbox, and may not be notified"
    STALE = "has a mailbox, and contact information that was verified too long ago"
    NEVER_VERIFIED = "has a mailbox, and contact information that was never verified"
    RESERVED = "has opted out of digital letters"
    RESERVED_WITH_MAILBOX = "has opted out of digital letters, and has a mailbox all the same"
    NO_MAILBOX = "has no mailbox"
    NO_CERTIFICATE = "has a mailbox without a certificate"
    EXPIRED_CERTIFICATE = "has a mailbox whose certificate has expired"
    DELETED = "has been deleted"
    NOT_REGISTERED = "is not in the register"


@dataclass(frozen=True, slots=True)
class Kontakt:
    """An address to notify, and when it was last verified."""

    adresse: str = field(repr=False)
    oppdatert: datetime
    sist_verifisert: datetime | None


@dataclass(frozen=True, slots=True)
class Innbygger:
    """One person in the register."""

    personidentifikator: str = field(repr=False)
    status: str = "AKTIV"
    reservasjon: str | None = "NEI"
    varslingsstatus: str | None = "KAN_VARSLES"
    epost: Kontakt | None = None
    mobil: Kontakt | None = None
    postkasseadresse: str | None = field(default=None, repr=False)
    leverandoer: str | None = None
    sertifikat: x509.Certificate | None = None
    spraak: str | None = "nb"

    def notified_at(self, epost: str | None, mobil: str | None) -> Innbygger:
        """Return the same person with other addresses, where there are any and one is given."""
        return replace(
            self,
            epost=replace(self.epost, adresse=epost) if self.epost and epost else self.epost,
            mobil=replace(self.mobil, adresse=mobil) if self.mobil and mobil else self.mobil,
        )


class Register:
    """People in the register, in the order of their changes. Safe to share between threads.

    Args:
        postkasse: the mailbox provider of all but those at Digipost.
        digipost: theirs.
        expired: a certificate of the first that has expired; made when it is first needed.
        clock: tells the time; aware.
        changes: where each change is kept: what the register says of a person from then on.
    """

    def __init__(
        self,
        postkasse: TekniskMottaker,
        digipost: TekniskMottaker,
        expired: Callable[[], x509.Certificate],
        clock: Callable[[], datetime],
        changes: Records[Innbygger] | None = None,
    ) -> None:
        self._postkasse = postkasse
        self._digipost = digipost
        self._expired = expired
        self._clock = clock
        self._records = changes or Nowhere()
        self._people: dict[str, Innbygger] = {}
        self._changes: list[str] = []
        self._everybody: Kind | None = None
        self._lock = self._records.lock
        for _, person in self._records.all():
            self._change(person)

    def add(self, person: Innbygger) -> Innbygger:
        """Enter a person, or what is new about one."""
        with self._lock:
            self._records.put(str(uuid4()), person)
            self._change(person)
        return person

    def add_kind(self, kind: Kind, personidentifikator: str) -> Innbygger:
        """Enter a person of a kind."""
        return self.add(self.describe(kind, personidentifikator))

    def drop_mailbox(self, personidentifikator: str) -> str:
        """Let a person have no mailbox any more, and return the address of the one there was.

        Raises:
            ValueError: the register shows none.
        """
        person = self.find(personidentifikator)
        if person.postkasseadresse is None:
            raise ValueError("the register shows no mailbox of this person")
        self.add(_without_mailbox(person))
        return person.postkasseadresse

    def know_everybody_as(self, kind: Kind | None) -> None:
        """Answer about whoever was not entered as if of this kind; None knows nobody else."""
        self._everybody = kind

    def find(self, personidentifikator: str) -> Innbygger:
        """Tell what the register says about a person."""
        with self._lock:
            found = self._people.get(personidentifikator)
        kind = self._everybody or Kind.NOT_REGISTERED
        return found or self.describe(kind, personidentifikator)

    def changes(self, start: int, limit: int) -> tuple[list[Innbygger], int, int]:
        """Tell who has changed from a change on, the last change told, and the last there is."""
        with self._lock:
            last = len(self._changes)
            told = min(last, start - 1 + limit)
            numbers = dict.fromkeys(self._changes[max(0, start - 1) : told])
            return [self._people[number] for number in numbers], told, last

    def __iter__(self) -> Iterator[Innbygger]:
        with self._lock:
            return iter(list(self._people.values()))

    def describe(self, kind: Kind, personidentifikator: str) -> Innbygger:
        """Make a person of a kind, without entering it."""
        whole = self._reachable(personidentifikator)
        match kind:
            case Kind.REACHABLE:
                return whole
            case Kind.DIGIPOST:
                return _at(self._digipost, whole)
            case Kind.NOT_NOTIFIED:
                return replace(whole, varslingsstatus="KAN_IKKE_VARSLES")
            case Kind.STALE:
                return self._verified(whole, self._clock() - _STALE)
            case Kind.NEVER_VERIFIED:
                return self._verified(whole, None)
            case Kind.RESERVED:
                return replace(_without_mailbox(whole), reservasjon="JA")
            case Kind.RESERVED_WITH_MAILBOX:
                return replace(whole, reservasjon="JA")
            case Kind.NO_MAILBOX:
                return _without_mailbox(whole)
            case Kind.NO_CERTIFICATE:
                return replace(whole, sertifikat=None)
            case Kind.EXPIRED_CERTIFICATE:
                return replace(whole, sertifikat=self._expired())
            case Kind.DELETED:
                return _unknown(personidentifikator, "SLETTET")
            case Kind.NOT_REGISTERED:
                return _unknown(personidentifikator, "IKKE_REGISTRERT")

    def _change(self, person: Innbygger) -> None:
        self._people[person.personidentifikator] = person
        self._changes.append(person.personidentifikator)

    def _reachable(self, personidentifikator: str) -> Innbygger:
        person = Innbygger(
            personidentifikator,
            postkasseadresse=f"test.testesen#{personidentifikator[-4:]}",
        )
        return self._verified(_at(self._postkasse, person), self._clock() - _FRESH)

    def _verified(self, person: Innbygger, moment: datetime | None) -> Innbygger:
        updated = moment or self._clock() - _STALE
        last = person.personidentifikator[-4:]
        return replace(
            person,
            epost=Kontakt(f"test.{last}@example.no", updated, moment),
            mobil=Kontakt(f"+479999{last}", updated, moment),
        )


def people_of_every_kind(first: int = 0) -> Iterator[tuple[Kind, str]]:
    """Give one synthetic number for each kind of person, from the first-th synthetic number on."""
    yield from zip(Kind, islice(synthetic_people(), first, None), strict=False)


def _at(provider: TekniskMottaker, person: Innbygger) -> Innbygger:
    return replace(person, leverandoer=provider.organisasjonsnummer, sertifikat=provider.sertifikat)


def _without_mailbox(person: Innbygger) -> Innbygger:
    return replace(person, postkasseadresse=None, leverandoer=None, sertifikat=None)


def _unknown(personidentifikator: str, status: str) -> Innbygger:
    return Innbygger(
        personidentifikator, status=status, reservasjon=None, varslingsstatus=None, spraak=None
    )
