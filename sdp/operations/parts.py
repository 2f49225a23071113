"""The parts of a client, built from its configuration."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sdp.config import ClientConfig
from sdp.config.maskinporten import client_for, load_key
from sdp.domain._verdi import with_checked
from sdp.errors import ConfigurationError, check_moment
from sdp.krr.person import Person
from sdp.krr.register import CachedRegister
from sdp.pki import Decryptor
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.wire import SentTo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sdp.config import Environment
    from sdp.config.maskinporten import Api, MaskinportenClient
    from sdp.dpi import DpiWire
    from sdp.krr.person import Oppslag, Printsertifikat
    from sdp.krr.register import Kontaktregister
    from sdp.krr.rest.wire import KrrRest
    from sdp.maskinporten import Maskinporten
    from sdp.pki import Signer, TrustStore
    from sdp.transport.effects import Flow
    from sdp.wire import Wire


class NoRegister:
    """Stands where no contact register is configured, and says so when it is needed."""

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:  # noqa: ARG002
        """Raise ConfigurationError."""
        raise _not_configured()

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Raise ConfigurationError."""
        raise _not_configured()


class DatedRegister:
    """A contact register whose people say when they were asked about, by the question's time."""

    def __init__(self, register: Kontaktregister, clock: Callable[[], datetime]) -> None:
        self._register = register
        self._clock = clock

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        """Ask the register, and date its answers."""
        return self._dated(self._register.lookup(personer))

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Ask the register who prints."""
        return self._register.print_certificate()

    def _dated(self, asking: Flow[tuple[Oppslag, ...]]) -> Flow[tuple[Oppslag, ...]]:
        moment = self._clock()
        check_moment(moment)
        return tuple(
            with_checked(oppslag, hentet=moment) if isinstance(oppslag, Person) else oppslag
            for oppslag in (yield from asking)
        )


def build_register(
    config: ClientConfig,
    *,
    signer: Signer,
    trust: TrustStore,
    maskinporten: Maskinporten | None,
    clock: Callable[[], datetime],
) -> Kontaktregister:
    """Build the contact register that the configuration describes, or `NoRegister`."""
    match config.krr.wire:
        case "soap":
            return _soap(config, signer, trust, clock)
        case "rest" if maskinporten is None:
            return NoRegister()
        case "rest":
            return _rest(config, trust, maskinporten, clock)


def cached(
    register: Kontaktregister, config: ClientConfig, clock: Callable[[], datetime]
) -> Kontaktregister:
    """Put a cache before the register, if the configuration asks for one."""
    if not config.krr.cache_seconds:
        return register
    return CachedRegister(register, timedelta(seconds=config.krr.cache_seconds), clock)


def _rest(
    config: ClientConfig,
    trust: TrustStore,
    maskinporten: Maskinporten,
    clock: Callable[[], datetime],
) -> KrrRest:
    from sdp.krr.rest.wire import KrrRest, KrrSettings

    settings = KrrSettings(
        url=config.environment.address("krr_rest_url"),
        version=config.krr.version,
        signed_answers=config.krr.signed_answers,
        organisasjonsnummer=config.environment.krr_organisasjonsnummer,
        consumer_org=config.krr.paa_vegne_av,
        scopes=config.krr.scopes or None,
        one_scope_per_token=config.krr.one_scope_per_token,
    )
    return KrrRest(settings, maskinporten=maskinporten, trust=trust, clock=clock)


def _soap(
    config: ClientConfig, signer: Signer, trust: TrustStore, clock: Callable[[], datetime]
) -> Kontaktregister:
    from sdp.krr.soap import KrrSoap, KrrSoapSettings  # zeep is slow to import, and optional

    if not isinstance(signer, Decryptor):
        raise ConfigurationError(
            "The contact register over SOAP encrypts its answers for the sender, and this signer "
            "does not decrypt.",
            remedy="Give a signer that is a Decryptor too, or set krr.wire to rest.",
        )
    settings = KrrSoapSettings(
        url=config.environment.address("krr_soap_url"),
        organisasjonsnummer=config.environment.krr_organisasjonsnummer,
        paa_vegne_av=config.krr.paa_vegne_av,
    )
    return KrrSoap(settings, signer=signer, decryptor=signer, trust=trust, clock=clock)


def _not_configured() -> ConfigurationError:
    return ConfigurationError(
        "No contact register is configured.",
        remedy="Set maskinporten.client_id for the register over REST, or krr.wire to soap.",
    )


def build_wire(
    config: ClientConfig,
    *,
    signer: Signer,
    trust: TrustStore,
    maskinporten: Maskinporten | None,
    clock: Callable[[], datetime],
    sent_to: SentTo,
) -> Wire:
    """Build the wire that the environment names.

    Raises:
        ConfigurationError: a setting that it needs is missing.
    """
    if config.environment.wire == "dpi":
        return _dpi(config, signer, trust, maskinporten, clock, sent_to)
    from sdp.ebms import EbmsWire
    from sdp.wire import MAILBOX_PROVIDERS

    return EbmsWire(
        environment=config.environment,
        signer=signer,
        trust=trust,
        databehandler=config.databehandler,
        clock=clock,
        sent_to=sent_to,
        receipt_senders=MAILBOX_PROVIDERS.union(config.ebms.receipt_senders),
        receipt_suppliers=config.ebms.receipt_suppliers,
    )


def _dpi(
    config: ClientConfig,
    signer: Signer,
    trust: TrustStore,
    maskinporten: Maskinporten | None,
    clock: Callable[[], datetime],
    sent_to: SentTo,
) -> DpiWire:
    from sdp.dpi import DpiSettings, DpiWire
    from sdp.wire import MAILBOX_PROVIDERS

    if maskinporten is None or config.maskinporten is None:
        raise ConfigurationError(
            "DPI needs tokens from Maskinporten.",
            remedy="Set maskinporten.client_id.",
        )
    within = config.dpi.response_within_seconds
    settings = DpiSettings(
        url=config.environment.address("access_point_url"),
        kanal=config.kanal,
        resource=config.maskinporten.resource,
        consumer_org=config.maskinporten.consumer_org,
        scope=config.dpi.scope,
        page_size=config.dpi.page_size,
        receipt_senders=MAILBOX_PROVIDERS.union(config.dpi.receipt_senders),
        receipt_suppliers=config.dpi.receipt_suppliers,
        receipt_interval=timedelta(seconds=config.dpi.receipt_interval_seconds),
        response_within=None if within is None else timedelta(seconds=within),
    )
    return DpiWire(
        settings,
        signer=signer,
        trust=trust,
        maskinporten=maskinporten,
        databehandler=config.databehandler,
        clock=clock,
        sent_to=sent_to,
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms a client needs, wired together.

    Attributes:
        register: answers about people, perhaps from memory; for planning.
        source: the register itself, which is asked about whoever a letter is to.
        has_register: whether there is one.
        notice_lint: what becomes of titles and notices against Digdir's advice.
        close: lets go of the signer, where it was opened here.
    """

    environment: Environment
    clock: Callable[[], datetime]
    trust: TrustStore
    signer: Signer
    wire: Wire
    register: Kontaktregister
    source: Kontaktregister
    has_register: bool
    notice_lint: Literal["off", "warn", "error"]
    close: Callable[[], None]

    @classmethod
    def build(
        cls,
        config: ClientConfig,
        *,
        signer: Signer | None,
        trust: TrustStore | None,
        clock: Callable[[], datetime],
        sent_to: Callable[[str], str | None] | None = None,
    ) -> Parts:
        """Read keys and anchors, and put the wire and the contact register together.

        Raises:
            ConfigurationError: a setting is missing, or no trust store is configured.
            IdentityError: the sender's key or certificate cannot be used.
        """
        if not isinstance(config, ClientConfig):
            raise ConfigurationError(
                f"A client takes a ClientConfig, not a {type(config).__name__}.",
                remedy="Read a file with sdp.ClientConfig.from_toml(path).",
            )
        if trust is None:
            given = config.load_trust(clock=clock)
        else:
            given = config.hold_to_environment(trust, clock=clock)
        trust = given or _no_trust_store()
        with ExitStack() as opened:
            if signer is None:
                signer = _identity(config, trust, clock(), opened)
            tokens = _token_sources(config, signer, clock, opened)
            source = build_register(
                config, signer=signer, trust=trust, maskinporten=tokens.get("krr"), clock=clock
            )
            wire = build_wire(
                config,
                signer=signer,
                trust=trust,
                maskinporten=tokens.get("dpi"),
                clock=clock,
                sent_to=SentTo(sent_to),
            )
            return cls(
                environment=config.environment,
                clock=clock,
                trust=trust,
                signer=signer,
                wire=wire,
                register=cached(DatedRegister(source, clock), config, clock),
                source=source,
                has_register=config.has_register,
                notice_lint=config.notice_lint,
                close=opened.pop_all().close,
            )


