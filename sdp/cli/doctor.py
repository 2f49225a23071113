"""`sdp doctor`: what stands in the way of sending letters, as far as that shows without sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, json_option
from sdp.cli.parameters import FILE
from sdp.cli.verify import tell
from sdp.config import ClientConfig
from sdp.config.maskinporten import client_for
from sdp.verify.checks import ground, network, register
from sdp.verify.context import Context
from sdp.verify.suite import Run

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.verify.check import Check


@click.command
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@json_option
def doctor(*, config: Path, output: Output) -> int:
    """Check configuration, key, trust, addresses and clock, without sending a letter.

    These are the first checks of `sdp verify`. Where keys are registered with Maskinporten, a token
    is asked for with each. The exit code is 1 if one failed.
    """
    settings = ClientConfig.from_toml(config)
    with Context(settings) as context:
        checks = (*ground.CHECKS, *network.CHECKS, *_token_checks(settings))
        results = Run(checks, context).results()
        report = tell(settings, results, output)
    return 0 if report.succeeded else 1


def _token_checks(config: ClientConfig) -> tuple[Check, ...]:
    """Return the checks that try each key registered with Maskinporten, where there are any."""
    maskinporten = config.maskinporten
    if maskinporten is None:
        return ()
    clients = client_for("krr", maskinporten), client_for("dpi", maskinporten)
    return register.TOKENS if any(client.keys for client in clients) else ()
