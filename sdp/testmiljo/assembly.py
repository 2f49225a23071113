"""World of one environment: every part of it, put together, without a server around it."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.access_point.access_point import Aksesspunkt
from sdp.testmiljo.broker.broker import Broker
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.faults.kinds import Traffic, place_of
from sdp.testmiljo.faults.serving import Faults
from sdp.testmiljo.mailbox.dpi import DpiPostkasse, DpiPrinter, DpiWire
from sdp.testmiljo.mailbox.ebms import EbmsPostkasse, EbmsPrinter, EbmsWire
from sdp.testmiljo.maskinporten import Maskinporten
from sdp.testmiljo.register.rest import DELEGATED_SCOPES, KrrRest
from sdp.testmiljo.register.rest import SCOPES as KRR_SCOPES
from sdp.testmiljo.register.soap import KrrSoap
from sdp.testmiljo.revocation import RevocationService
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators.certificates import Trust
from sdp.testmiljo.world import forms
from sdp.testmiljo.world.citizens import Citizens
from sdp.testmiljo.world.journal import Exchange, Journal
from sdp.testmiljo.world.letters import LetterStore
from sdp.testmiljo.world.outbox import OutboxFollower
from sdp.testmiljo.world.receipts import Innboks, Queues
from sdp.testmiljo.world.register import KrrActors, Register
from sdp.testmiljo.world.statuses import Statuses

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography import x509

    from sdp.testmiljo.ca import Issued
    from sdp.testmiljo.world.keys import Addresses, Keys
    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.state import Keeper

AVSENDER: Final = "991825827"
"""The organisation the client configuration is for."""
ANNEN_AVSENDER: Final = "889640782"
"""Another organisation the broker serves, for sending on behalf of."""
MELDINGSFORMIDLER: Final = "984661185"
POSTKASSE: Final = "922020175"
DIGIPOST: Final = "984661185"
"""The other mailbox provider, which has the same mailboxes run here."""
PRINTER: Final = "974761076"
KONTAKTREGISTER: Final = "991825827"
CLIENT_ID: Final = "testetaten"
"""The client that the client configuration is, to Maskinporten."""
DPI_SCOPE: Final = "digitalpostinnbygger:send"


class World:
    """Every part of one environment. Safe to share between threads.

    Its parts are the attributes of `Testmiljo`, which serves them.

    Attributes:
        started: when it was put together.
        outbox: the outbox that sends here, if it is known.

    Args:
        keeper: where state is kept.
        keys: the CA and the keys of the organisations.
        addresses: where it is served.
        clock: tells the time; aware.
        hidden_for: how long a pulled receipt is hidden before it is given again.
        automatic_receipts: whether mailbox and printer send levering (and mottak) at once.
        unseen: tells the paths of which the journal keeps nothing.
    """

    register: Register
    queues: Queues
    postkasse: EbmsPostkasse
    printer: EbmsPrinter
    broker: Broker

    def __init__(
        self,
        keeper: Keeper,
        keys: Keys,
        addresses: Addresses,
        *,
        clock: Callable[[], datetime],
        hidden_for: timedelta,
        automatic_receipts: bool,
        unseen: Callable[[str], bool],
    ) -> None:
        self.addresses = addresses
        self.is_closing = False
        self._clock = clock
        self.started: datetime = clock()
        self.outbox: OutboxFollower = OutboxFollower()
        self._keys = keys
        self._keeper = keeper
        self._automatic = automatic_receipts
        self.letter_store: LetterStore = LetterStore(keeper.records("letters", forms.LETTERS))
        self.ca: TestCA = keys.ca(addresses)
        self.trust: Trust = Trust(self.ca.certificates)
        self.revocation: RevocationService = RevocationService(
            self.ca, clock=clock, records=keeper.records("revoked", forms.REVOKED)
        )
        self.avsender: Issued = keys.issued(self.ca, AVSENDER, "Testetaten")
        self.faults: Faults = Faults()
        self.journal: Journal = Journal(
            clock, leaves_out=unseen, is_refused_letter=_is_refused_letter
        )
        self._providers = (
            self._actor(POSTKASSE, "Testpostkassen"),
            self._actor(DIGIPOST, "Testdigipost"),
        )
        self.register, self._citizens = self._people()
        self.queues, self.postkasse, self.printer, self.broker = self._ebms(hidden_for)
        self.maskinporten: Maskinporten = self._maskinporten()
        self.aksesspunkt: Aksesspunkt = self._dpi()
        actors = KrrActors(
            register=self._actor(KONTAKTREGISTER, "Testkontaktregisteret"),
            other=self.postkasse.actor,
            stranger=lambda: self.stranger,
            printer=self.printer.actor,
        )
        self.krr_rest: KrrRest = KrrRest(self.register, self.maskinporten, actors, clock)
        self.krr_soap: KrrSoap = KrrSoap(self.register, actors, trust=self.trust, clock=clock)

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Every letter that has arrived and held, oldest first."""
        return self.letter_store.all

    @property
    def citizens(self) -> Citizens:
        """The people who live here, and their mailboxes."""
        return self._citizens

    @cached_property
    def stranger(self) -> Actor:
        """Somebody who calls himself the broker, with a certificate of another CA."""
        moment = self._clock()
        issued = TestCA.create(moment, name="Fremmed").issue(
            MELDINGSFORMIDLER, "Testmeldingsformidleren", moment=moment
        )
        return Actor(MELDINGSFORMIDLER, issued.certificate, issued.key)

    def now(self) -> datetime:
        """Tell the time by the environment's clock."""
        return self._clock()

    def _people(self) -> tuple[Register, Citizens]:
        keeper = self._keeper
        postkasser = (self._providers[0].as_mottaker(), self._providers[1].as_mottaker())
        people = keeper.records("people", forms.PEOPLE)
        register = Register(*postkasser, self._expired_certificate, self._clock, people)
        citizens = Citizens(
            register,
            postkasser,
            made=keeper.records("made", forms.NOTHING),
            closed=keeper.records("closed", forms.NOTHING),
        )
        return register, citizens

    def _ebms(self, hidden_for: timedelta) -> tuple[Queues, EbmsPostkasse, EbmsPrinter, Broker]:
        keeper, clock = self._keeper, self._clock
        queues = Queues(
            clock,
            hidden_for,
            receipts=keeper.records("receipts", forms.RECEIPTS),
            confirmed=keeper.records("confirmed", forms.QUEUES),
        )
        wire = EbmsWire(queues, self.trust)
        own, *others = self._providers
        postkasse = EbmsPostkasse(
            own,
            wire,
            also=others,
            letters=self.letter_store,
            clock=clock,
            automatic=self._automatic,
            takes=self._citizens.check_mailbox,
        )
        printer = EbmsPrinter(
            self._actor(PRINTER, "Testutskrift"),
            wire,
            letters=self.letter_store,
            clock=clock,
            automatic=self._automatic,
        )
        broker = Broker(
            self._actor(MELDINGSFORMIDLER, "Testmeldingsformidleren"),
            receivers=(postkasse, printer),
            queues=queues,
            trust=self.trust,
            clock=clock,
            ids=keeper.records("ids", forms.NOTHING),
            together=keeper.lock,
        )
        broker.register(AVSENDER, ANNEN_AVSENDER)
        return queues, postkasse, printer, broker

    def _maskinporten(self) -> Maskinporten:
        maskinporten = Maskinporten(self.trust, self._clock)
        maskinporten.issuer = self.addresses.maskinporten_url
        scopes = (DPI_SCOPE, *KRR_SCOPES, *DELEGATED_SCOPES)
        maskinporten.register(CLIENT_ID, AVSENDER, scopes)
        maskinporten.delegate(consumer=ANNEN_AVSENDER, supplier=AVSENDER)
        return maskinporten

    def _dpi(self) -> Aksesspunkt:
        keeper, clock = self._keeper, self._clock
        innboks = Innboks(
            keeper.records("innboks", forms.INNBOKS), keeper.records("read", forms.INNBOKS)
        )
        wire = DpiWire(innboks, self.trust)
        own, *others = self._providers
        aksesspunkt = Aksesspunkt(
            DpiPostkasse(
                own,
                wire,
                also=others,
                letters=self.letter_store,
                clock=clock,
                automatic=self._automatic,
                takes=self._citizens.check_mailbox,
            ),
            DpiPrinter(
                self.printer.actor,
                wire,
                letters=self.letter_store,
                clock=clock,
                automatic=self._automatic,
            ),
            innboks=innboks,
            tokens=self.maskinporten,
            trust=self.trust,
            clock=clock,
            statuses=Statuses(clock, keeper.records("statuses", forms.STATUSES)),
            together=keeper.lock,
        )
        aksesspunkt.url = self.addresses.dpi_url
        return aksesspunkt

    def _expired_certificate(self) -> x509.Certificate:
        moment = self._clock()
        issued = self.ca.issue(
            POSTKASSE,
            "Testpostkassen",
            moment=moment,
            not_before=moment - timedelta(days=400),
            not_after=moment - timedelta(days=30),
        )
        return issued.certificate

    def _actor(self, organisasjonsnummer: str, name: str) -> Actor:
        issued = self._keys.issued(self.ca, organisasjonsnummer, name)
        return Actor(organisasjonsnummer, issued.certificate, issued.key)


def _is_refused_letter(exchange: Exchange) -> bool:
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    is_letter = place is not None and place.traffic is Traffic.LETTER
    return is_letter and (exchange.status is None or exchange.status >= HTTPStatus.BAD_REQUEST)
