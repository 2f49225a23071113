"""Façade of the test environment: one object that serves all of it, and configures clients."""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette

from sdp.config import (
    ClientConfig,
    DpiConfig,
    EbmsConfig,
    Environment,
    IdentityConfig,
    MaskinportenConfig,
)
from sdp.testmiljo import maskinporten
from sdp.testmiljo.access_point import routes as access_point
from sdp.testmiljo.assembly import (
    ANNEN_AVSENDER,
    AVSENDER,
    CLIENT_ID,
    DIGIPOST,
    DPI_SCOPE,
    KONTAKTREGISTER,
    MELDINGSFORMIDLER,
    POSTKASSE,
    PRINTER,
    World,
)
from sdp.testmiljo.broker import routes as broker
from sdp.testmiljo.faults.serving import GONE, cutting
from sdp.testmiljo.register import rest, soap
from sdp.testmiljo.revocation import with_plain
from sdp.testmiljo.server import Listener, ServerThread
from sdp.testmiljo.web import routes as web
from sdp.testmiljo.web.campaigns import Campaign, campaigns_of
from sdp.testmiljo.world.citizens import Resident, populate
from sdp.testmiljo.world.keys import Addresses, Keys
from sdp.testmiljo.world.receipts import Queue
from sdp.testmiljo.world.register import Kind
from sdp.testmiljo.world.state import Memory, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from sdp.domain import Mottaker, TekniskMottaker
    from sdp.testmiljo.access_point.access_point import Aksesspunkt
    from sdp.testmiljo.broker.broker import Broker
    from sdp.testmiljo.ca import Issued, TestCA
    from sdp.testmiljo.faults.serving import Faults
    from sdp.testmiljo.mailbox.ebms import EbmsPostkasse, EbmsPrinter
    from sdp.testmiljo.maskinporten import Maskinporten
    from sdp.testmiljo.register.rest import KrrRest
    from sdp.testmiljo.register.soap import KrrSoap
    from sdp.testmiljo.revocation import RevocationService
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.world.journal import Journal
    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.outbox import FollowedOutbox
    from sdp.testmiljo.world.receipts import QueuedReceipt
    from sdp.testmiljo.world.register import Register
    from sdp.testmiljo.world.state import Keeper

__all__ = [
    "ANNEN_AVSENDER",
    "AVSENDER",
    "CLIENT_ID",
    "DIGIPOST",
    "DPI_SCOPE",
    "KONTAKTREGISTER",
    "MELDINGSFORMIDLER",
    "POSTKASSE",
    "PRINTER",
    "Testmiljo",
]

