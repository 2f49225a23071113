"""The test environment as one object."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from cryptography.hazmat.primitives.serialization import Encoding

from sdp.config import ClientConfig, Environment
from sdp.testmiljo.aksesspunkt import ROOT as DPI_ROOT
from sdp.testmiljo.aksesspunkt import Aksesspunkt, DpiPostkasse, DpiPrinter, Innboks
from sdp.testmiljo.aksesspunkt import routes as aksesspunkt_routes
from sdp.testmiljo.aksesspunkt.statuses import Statuses
from sdp.testmiljo.app import ROOT, make_app
from sdp.testmiljo.broker import Broker
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.checks.certificates import Trust
from sdp.testmiljo.citizens import Citizens
from sdp.testmiljo.configuration import write_client_config
from sdp.testmiljo.cut_requests import cutting
from sdp.testmiljo.faults import Faults
from sdp.testmiljo.journal import Journal
from sdp.testmiljo.kept import (
    INNBOKS,
    LETTERS,
    NOTHING,
    PEOPLE,
    QUEUES,
    RECEIPTS,
    REVOKED,
    STATUSES,
)
from sdp.testmiljo.keys import Keys
from sdp.testmiljo.krr_actors import KrrActors
from sdp.testmiljo.krr_rest import ROOT as KRR_ROOT
from sdp.testmiljo.krr_rest import SCOPES as KRR_SCOPES
from sdp.testmiljo.krr_rest import KrrRest
from sdp.testmiljo.krr_rest import routes as krr_rest_routes
from sdp.testmiljo.krr_soap import ROOT as KRR_SOAP_ROOT
from sdp.testmiljo.krr_soap import KrrSoap
from sdp.testmiljo.krr_soap import routes as krr_soap_routes
from sdp.testmiljo.letters import LetterStore
from sdp.testmiljo.maskinporten import ROOT as MASKINPORTEN_ROOT
from sdp.testmiljo.maskinporten import Maskinporten
from sdp.testmiljo.maskinporten import routes as maskinporten_routes
from sdp.testmiljo.plain import with_plain
from sdp.testmiljo.postkasse import Postkasse
from sdp.testmiljo.printer import Printer
from sdp.testmiljo.queues import Queue, Queues
from sdp.testmiljo.records import Memory
from sdp.testmiljo.register import Kind, Register
from sdp.testmiljo.revocation import RevocationService
from sdp.testmiljo.server import ServerThread
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.state import State
from sdp.testmiljo.web import is_page
from sdp.testmiljo.web import routes as web_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509
    from starlette.applications import Starlette

    from sdp.domain import Mottaker, TekniskMottaker
    from sdp.testmiljo.letters import Letter
    from sdp.testmiljo.queues import QueuedReceipt
    from sdp.testmiljo.records import Keeper

AVSENDER = "991825827"
"""The organisation the client configuration is for."""
ANNEN_AVSENDER = "889640782"
"""Another organisation the broker serves, for sending on behalf of."""
MELDINGSFORMIDLER = "984661185"
POSTKASSE = "922020175"
DIGIPOST = "984661185"
"""The other mailbox provider, which has the same mailboxes run here."""
PRINTER = "974761076"
KONTAKTREGISTER = "991825827"
CLIENT_ID = "testetaten"
"""What the client configuration calls itself to Maskinporten."""
DPI_SCOPE = "digitalpostinnbygger:send"

_TRUST = "trust"
_TLS_CA = "tls-ca.pem"
_HOSTS = ("localhost", "127.0.0.1")
_FIVE_MINUTES = timedelta(minutes=5)


def _now() -> datetime:
    return datetime.now(UTC)


class Testmiljo:
    """A broker, a mailbox provider and a printer, served over HTTPS on this machine.

    Make one with `start`, and close it when done; `with` does both. Everything is in memory and
    gone afterwards, unless it was started with a state file. Safe to share between threads.

    Attributes:
        ca: issues every certificate of the environment.
        broker: answers the sender; `broker.rejections` tells why something was refused.
        postkasse: holds the digital letters, and sends their receipts on demand.
        printer: the same for print letters.
        faults: what is to go wrong, wherever it is.
        journal: what has passed over the wire lately.
        aksesspunkt: answers the sender on today's wire, with a `postkasse` and a `printer` of its
            own; `aksesspunkt.rejections` tells why something was refused.
        maskinporten: gives tokens, for the contact register and for today's wire.
        register: who is in the contact register; `innbygger` enters people.
        krr_rest: answers for it over REST, and goes wrong on demand.
        krr_soap: the same over SOAP, signed and encrypted.
        revocation: revokes certificates of the environment, answers for that by OCSP and lists
            where the certificates say, and goes wrong on demand.
        avsender: the key and certificate that the client configuration names.
        port: where all of it is served.
    """

    __test__ = False  # pytest takes the name for a test case

    def __init__(
        self,
        *,
        port: int,
        hidden_for: timedelta,
        automatic_receipts: bool,
        clock: Callable[[], datetime],
        state: Path | None,
    ) -> None:
        self._clock = clock
        with ExitStack() as undo:
            keeper: Keeper = Memory() if state is None else State.open(state)
            undo.callback(keeper.close)
            self._files = tempfile.TemporaryDirectory(prefix="sdp-testmiljo-")
            undo.callback(self._files.cleanup)
            self._keys = Keys(keeper, clock)
            listener = self._keys.listener(port)
            undo.callback(listener.close)
            self.port = listener.port
            self._assemble(keeper, hidden_for, automatic_receipts=automatic_receipts)
            self._server = ServerThread(self._app, listener, self._tls())
            self._closing = undo.pop_all()
        self.maskinporten.issuer = self.maskinporten_url
        self.aksesspunkt.url = self.dpi_url

    def _assemble(
        self,
        keeper: Keeper,
        hidden_for: timedelta,
        *,
        automatic_receipts: bool,
    ) -> None:
        clock = self._clock
        self._letters = LetterStore(keeper.records("letters", LETTERS))
        self._queues = Queues(
            clock,
            hidden_for,
            receipts=keeper.records("receipts", RECEIPTS),
            confirmed=keeper.records("confirmed", QUEUES),
        )
        self.ca = self._keys.ca(self.port)
        self.revocation = RevocationService(
            self.ca, clock=clock, records=keeper.records("revoked", REVOKED)
        )
        self.avsender = self._keys.issued(self.ca, AVSENDER, "Testetaten")
        self.faults = Faults()
        self.journal = Journal(clock, leaves_out=is_page)
        trust = Trust(self.ca.certificates)
        providers = (
            self._actor(POSTKASSE, "Testpostkassen"),
            self._actor(DIGIPOST, "Testdigipost"),
        )
        self._assemble_register(keeper, providers)
        self._assemble_classic(keeper, providers, trust, automatic_receipts=automatic_receipts)
        self.maskinporten = Maskinporten(trust, clock)
        self.maskinporten.register(CLIENT_ID, AVSENDER, (DPI_SCOPE, *KRR_SCOPES))
        self.maskinporten.delegate(consumer=ANNEN_AVSENDER, supplier=AVSENDER)
        self._assemble_today(keeper, providers, trust, automatic_receipts=automatic_receipts)
        krr_actors = KrrActors(
            register=self._actor(KONTAKTREGISTER, "Testkontaktregisteret"),
            other=self.postkasse.actor,
            stranger=lambda: self.stranger,
            printer=self.printer.actor,
        )
        self.krr_rest = KrrRest(self.register, self.maskinporten, krr_actors, clock)
        self.krr_soap = KrrSoap(self.register, krr_actors, trust=trust, clock=clock)
        kept = self.journal.keeping(cutting(self._application(), self.faults))
        self._app = with_plain(kept, self.revocation, self.faults)

    def _assemble_register(self, keeper: Keeper, providers: tuple[Actor, Actor]) -> None:
        postkasser = (providers[0].as_mottaker(), providers[1].as_mottaker())
        self.register = Register(
            *postkasser,
            self._expired_certificate,
            self._clock,
            keeper.records("people", PEOPLE),
        )
        self._citizens = Citizens(
            self.register,
            postkasser,
            made=keeper.records("made", NOTHING),
            closed=keeper.records("closed", NOTHING),
        )

    def _assemble_classic(
        self,
        keeper: Keeper,
        providers: tuple[Actor, Actor],
        trust: Trust,
        *,
        automatic_receipts: bool,
    ) -> None:
        clock = self._clock
        postkasse, *others = providers
        self.postkasse = Postkasse(
            postkasse,
            also=others,
            queues=self._queues,
            letters=self._letters,
            trust=trust,
            clock=clock,
            automatic=automatic_receipts,
            takes=self._citizens.check_mailbox,
        )
        self.printer = Printer(
            self._actor(PRINTER, "Testutskrift"),
            queues=self._queues,
            letters=self._letters,
            trust=trust,
            clock=clock,
            automatic=automatic_receipts,
        )
        self.broker = Broker(
            self._actor(MELDINGSFORMIDLER, "Testmeldingsformidleren"),
            receivers=(self.postkasse, self.printer),
            queues=self._queues,
            trust=trust,
            clock=clock,
            ids=keeper.records("ids", NOTHING),
            together=keeper.lock,
        )
        self.broker.register(AVSENDER, ANNEN_AVSENDER)

    def _assemble_today(
        self,
        keeper: Keeper,
        providers: tuple[Actor, Actor],
        trust: Trust,
        *,
        automatic_receipts: bool,
    ) -> None:
        clock = self._clock
        postkasse, *others = providers
        innboks = Innboks(keeper.records("innboks", INNBOKS), keeper.records("read", INNBOKS))
        self.aksesspunkt = Aksesspunkt(
            DpiPostkasse(
                postkasse,
                also=others,
                innboks=innboks,
                letters=self._letters,
                trust=trust,
                clock=clock,
                automatic=automatic_receipts,
                takes=self._citizens.check_mailbox,
            ),
            DpiPrinter(
                self.printer.actor,
                innboks=innboks,
                letters=self._letters,
                trust=trust,
                clock=clock,
                automatic=automatic_receipts,
            ),
            innboks=innboks,
            tokens=self.maskinporten,
            trust=trust,
            clock=clock,
            statuses=Statuses(clock, keeper.records("statuses", STATUSES)),
            together=keeper.lock,
        )

    def _application(self) -> Starlette:
        app = make_app(self.broker, self.faults, stranger=lambda: self.stranger, clock=self._clock)
        app.router.routes += maskinporten_routes(self.maskinporten, self.faults)
        app.router.routes += aksesspunkt_routes(
            self.aksesspunkt, self.faults, stranger=lambda: self.stranger
        )
        app.router.routes += krr_rest_routes(self.krr_rest, self.faults)
        app.router.routes += krr_soap_routes(self.krr_soap, self.faults)
        app.router.routes += web_routes(self)
        return app

    @classmethod
    def start(
        cls,
        *,
        port: int = 0,
        hidden_for: timedelta = _FIVE_MINUTES,
        automatic_receipts: bool = True,
        clock: Callable[[], datetime] = _now,
        state: Path | None = None,
    ) -> Self:
        """Start serving on localhost.

        Args:
            port: 0 takes any free one, or the one that a state file has.
            hidden_for: how long a pulled receipt is hidden before it is given again.
            automatic_receipts: whether mailbox and printer send levering (and mottak) at once;
                see `Receiver.accept`.
            clock: tells the time, with its zone.
            state: the file that keys, people, letters and receipts are kept in from one start to
                the next, made where there is none; see `State`. None keeps nothing.

        Raises:
            OSError: the port is taken.
            ConfigurationError: the state file cannot be used, or not at this port.
        """
        return cls(
            port=port,
            hidden_for=hidden_for,
            automatic_receipts=automatic_receipts,
            clock=clock,
            state=state,
        )

    def close(self) -> None:
        """Stop serving, and remove the files behind `client_config` and `environment`."""
        self._server.stop()
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The broker's address."""
        return f"{self.root_url}{ROOT}/"

    @property
    def root_url(self) -> str:
        """Where everything is served, without a slash at its end."""
        return f"https://localhost:{self.port}"

    @property
    def dpi_url(self) -> str:
        """The access point of today's wire."""
        return f"{self.root_url}{DPI_ROOT}"

    @property
    def maskinporten_url(self) -> str:
        """The issuer of tokens."""
        return f"{self.root_url}{MASKINPORTEN_ROOT}/"

    @property
    def krr_rest_url(self) -> str:
        """The contact register over REST, without its version."""
        return f"{self.root_url}{KRR_ROOT}/"

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Every letter that has arrived and held, oldest first."""
        return self._letters.all

    @property
    def waiting_receipts(self) -> tuple[QueuedReceipt, ...]:
        """Every receipt that is not confirmed, oldest first."""
        return self._queues.waiting

    def now(self) -> datetime:
        """Tell the time by the environment's clock."""
        return self._clock()

    def queue_receipt(
        self, sbd: bytes, *, databehandler: str = AVSENDER, mpc: str = "urn:normal"
    ) -> QueuedReceipt:
        """Put any XML in a queue as it is: doubled, damaged or foreign receipts.

        Receipts that are as they should be are sent by `postkasse` and `printer`.
        """
        return self._queues.put(Queue(databehandler, mpc), sbd)

    @property
    def krr_soap_url(self) -> str:
        """The contact register over SOAP."""
        return f"{self.root_url}{KRR_SOAP_ROOT}"

    def innbygger(
        self,
        personidentifikator: str | None = None,
        *,
        kind: Kind = Kind.REACHABLE,
        epost: str | None = None,
        mobil: str | None = None,
    ) -> Mottaker:
        """Make a synthetic citizen with a mailbox here, a new one each time unless named.

        The citizen is entered in the contact register as one of the given kind.

        Args:
            personidentifikator: whom; None takes somebody new.
            kind: what is particular about the citizen.
            epost: the e-mail address, where the kind has one, in place of one that is made up.
            mobil: the mobile number, likewise.
        """
        return self._citizens.enter(personidentifikator, kind, epost=epost, mobil=mobil)

    def drop_mailbox(self, personidentifikator: str) -> None:
        """Close the mailbox of somebody in the contact register, which then shows none.

        Letters to it are accepted on either wire, and answered with a feil of feiltype KLIENT. A
        client that asks the contact register sends none that is not on its way already.
        `innbygger` with the same number opens it again.

        Raises:
            ValueError: the register shows no mailbox of this person.
        """
        self._citizens.drop_mailbox(personidentifikator)

    def printer_mottaker(self) -> TekniskMottaker:
        """Return the printer as a letter names it."""
        return self.printer.actor.as_mottaker()

    def environment(self) -> Environment:
        """Describe the environment to a client. Its files last until `close`."""
        return self._client_config.environment

    def client_config(
        self,
        *,
        wire: Literal["ebms", "dpi"] = "ebms",
        revocation: Literal["off", "soft", "hard"] = "off",
    ) -> ClientConfig:
        """Configure a client that sends as `AVSENDER`. Its files last until `close`.

        Args:
            wire: the classic one, or today's.
            revocation: whether the client asks about revoked certificates; see `Environment`.
        """
        config = self._client_config
        changes = {"wire": wire, "revocation": revocation}
        environment = config.environment.model_copy(update=changes)
        return config.model_copy(update={"environment": environment})

    def write_config(
        self, folder: Path, *, revocation: Literal["off", "soft", "hard"] = "off"
    ) -> Path:
        """Write a configuration with its key, password, trust store and CA into a folder.

        There are two: `sdp.toml` for the classic wire, and `sdp-dpi.toml` for today's.

        Args:
            folder: made where it is not there.
            revocation: what clients do about revoked certificates; see `Environment`.

        Returns:
            The path of the TOML file for the classic wire.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.ca.write_trust(folder / _TRUST)
        (folder / _TLS_CA).write_bytes(self.ca.root.certificate.public_bytes(Encoding.PEM))
        environment = Environment(
            name="testmiljo",
            production=False,
            broker_url=self.url,
            broker_organisasjonsnummer=MELDINGSFORMIDLER,
            trust=Path(_TRUST),
            revocation=revocation,
            access_point_url=self.dpi_url,
            maskinporten_url=self.maskinporten_url,
            krr_rest_url=self.krr_rest_url,
            krr_soap_url=self.krr_soap_url,
            krr_organisasjonsnummer=KONTAKTREGISTER,
            tls_ca=Path(_TLS_CA),
            pull_interval_normal_seconds=0,
            pull_interval_prioritert_seconds=0,
        )
        return write_client_config(
            folder, environment, self.avsender, client_id=CLIENT_ID, printer=PRINTER
        )

    @cached_property
    def stranger(self) -> Actor:
        """Somebody who calls himself the broker, with a certificate of another CA."""
        moment = self._clock()
        issued = TestCA.create(moment, name="Fremmed").issue(
            MELDINGSFORMIDLER, "Testmeldingsformidleren", moment=moment
        )
        return Actor(MELDINGSFORMIDLER, issued.certificate, issued.key)

    @cached_property
    def _client_config(self) -> ClientConfig:
        path = self.write_config(Path(self._files.name))
        return ClientConfig.from_toml(path, environ={})

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

    def _tls(self) -> ssl.SSLContext:
        issued = self.ca.issue_tls(_HOSTS, moment=self._clock())
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.NamedTemporaryFile(dir=self._files.name) as pem:
            pem.write(issued.key_pem() + issued.chain_pem())
            pem.flush()
            context.load_cert_chain(pem.name)
        return context