def _identity(
    config: ClientConfig, trust: TrustStore, moment: datetime, opened: ExitStack
) -> Signer:
    identity = config.load_identity(moment)
    if isinstance(identity, Pkcs11Identity):
        opened.callback(identity.close)
    return identity.with_chain_from(trust, moment=moment)


def _token_sources(
    config: ClientConfig, signer: Signer, clock: Callable[[], datetime], opened: ExitStack
) -> dict[Api, Maskinporten]:
    """Build the sources of tokens, one for both APIs where they have the same client and keys."""
    if config.maskinporten is None:
        return {}
    krr, dpi = client_for("krr", config.maskinporten), client_for("dpi", config.maskinporten)
    source = _token_source(krr, config, signer, clock, opened)
    other = source if dpi == krr else _token_source(dpi, config, signer, clock, opened)
    return {"krr": source, "dpi": other}


def _token_source(
    client: MaskinportenClient,
    config: ClientConfig,
    signer: Signer,
    clock: Callable[[], datetime],
    opened: ExitStack,
) -> Maskinporten:
    from sdp.maskinporten import Maskinporten, MaskinportenSettings

    settings = MaskinportenSettings(
        issuer=config.environment.address("maskinporten_url"), client_id=client.client_id
    )
    if not client.keys:
        return Maskinporten(settings, signer=signer, clock=clock)
    newest, *older = (
        opened.enter_context(load_key(key, clock(), lambda: signer)) for key in client.keys
    )
    return Maskinporten(settings, signer=newest, older=older, clock=clock)


def _no_trust_store() -> TrustStore:
    raise ConfigurationError(
        "No trust store is configured, so no recipient and no receipt can be trusted.",
        remedy="Set environment.trust to a folder or bundle of the CA certificates.",
    )
