"""Context that the checks of one run share."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Self

from sdp.client import Client
from sdp.domain import Avsender, Prioritet
from sdp.errors import ConfigurationError, SdpError
from sdp.krr import Digital
from sdp.pki import TrustStore
from sdp.transport.http import HttpTransport
from sdp.transport.sync import Driver

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.config import ClientConfig
    from sdp.domain.forsendelse import Brevvalg
    from sdp.krr import Rute
    from sdp.pki import Identity, Signer
    from sdp.pki.keys.pkcs11 import Pkcs11Identity
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpResponse

OWN_QUEUE: Final = "sdp-verify"
"""The part of the receipt queue that the letters of a run get, so that no others are touched."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter of this run.

    Attributes:
        number: the check that sent it.
        avsender: whose letter it is.
        is_print: whether it is for the printer.
    """

    number: int
    avsender: str
    is_print: bool = False


@dataclass
class Context:
    """One run: what it is given, and what its checks find out for each other. Close it when done.

    Attributes:
        config: what is verified.
        people: numbers of test persons; the first who is reached digitally gets the letters.
        on_behalf_of: an organisation to send for as well.
        large_bytes: the size of the large letter.
        wait_seconds: how long to wait for receipts.
        clock: tells the time; aware.
        sleep: waits a number of seconds.
        routes: how each test person is reached, when they have been looked up.
        sent: what was sent, by conversation.
    """

    config: ClientConfig
    people: tuple[str, ...] = field(default=(), repr=False)
    on_behalf_of: str | None = None
    large_bytes: int = 5_000_000
    wait_seconds: float = 300.0
    clock: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep
    routes: dict[str, Rute] = field(default_factory=dict, repr=False)
    sent: dict[str, Sent] = field(default_factory=dict, repr=False)
    _open: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    @property
    def identity(self) -> Identity | Pkcs11Identity:
        """The sender's own key. It is opened once, since a token counts its wrong PINs.

        Raises:
            IdentityError: it cannot be used.
            ConfigurationError: none is configured, or its password cannot be found.
        """
        if isinstance(self._opened, SdpError):
            raise self._opened
        return self._opened

    @cached_property
    def signer(self) -> Signer:
        """The same key, with the chain that a client of this configuration sends."""
        return self.identity.with_chain_from(self.anchors, moment=self.clock())

    @cached_property
    def trust(self) -> TrustStore:
        """The configured trust anchors.

        Raises:
            ConfigurationError: there are none.
        """
        trust = self.config.load_trust(clock=self.clock)
        if trust is None:
            raise ConfigurationError(
                "No trust store is configured.",
                remedy="Set environment.trust; `sdp trust fetch` gets the published certificates.",
            )
        return trust

    @cached_property
    def anchors(self) -> TrustStore:
        """The same, asking nobody about revocation.

        Raises:
            ConfigurationError: there are none.
        """
        policies = self.config.environment.certificate_policies
        return TrustStore(self.trust.anchors, self.trust.intermediates, policies=policies)

    @cached_property
    def client(self) -> Client:
        """The client that is verified."""
        return self._client(self.config)

    @cached_property
    def delegated(self) -> Client:
        """A client that fetches the receipts of the organisation sent on behalf of."""
        maskinporten = self.config.maskinporten
        if self.is_ebms or maskinporten is None:
            return self.client
        update = {"consumer_org": self.on_behalf_of}
        return self._client(
            self.config.model_copy(update={"maskinporten": maskinporten.model_copy(update=update)})
        )

    @cached_property
    def driver(self) -> Driver:
        """Carries out single flows, under the same HTTP settings as the client."""
        return Driver(self._http, self.sleep)

    @property
    def is_ebms(self) -> bool:
        """True where letters go over the ebMS wire."""
        return self.config.environment.wire == "ebms"

    @property
    def avsender(self) -> Avsender:
        """The agency itself."""
        return Avsender(organisasjonsnummer=self.identity.organisasjonsnummer)

    @property
    def reachable(self) -> Digital | None:
        """The route of the first test person with a mailbox."""
        return next((rute for rute in self.routes.values() if isinstance(rute, Digital)), None)

    @property
    def queue(self) -> Brevvalg:
        """The queue that the receipts of a letter of this run go to."""
        if self.is_ebms:
            # An empty queue of urgent letters may be asked again after a minute, not after ten.
            return {"prioritet": Prioritet.PRIORITERT, "mpc_id": OWN_QUEUE}
        return {}

    @cached_property
    def own_queue(self) -> ClientConfig:
        """The configuration, with a part of the receipt queue that no other program has."""
        return self._apart(self.config)

    @cached_property
    def folder(self) -> Path:
        """A temporary folder of this run, for its owner alone."""
        return Path(self._open.enter_context(TemporaryDirectory(prefix="sdp-verify-")))

    def ask(self, exchange: Flow[HttpResponse]) -> HttpResponse:
        """Make one request."""
        return self.driver.run(exchange)

    def close(self) -> None:
        """Close every connection."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _opened(self) -> Identity | Pkcs11Identity | SdpError:
        try:
            return self.config.load_identity(self.clock())
        except SdpError as error:
            return error

    @cached_property
    def _http(self) -> HttpTransport:
        return self._open.enter_context(HttpTransport(self.config.http_settings()))

    def _client(self, config: ClientConfig) -> Client:
        client = Client(self._apart(config), clock=self.clock, sleep=self.sleep)
        return self._open.enter_context(client)

    def _apart(self, config: ClientConfig) -> ClientConfig:
        return config if self.is_ebms else config.model_copy(update={"kanal": OWN_QUEUE})
