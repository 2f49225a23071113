"""The parts of a client, built from its configuration."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sdp.config import ClientConfig
from sdp.config.maskinporten import client_for, load_key
from sdp.errors import ConfigurationError
from sdp.operations.registers import DatedRegister, build_register, cached
from sdp.operations.wires import build_wire
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.wire import SentTo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.config import Environment
    from sdp.config.maskinporten import Api, MaskinportenClient
    from sdp.krr.register import Kontaktregister
    from sdp.maskinporten import Maskinporten
    from sdp.pki import Signer, TrustStore
    from sdp.wire import Wire


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
        given = config.load_trust() if trust is None else config.hold_to_environment(trust)
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
