"""Which wire a client sends over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.ebms import EbmsExchanges, EbmsWire

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.config import ClientConfig
    from sdp.maskinporten import Maskinporten
    from sdp.pki import Signer, TrustStore
    from sdp.wire import Wire


def build_wire(
    config: ClientConfig,
    *,
    signer: Signer,
    trust: TrustStore,
    maskinporten: Maskinporten | None,
    clock: Callable[[], datetime],
) -> Wire:
    """Build the wire that the environment names.

    Raises:
        ConfigurationError: a setting that it needs is missing.
    """
    exchanges = EbmsExchanges(
        environment=config.environment,
        signer=signer,
        trust=trust,
        databehandler=config.databehandler,
        clock=clock,
    )
    return EbmsWire(exchanges)
