"""Letters on their way out: checked, addressed, packed, sent, and told of in the log.

The logger `sdp.client` gets one line at INFO for each letter, with ids and outcome and nothing
private. An interrupt while a letter is on its way is told at WARNING.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from sdp import utskrift
from sdp.dokumentpakke import pack
from sdp.domain import (
    Brev,
    DigitalForsendelse,
    FysiskForsendelse,
    SendResultat,
    TekniskMottaker,
    lint,
)
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
)
from sdp.gate import canonical_uuid
from sdp.krr.addressed import contradictions
from sdp.krr.rute import Digital, Print, Unreachable
from sdp.pki import Usage, validating
from sdp.transport.effects import Limit
from sdp.wire import PendingMessage

if TYPE_CHECKING:
    from uuid import UUID

    from sdp.domain import Forsendelse, LintFinding
    from sdp.dpi import Forsendelsesstatus
    from sdp.errors import Pending
    from sdp.krr.person import Person, Printsertifikat
    from sdp.operations.lookup import Lookup
    from sdp.operations.parts import Parts
    from sdp.transport.effects import Flow

_log = logging.getLogger("sdp.client")


@dataclass(frozen=True, slots=True)
class Brevresultat:
    """A letter that was sent, and how it was sent.

    Attributes:
        rute: digitally, or by print and why.
        resultat: what the other side accepted.
    """

    rute: Digital | Print
    resultat: SendResultat


class Sending:
    """Sending of a client, as flows: the order of things, and nothing of formats or sockets."""

    def __init__(self, parts: Parts, lookup: Lookup) -> None:
        self._parts = parts
        self._lookup = lookup
        self._lint = NoticeLint(parts.notice_lint)

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
        person = yield from self._lookup.registered(person)
        rute = yield from self._lookup.route(
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
                printer = yield from self._parts.register.print_certificate()
                forsendelse: Forsendelse = _printed(brev, person, rute, printer)
            case Digital(mottaker=mottaker, epost=epost, mobil=mobil, spraak=spraak):
                forsendelse = brev.digital(mottaker, epost=epost, mobil=mobil, spraak=spraak)
        self._refuse_synthetic_person_in_production(forsendelse)
        self._parts.wire.check(forsendelse)
        with (yield Limit()):
            sent = yield from self._pack_and_send(forsendelse, repeated=repeated)
        return Brevresultat(rute, sent)

    def statuses(self, meldings_id: UUID | str) -> Flow[tuple[Forsendelsesstatus, ...]]:
        """Ask the access point how far a letter has come."""
        from sdp.dpi import DpiWire

        wire = self._parts.wire
        if not isinstance(wire, DpiWire):
            raise ConfigurationError(
                "The broker of ebMS has no statuses to ask for.",
                remedy="Follow the letter by its receipts.",
            )
        try:
            return wire.statuses(canonical_uuid(meldings_id))
        except ValueError as error:
            rule = Problem("meldings_id", "must be a UUID")
            raise InvalidInputError("The message id", [rule]) from error

    def _held_against_register(self, forsendelse: DigitalForsendelse) -> Flow[None]:
        person = yield from self._lookup.registered(forsendelse.mottaker.personidentifikator)
        rute = yield from self._lookup.route(
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
            utskrift.refuse_unprintable(  # imported with the first print letter
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
            _tell(forsendelse, error)
            raise  # the package lives on in error.pending
        except BaseException as error:
            pakke.close()
            _tell(forsendelse, error)
            raise
        pakke.close()
        _tell(forsendelse, resultat)
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
            _tell(pending, error)
            raise
        pending.close()
        _tell(pending, resultat)
        return resultat

    def _refuse_synthetic_person_in_production(self, forsendelse: Forsendelse) -> None:
        if self._parts.environment.production and forsendelse.uses_synthetic_person:
            problem = Problem("personidentifikator", "must not be a synthetic test number here")
            raise InvalidInputError(
                "Forsendelse",
                [problem],
                remedy="Send test letters in a test environment.",
            )


class NoticeLint:
    """Holds each letter to the lint; tells of each finding once. Safe to share between threads."""

    def __init__(self, policy: Literal["off", "warn", "error"]) -> None:
        self._policy = policy
        self._told: set[LintFinding] = set()
        self._lock = threading.Lock()

    def check(self, letter: Brev | DigitalForsendelse) -> None:
        """Tell of what a title or notice should not hold, or refuse it.

        Raises:
            InvalidInputError: the setting is `error`, and there is a finding.
        """
        if self._policy == "off":
            return
        findings = lint(letter)
        if findings and self._policy == "error":
            raise InvalidInputError(
                "What is shown before log-in",
                [
                    Problem(finding.field, f"{finding.words} ({finding.rule})")
                    for finding in findings
                ],
                remedy="Change the text; or set notice_lint to warn.",
            )
        # A run of a hundred thousand letters with one text has one thing to tell.
        with self._lock:
            new = [finding for finding in findings if finding not in self._told]
            self._told.update(new)
        for finding in new:
            _log.warning("%s", finding)


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


class _Identified(Protocol):
    """A letter, or the message that carries it."""

    @property
    def meldings_id(self) -> str: ...

    @property
    def konversasjons_id(self) -> str: ...


def _tell(letter: _Identified, outcome: SendResultat | BaseException) -> None:
    """Log what became of a letter, and tell an interrupt which letter it may have cut off."""
    route = "print" if isinstance(letter, FysiskForsendelse) else "digital"
    ids = f"meldings_id {letter.meldings_id}, konversasjons_id {letter.konversasjons_id}"
    match outcome:
        case SendResultat(already_received=already_received):
            words = "already received" if already_received else "accepted"
        case UnknownOutcomeError():
            words = "outcome unknown"
        case SdpError():
            status, code = getattr(outcome, "status", None), getattr(outcome, "code", None)
            known = status if isinstance(status, int) else code if isinstance(code, str) else ""
            words = f"not accepted ({f'{type(outcome).__name__} {known}'.rstrip()})"
        case KeyboardInterrupt() | SystemExit() | asyncio.CancelledError():
            warning = (
                f"A letter was on its way and may have been accepted: {ids}. Watch for its"
                " receipts, or send the same letter again with repeated=True."
            )
            outcome.add_note(warning)
            _log.warning("%s", warning)
            return
        case _:
            words = f"ended by {type(outcome).__name__}"
    _log.info("letter %s, %s: %s", ids, route, words)
