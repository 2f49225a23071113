"""Keeps a run away from production, unless it was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sdp.config import Environment
from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.config import ClientConfig


def guard_production(
    config: ClientConfig, *, meant: bool, organisasjonsnummer: str | None, moment: datetime
) -> None:
    """Refuse to run against production unless told so twice.

    Args:
        config: what is to be verified.
        meant: whether production was asked for.
        organisasjonsnummer: the organisation whose real letters would be sent, as the second word;
            it must be that of the sender's certificate.
        moment: the time that the certificate must be valid at.

    Raises:
        ConfigurationError: it is production and was not told so twice.
        IdentityError: it was, and the sender's certificate cannot be used.
    """
    if not _is_production(config.environment):
        return
    if meant and organisasjonsnummer == config.load_identity(moment).organisasjonsnummer:
        return
    raise ConfigurationError(
        f"Environment {config.environment.name} is production: real letters would be sent, to real"
        " people, and paid for.",
        remedy="If that is meant, give --production, and with --confirm the organisation number of"
        " the certificate.",
    )


def _is_production(environment: Environment) -> bool:
    real = {
        _host(Environment.model_validate({"name": name, "wire": wire}))
        for name in ("production", "nhn-production")
        for wire in ("ebms", "dpi")
    }
    return environment.production or _host(environment) in real


def _host(environment: Environment) -> str | None:
    return urlsplit(environment.wire_url).hostname
