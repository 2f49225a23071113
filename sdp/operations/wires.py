"""The wire of a client, as it is configured. The other one is not even imported."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.config import ClientConfig
    from sdp.dpi import DpiWire
    from sdp.maskinporten import Maskinporten
    from sdp.pki import Signer, TrustStore
    from sdp.wire import SentTo, Wire


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
