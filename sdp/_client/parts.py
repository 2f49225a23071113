"""What a client is put together from, built from its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.ebms import EbmsExchanges, EbmsWire
from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.config import ClientConfig, Environment
    from sdp.pki import Identity, Signer, TrustStore
    from sdp.wire import Wire


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms a client needs, wired together."""

    environment: Environment
    clock: Callable[[], datetime]
    trust: TrustStore
    signer: Signer
    wire: Wire

    @classmethod
    def build(
        cls,
        config: ClientConfig,
        *,
        signer: Signer | None,
        trust: TrustStore | None,
        clock: Callable[[], datetime],
    ) -> Parts:
        """Read keys and anchors, and put the wire together.

        Raises:
            ConfigurationError: a setting is missing, or no trust store is configured.
            IdentityError: the sender's key or certificate cannot be used.
        """
        trust = trust or config.load_trust() or _no_trust_store()
        signer = signer or _identity(config, trust, clock())
        exchanges = EbmsExchanges(
            environment=config.environment,
            signer=signer,
            trust=trust,
            databehandler=config.databehandler,
            clock=clock,
        )
        return cls(config.environment, clock, trust, signer, EbmsWire(exchanges))


def _identity(config: ClientConfig, trust: TrustStore, moment: datetime) -> Identity:
    return config.load_identity(moment).with_chain_from(trust, moment=moment)


def _no_trust_store() -> TrustStore:
    raise ConfigurationError(
        "No trust store is configured, so no recipient and no receipt can be trusted.",
        remedy="Set environment.trust to a folder or bundle of the CA certificates.",
    )
