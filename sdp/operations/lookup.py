"""Questions to the contact register: who has changed, and how a letter may reach a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sdp.errors import CertificateError, ConfigurationError, Retry, UnreadableAnswerError
from sdp.krr.person import Person
from sdp.krr.register import Endringslogg
from sdp.krr.routing import route
from sdp.pki import validating

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.domain import Formaal
    from sdp.krr.person import Endringer, Oppslag
    from sdp.krr.routing import CertificateCheck
    from sdp.krr.rute import Rute
    from sdp.operations.parts import Parts
    from sdp.transport.effects import Flow

GOOD_FOR_A_LETTER: Final = timedelta(minutes=15)
"""How old an answer of the contact register may be when a letter is sent by it."""

_DECIDED_FOR: Final = timedelta(minutes=1)
_MOST_DECIDED: Final = 512


class Lookup:
    """Questions of a client to its contact register, as flows."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._decided = _Decided()

    def changes_since(self, number: int) -> Flow[Endringer]:
        """Ask the contact register who has changed."""
        source = self._parts.source
        if not isinstance(source, Endringslogg):
            raise ConfigurationError(
                "The list of people who have changed is read over SOAP alone.",
                remedy="Set krr.wire to soap if that service is open to you. The register has such "
                "a list over REST too (scope krr:global/hentendring.read), which this library does "
                "not ask for: its interface is in the register's own OpenAPI.",
            )
        return source.changes_since(number)

    def route(
        self,
        person: str | Person,
        *,
        has_postal_address: bool,
        formaal: Formaal,
        tross_reservasjon: bool,
    ) -> Flow[Rute]:
        """Say how a letter may reach a person; ask the contact register, if by number."""
        if isinstance(person, str):
            (oppslag,) = yield from self._parts.register.lookup([person])
            person = _answered(oppslag)
        moment = self._parts.clock()
        asked = has_postal_address, formaal, tross_reservasjon
        decided = self._decided.take(person, asked, moment)
        if decided is not None:
            return decided

        def decide(check: CertificateCheck) -> Rute:
            return route(
                person,
                moment=moment,
                check=check,
                has_postal_address=has_postal_address,
                formaal=formaal,
                tross_reservasjon=tross_reservasjon,
            )

        try:
            rute = yield from validating(self._parts.trust, lambda trust: decide(trust.validate))
        except CertificateError as error:  # the mailbox provider's, by the word of its issuer
            return decide(_refusing(error))
        self._decided.keep(person, asked, moment, rute)
        return rute

    def registered(self, person: str | Person) -> Flow[Person]:
        """Return a person as the register has them, by an answer that is new enough for a letter.

        The register itself is asked, not the cache: somebody may have opted out since.
        """
        if isinstance(person, Person):
            age = None if person.hentet is None else self._parts.clock() - person.hentet
            if age is not None and timedelta() <= age <= GOOD_FOR_A_LETTER:
                return person
            person = person.personidentifikator
        (oppslag,) = yield from self._parts.source.lookup([person])
        return _answered(oppslag)


class _Decided:
    """Routes that were decided a moment ago, each for the letter that is sent by it next.

    Whoever asks how a letter goes and then sends it has it decided once. The certificate of the
    mailbox is validated anew when the letter is packed.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Person, tuple[object, ...], datetime, Rute]] = {}

    def keep(self, person: Person, asked: tuple[object, ...], moment: datetime, rute: Rute) -> None:
        """Keep a route for the next who asks the same about this very answer of the register."""
        if len(self._kept) >= _MOST_DECIDED:
            self._kept.clear()
        # The person is kept beside the route, or the id could become another's.
        self._kept[id(person)] = person, asked, moment, rute

    def take(self, person: Person, asked: tuple[object, ...], moment: datetime) -> Rute | None:
        """Return the route that was kept, once, if it is new enough."""
        kept = self._kept.pop(id(person), None)
        if kept is None:
            return None
        of, was_asked, decided, rute = kept
        is_new = timedelta() <= moment - decided <= _DECIDED_FOR
        return rute if of is person and was_asked == asked and is_new else None


def _answered(oppslag: Oppslag) -> Person:
    if isinstance(oppslag, Person):
        return oppslag
    words = f"The contact register gave no usable answer: {oppslag.grunn}."
    raise UnreadableAnswerError(words, retry=Retry.LATER)


def _refusing(error: CertificateError) -> CertificateCheck:
    def check(*_: object, **__: object) -> object:
        raise error

    return check
