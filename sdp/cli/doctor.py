"""`sdp doctor`: what stands in the way of sending letters, as far as that shows without sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, json_option
from sdp.cli.parameters import FILE
from sdp.cli.verify import tell
from sdp.config import ClientConfig
from sdp.verify.checks import ground, network
from sdp.verify.context import Context
from sdp.verify.suite import Run

if TYPE_CHECKING:
    from pathlib import Path


@click.command
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@json_option
def doctor(*, config: Path, output: Output) -> int:
    """Check configuration, key, trust, addresses and clock, without sending a letter.

    These are the first checks of `sdp verify`. The exit code is 1 if one failed.
    """
    settings = ClientConfig.from_toml(config)
    with Context(settings) as context:
        results = Run((*ground.CHECKS, *network.CHECKS), context).results()
        report = tell(settings, results, output)
    return 0 if report.succeeded else 1
