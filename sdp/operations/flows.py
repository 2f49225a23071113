"""The operations of a client as flows: from a letter to a confirmed receipt."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sdp.dokumentpakke import pack
from sdp.domain import Brev, DigitalForsendelse, FysiskForsendelse, TekniskMottaker
from sdp.errors import (
    CertificateError,
    ConfigurationError,
    InvalidInputError,
    Problem,
    RecipientUnreachableError,
    RefusedError,
    Retry,
    SdpError,
    UnknownOutcomeError,
    UnreadableAnswerError,
    WireError,
)
from sdp.gate import canonical_uuid
from sdp.krr.addressed import contradictions
from sdp.krr.person import Person
from sdp.krr.register import Endringslogg
from sdp.krr.routing import route
from sdp.krr.rute import Digital, Print, Unreachable
from sdp.operations.brevresultat import Brevresultat
from sdp.operations.journal import tell_letter, tell_receipts
from sdp.operations.notice_lint import NoticeLint
from sdp.operations.patience import Patience
from sdp.operations.waits import Waits
from sdp.pki import Usage, organisasjonsnummer, validating
from sdp.transport.effects import Limit, Sleep
from sdp.utskrift import refuse_unprintable
from sdp.wire import PendingMessage, SetAside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from sdp.domain import Formaal, Forsendelse, Kvittering, SendResultat
    from sdp.dpi import Forsendelsesstatus
    from sdp.errors import Pending
    from sdp.krr.person import Endringer, Oppslag, Printsertifikat
    from sdp.krr.routing import CertificateCheck
    from sdp.krr.rute import Rute
    from sdp.operations.parts import Parts
    from sdp.transport.effects import Flow
    from sdp.wire import ReceiptQueue

_log = logging.getLogger("sdp.client")
_SHORTEST_WAIT_SECONDS = 1.0

GOOD_FOR_A_LETTER: Final = timedelta(minutes=15)
"""How old an answer of the contact register may be when a letter is sent by it."""


class ClientFlows:
    """Knows the order of things, and nothing of formats, sockets or event loops."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._waits = Waits(parts.wire)
        self._lint = NoticeLint(parts.notice_lint)

    @property
    def organisasjonsnummer(self) -> str:
        """The organisation whose certificate signs."""
        return organisasjonsnummer(self._parts.signer.chain[0])

    def send(self, forsendelse: Forsendelse, *, repeated: bool) -> Flow[SendResultat]:
        """Check, pack and send one letter that is addressed already."""
        if not isinstance(forsendelse, DigitalForsendelse | FysiskForsendelse):
            rule = "must be from Forsendelse.digital or Forsendelse.fysisk; a Brev goes by brev()"
            raise InvalidInputError("The letter", [Problem("forsendelse", rule)])
        self._refuse_synthetic_person_in_production(forsendelse)
        self._parts.wire.check(forsendelse)
        if isinstance(forsendelse, DigitalForsendelse):
            self._lint.check(forsendelse)
        if isinstance(forsendelse, DigitalForsendelse) and self._parts.has_register:
            yield from self._held_against_register(forsendelse)
        with (yield Limit()):
            return (yield from self._pack_and_send(forsendelse, repeated=repeated))

    def brev(self, person: str | Person, brev: Brev, *, repeated: bool) -> Flow[Brevresultat]:
        """Look a person up, decide how the letter travels, and send it that way."""
        if not isinstance(brev, Brev):
            rule = "must be a Brev; a letter that is addressed already goes by send()"
            raise InvalidInputError("The letter", [Problem("brev", rule)])
        self._lint.check(brev)
        person = yield from self._as_registered(person)
        rute = yield from self._decided(
            person,
            has_postal_address=brev.fysisk_post is not None,
            formaal=brev.formaal,
            tross_reservasjon=brev.tross_reservasjon,
        )
        match rute:
            case Unreachable():
                raise _not_digital(rute, remedy="Give the letter a fysisk_post.")
            case Print() if rute.is_held_back:
                raise _not_digital(rute)
            case Print():
                printer = yield from self.print_certificate()
                forsendelse: Forsendelse = _printed(brev, person, rute, printer)
            case Digital(mottaker=mottaker, epost=epost, mobil=mobil, spraak=spraak):
                forsendelse = brev.digital(mottaker, epost=epost, mobil=mobil, spraak=spraak)
        self._refuse_synthetic_person_in_production(forsendelse)
        self._parts.wire.check(forsendelse)
        with (yield Limit()):
            sent = yield from self._pack_and_send(forsendelse, repeated=repeated)
        return Brevresultat(rute, sent)

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        """Ask the contact register about any number of people."""
        return self._parts.register.lookup(personer)

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Ask the contact register who prints."""
        return self._parts.register.print_certificate()

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
            (oppslag,) = yield from self.lookup([person])
            person = _answered(oppslag)
        return (
            yield from self._decided(
                person,
                has_postal_address=has_postal_address,
                formaal=formaal,
                tross_reservasjon=tross_reservasjon,
            )
        )

    def statuses(self, meldings_id: UUID | str) -> Flow[tuple[Forsendelsesstatus, ...]]:
        """Ask the access point how far a letter has come."""
        from sdp.dpi import DpiWire

        wire = self._parts.wire
        if not isinstance(wire, DpiWire):
            raise ConfigurationError(
                "The broker of ebMS has no statuses to ask for.",
                remedy="Follow the letter by its receipts.",
            )
        return wire.statuses(_uuid(meldings_id))

    def _as_registered(self, person: str | Person) -> Flow[Person]:
        """Return a person as the register has them, by an answer that is new enough for a letter.

        The register itself is asked, not the cache: somebody may have opted out since.
        """
        if isinstance(person, Person):
            if self._is_new_enough(person):
                return person
            person = person.personidentifikator
        (oppslag,) = yield from self._parts.source.lookup([person])
        return _answered(oppslag)

    def _is_new_enough(self, person: Person) -> bool:
        if person.hentet is None:
            return False
        return timedelta() <= self._parts.clock() - person.hentet <= GOOD_FOR_A_LETTER

    def _decided(
        self,
        person: Person,
        *,
        has_postal_address: bool,
        formaal: Formaal,
        tross_reservasjon: bool,
    ) -> Flow[Rute]:
        moment = self._parts.clock()

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
            return (yield from validating(self._parts.trust, lambda trust: decide(trust.validate)))
        except CertificateError as error:  # the mailbox provider's, by the word of its issuer
            return decide(_refusing(error))

    def _held_against_register(self, forsendelse: DigitalForsendelse) -> Flow[None]:
        person = yield from self._as_registered(forsendelse.mottaker.personidentifikator)
        rute = yield from self._decided(
            person,
            has_postal_address=True,
            formaal=forsendelse.formaal,
            tross_reservasjon=forsendelse.tross_reservasjon,
        )
        if not isinstance(rute, Digital):
            raise _not_digital(rute, remedy="Send it by print.")
        problems = contradictions(forsendelse, person, rute)
        if problems:
            raise InvalidInputError(
                "The address of the letter",
                problems,
                remedy="Send it with client.brev, which addresses it, or take mottaker, epost and "
                "mobil from client.route.",
            )

    def _pack_and_send(self, forsendelse: Forsendelse, *, repeated: bool) -> Flow[SendResultat]:
        parts = self._parts
        moment = parts.clock()
        mottaker = forsendelse.teknisk_mottaker
        yield from validating(
            parts.trust,
            lambda trust: trust.validate(
                mottaker.sertifikat,
                moment=moment,
                usage=Usage.ENCRYPTION,
                organisasjonsnummer=mottaker.organisasjonsnummer,
            ),
        )
        if isinstance(forsendelse, FysiskForsendelse):
            refuse_unprintable(
                forsendelse,
                size_limit=parts.environment.size_limit_bytes,
                strict=parts.environment.refuse_print_warnings,
            )
        pakke = pack(
            forsendelse,
            parts.signer,
            moment=moment,
            profile=parts.wire.profile,
            size_limit=parts.environment.size_limit_bytes,
        )
        try:
            resultat = yield from parts.wire.send(forsendelse, pakke, repeated=repeated)
        except UnknownOutcomeError as error:
            tell_letter(forsendelse, error)
            raise  # the package lives on in error.pending
        except BaseException as error:
            pakke.close()
            tell_letter(forsendelse, error)
            raise
        pakke.close()
        tell_letter(forsendelse, resultat)
        return resultat

    def resend(self, pending: Pending) -> Flow[SendResultat]:
        """Send the very same message again; close it when its fate is known."""
        if not isinstance(pending, PendingMessage):
            rule = "must be the pending of an UnknownOutcomeError"
            raise InvalidInputError("The message", [Problem("pending", rule)])
        if pending.package.is_closed:
            raise InvalidInputError(
                "PendingMessage",
                [Problem("pending", "must not be closed; its package is gone then")],
                remedy="Watch for the receipts of its konversasjons_id before you send a new one.",
            )
        try:
            with (yield Limit()):
                resultat = yield from self._parts.wire.resend(pending)
        except BaseException as error:
            if isinstance(error, RefusedError) and error.retry is Retry.NEVER:
                pending.close()
            tell_letter(pending, error)
            raise
        pending.close()
        tell_letter(pending, resultat)
        return resultat

    def receipts(self, queue: ReceiptQueue, *, follow: bool, confirming: bool = True) -> Flow[None]:
        """Hand out receipts, and what came in place of one, until none is left or for ever."""
        remaining = self._waits.remaining(queue, self._parts.clock())
        if remaining and not follow and self._parts.wire.demands_waits:
            _log.info(
                "the queue was empty a moment ago; it may be asked again in %.0f s", remaining
            )
            return
        patience = Patience()
        while True:
            if remaining:
                yield Sleep(remaining)
            try:
                yield from patience.watched(
                    tell_receipts(self._parts.wire.receipts(queue, confirming=confirming))
                )
            except WireError as error:
                pause = patience.pause_after(error)
                if pause is None or not follow:
                    raise
                _log.warning("receipts cannot be fetched now, again in %.0f s: %s", pause, error)
                remaining = pause
                continue
            self._waits.note_empty(queue, self._parts.clock())
            if not follow:
                return
            remaining = self._waits.remaining(queue, self._parts.clock())
            remaining = max(remaining, _SHORTEST_WAIT_SECONDS)

    def settle(self, kvittering: Kvittering) -> Flow[None]:
        """Confirm a receipt that was handled, unless it was left."""
        return self._parts.wire.settle(kvittering)

    def leave(self, kvittering: Kvittering) -> None:
        """Let a receipt that was handed out stay unconfirmed."""
        self._parts.wire.leave(kvittering)

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        """Confirm one receipt on its own."""
        return self._parts.wire.confirm(received)

    def _refuse_synthetic_person_in_production(self, forsendelse: Forsendelse) -> None:
        if self._parts.environment.production and forsendelse.uses_synthetic_person:
            problem = Problem("personidentifikator", "must not be a synthetic test number here")
            raise InvalidInputError(
                "Forsendelse",
                [problem],
                remedy="Send test letters in a test environment.",
            )


def _printed(
    brev: Brev, person: Person, rute: Print, printer: Printsertifikat
) -> FysiskForsendelse:
    """Address a letter to the printer; the postal address is asked for now, if by a function."""
    fysisk = brev.addressed_for_print(person.personidentifikator)
    if fysisk is None:
        reason = f"{rute.reason} The function in fysisk_post gives no postal address."
        raise RecipientUnreachableError(reason, remedy="Send it by other means.")
    return fysisk.fysisk(
        TekniskMottaker(organisasjonsnummer=printer.leverandoer, sertifikat=printer.sertifikat)
    )


def _not_digital(rute: Print | Unreachable, *, remedy: str = "") -> SdpError:
    if rute.problem is None:
        return RecipientUnreachableError(rute.reason, remedy=remedy)
    # The person has chosen digital letters. What is wrong is with certificates.
    return CertificateError(rute.problem, rute.reason)


def _refusing(error: CertificateError) -> CertificateCheck:
    def check(*_: object, **__: object) -> object:
        raise error

    return check


def _uuid(meldings_id: UUID | str) -> str:
    try:
        return canonical_uuid(meldings_id)
    except ValueError as error:
        raise InvalidInputError(
            "The message id", [Problem("meldings_id", "must be a UUID")]
        ) from error


def _answered(oppslag: Oppslag) -> Person:
    if isinstance(oppslag, Person):
        return oppslag
    words = f"The contact register gave no usable answer: {oppslag.grunn}."
    raise UnreadableAnswerError(words, retry=Retry.LATER)


def receipt_in(
    item: Kvittering | SetAside, on_set_aside: Callable[[SetAside], None] | None
) -> Kvittering | None:
    """Return a receipt as it is; log what came in place of one, and tell whoever wants to know."""
    if not isinstance(item, SetAside):
        return item
    _log.warning("a receipt was set aside: %s", item.reason)
    if on_set_aside is not None:
        on_set_aside(item)
    return None