_TRUST: Final = "trust"
_TLS_CA: Final = "tls-ca.pem"
_PKCS12: Final = "avsender.p12"
_PASSWORD: Final = "avsender.password"  # noqa: S105 - the name of the file that holds it
_CONFIGURATION: Final = "sdp.toml"
_HOSTS: Final = ("localhost", "127.0.0.1")
_FIVE_MINUTES: Final = timedelta(minutes=5)


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
        aksesspunkt: answers the sender on the DPI wire, with a `postkasse` and a `printer` of its
            own; `aksesspunkt.rejections` tells why something was refused.
        maskinporten: gives tokens, for the contact register and for the DPI wire.
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
            keys = Keys(keeper, clock)
            listener = Listener(keys.port(port))
            undo.callback(listener.close)
            self.port: int = listener.port
            self._addresses = Addresses(listener.port)
            self._world = world = World(
                keeper,
                keys,
                self._addresses,
                clock=clock,
                hidden_for=hidden_for,
                automatic_receipts=automatic_receipts,
                unseen=web.is_page,
            )
            self._share(world)
            self._server = ServerThread(_application(world), listener, self._tls())
            self._closing = undo.pop_all()

    def _share(self, world: World) -> None:
        self.ca: TestCA = world.ca
        self.revocation: RevocationService = world.revocation
        self.avsender: Issued = world.avsender
        self.faults: Faults = world.faults
        self.journal: Journal = world.journal
        self.register: Register = world.register
        self.postkasse: EbmsPostkasse = world.postkasse
        self.printer: EbmsPrinter = world.printer
        self.broker: Broker = world.broker
        self.maskinporten: Maskinporten = world.maskinporten
        self.aksesspunkt: Aksesspunkt = world.aksesspunkt
        self.krr_rest: KrrRest = world.krr_rest
        self.krr_soap: KrrSoap = world.krr_soap

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
        self._world.is_closing = True
        self._server.stop()
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The broker's address."""
        return self._addresses.broker_url

    @property
    def root_url(self) -> str:
        """The root of all addresses, without a slash at its end."""
        return self._addresses.root_url

    @property
    def dpi_url(self) -> str:
        """The access point of the DPI wire."""
        return self._addresses.dpi_url

    @property
    def maskinporten_url(self) -> str:
        """The issuer of tokens."""
        return self._addresses.maskinporten_url

    @property
    def krr_rest_url(self) -> str:
        """The contact register over REST, without its version."""
        return self._addresses.krr_rest_url

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Every letter that has arrived and held, oldest first."""
        return self._world.letters

    @property
    def waiting_receipts(self) -> tuple[QueuedReceipt, ...]:
        """Every receipt that is not confirmed, oldest first."""
        return self._world.queues.waiting

    def now(self) -> datetime:
        """Tell the time by the environment's clock."""
        return self._clock()

    def queue_receipt(
        self, sbd: bytes, *, databehandler: str = AVSENDER, mpc: str = "urn:normal"
    ) -> QueuedReceipt:
        """Put any XML in a queue as it is: doubled, damaged or foreign receipts.

        Receipts that are as they should be are sent by `postkasse` and `printer`.
        """
        return self._world.queues.put(Queue(databehandler, mpc), sbd)

    @property
    def krr_soap_url(self) -> str:
        """The contact register over SOAP."""
        return self._addresses.krr_soap_url

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
        return self._world.citizens.enter(personidentifikator, kind, epost=epost, mobil=mobil)

    def populate(self, size: int) -> tuple[Resident, ...]:
        """Enter so many new synthetic people in the contact register, of a stated mix.

        In a hundred, 60 have a mailbox here and 10 at Digipost, 8 have opted out, 7 may not be
        notified, 5 have old contact information, and 10 have no mailbox. One in twenty has an
        address abroad.

        Raises:
            ValueError: there are no more synthetic people, after some 140 000.
        """
        return populate(self._world.citizens, size)

    def follow(self, outbox: FollowedOutbox) -> None:
        """Show on the web page how this outbox fares, and find letters by its keys.

        It is looked at, and never changed. `sdp.outbox.look.Look` opens one so.
        """
        self._world.outbox.follow(outbox)

    def campaigns(self) -> tuple[Campaign, ...]:
        """Count the letters of each campaign of the outbox that is followed, as they are now.

        Raises:
            RuntimeError: none is followed, or it cannot be read.
        """
        found = campaigns_of(self._world, newest=True)
        if not self._world.outbox.is_following:
            raise RuntimeError("no outbox is followed: call follow first")
        if problem := self._world.outbox.view().problem:
            raise RuntimeError(problem)
        return found

    def drop_mailbox(self, personidentifikator: str) -> None:
        """Close the mailbox of somebody in the contact register, which then shows none.

        Letters to it are accepted on either wire, and answered with a feil of feiltype KLIENT. A
        client that asks the contact register sends none that is not on its way already.
        `innbygger` with the same number opens it again.

        Raises:
            ValueError: the register shows no mailbox of this person.
        """
        self._world.citizens.drop_mailbox(personidentifikator)

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
            wire: the wire that letters go over.
            revocation: whether the client asks about revoked certificates; see `Environment`.
        """
        config = self._client_config
        changes = {"wire": wire, "revocation": revocation}
        environment = config.environment.model_copy(update=changes)
        return config.model_copy(update={"environment": environment})

    def write_config(
        self,
        folder: Path,
        *,
        wire: Literal["ebms", "dpi"] = "ebms",
        revocation: Literal["off", "soft", "hard"] = "off",
    ) -> Path:
        """Write a configuration with its key, password, trust store and CA into a folder.

        There are two: `sdp.toml` for the wire that is named, and beside it `sdp-dpi.toml` or
        `sdp-ebms.toml` for the other.

        Args:
            folder: made where it is not there.
            wire: the wire of `sdp.toml`.
            revocation: what clients do about revoked certificates; see `Environment`.

        Returns:
            The path of `sdp.toml`.

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
            revocation_local_addresses=True,
            access_point_url=self.dpi_url,
            maskinporten_url=self.maskinporten_url,
            krr_rest_url=self.krr_rest_url,
            krr_soap_url=self.krr_soap_url,
            krr_organisasjonsnummer=KONTAKTREGISTER,
            tls_ca=Path(_TLS_CA),
            pull_interval_normal_seconds=0,
            pull_interval_prioritert_seconds=0,
        )
        password = secrets.token_urlsafe(24)
        _write_secret(folder / _PASSWORD, password.encode())
        _write_secret(folder / _PKCS12, self.avsender.pkcs12(password))
        for each in ("ebms", "dpi"):
            config = ClientConfig(
                environment=environment.model_copy(update={"wire": each}),
                identity=IdentityConfig(pkcs12=Path(_PKCS12), password_file=Path(_PASSWORD)),
                maskinporten=MaskinportenConfig(client_id=CLIENT_ID),
                dpi=DpiConfig(receipt_senders=(PRINTER,), receipt_interval_seconds=0),
                ebms=EbmsConfig(receipt_senders=(PRINTER,)),
            )
            filnavn = _CONFIGURATION if each == wire else f"sdp-{each}.toml"
            (folder / filnavn).write_text(config.to_toml(), encoding="utf-8")
        return folder / _CONFIGURATION

    @property
    def stranger(self) -> Actor:
        """Somebody who calls himself the broker, with a certificate of another CA."""
        return self._world.stranger

    @cached_property
    def _client_config(self) -> ClientConfig:
        path = self.write_config(Path(self._files.name))
        return ClientConfig.from_toml(path, environ={})

    def _tls(self) -> ssl.SSLContext:
        issued = self.ca.issue_tls(_HOSTS, moment=self._clock())
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.NamedTemporaryFile(dir=self._files.name) as pem:
            pem.write(issued.key_pem() + issued.chain_pem())
            pem.flush()
            context.load_cert_chain(pem.name)
        return context


def _application(world: World) -> ASGIApp:
    """Put every part of a world at its addresses, with its faults and its journal in front."""
    faults = world.faults

    def stranger() -> Actor:
        return world.stranger

    app = Starlette(
        routes=[
            *rest.routes(world.krr_rest, faults),  # what most requests are for comes first
            *access_point.routes(world.aksesspunkt, faults, stranger=stranger),
            *broker.routes(world.broker, faults, stranger=stranger, clock=world.now),
            *maskinporten.routes(world.maskinporten, faults),
            *soap.routes(world.krr_soap, faults),
            *web.routes(world),
        ],
        exception_handlers=GONE,
    )
    return with_plain(world.journal.keeping(cutting(app, faults)), world.revocation, faults)


def _write_secret(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
