"""`sdp trust`: which CA certificates are trusted, how long they last, and where to get them."""

from __future__ import annotations

import re
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.cli._output import Output, json_option, table
from sdp.cli.parameters import FILE, FOLDER, certificate
from sdp.config import ClientConfig
from sdp.errors import ConfigurationError, Retry, SdpError
from sdp.pki.trust import anchors
from sdp.pki.trust.published import CaEnvironment, published_in, refuse_mixture
from sdp.transport.http import HttpTransport
from sdp.transport.settings import HttpSettings
from sdp.transport.sync import Driver

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

    from sdp.pki.trust.published import PublishedCa

_SECONDS_EACH = 20.0
_CERTIFICATES = frozenset({".cer", ".crt", ".der", ".pem"})


@click.group(invoke_without_command=True)
@click.option("--config", type=FILE, help="Client configuration, TOML; needed to list.")
@json_option
@click.pass_context
def trust(context: click.Context, *, config: Path | None, output: Output) -> int:
    """List the CA certificates in the trust store, with a warning 90 days before one expires."""
    if context.invoked_subcommand is not None:
        return 0
    if config is None:
        raise click.UsageError("Missing option '--config'.", context)
    client = ClientConfig.from_toml(config)
    environment, store = client.environment, client.load_trust()
    if store is None:
        raise ConfigurationError(
            "No trust store is configured.",
            remedy="Get the CA certificates with sdp trust fetch, and set environment.trust to "
            "their folder.",
        )
    anchors.refuse_other_environment(store, production=environment.production)
    told = anchors.report(store, datetime.now(UTC))
    output.result(
        {
            "environment": environment.name,
            "certificates": [asdict(found) for found in told],
        },
        table(
            ["Certificate", "Kind", "Environment", "Expires", "Days left", "Warning"],
            [
                (
                    found.name,
                    "anchor" if found.is_anchor else "intermediate",
                    found.environment or "not known",
                    f"{found.expires:%Y-%m-%d}",
                    found.days_left,
                    found.warning,
                )
                for found in told
            ],
        ),
    )
    return 0


@trust.command
@click.option(
    "--environment",
    type=click.Choice([known.value for known in CaEnvironment]),
    required=True,
    help="Whose CA certificates to fetch.",
)
@click.option("--out", "folder", type=FOLDER, required=True, help="The folder to write them to.")
@click.option("--proxy", help="Such as http://proxy.example.no:3128.")
@json_option
def fetch(*, environment: str, folder: Path, proxy: str | None, output: Output) -> int:
    """Fetch the CA certificates of an environment from their issuers.

    Each is checked against a fingerprint that this program knows, and written as PEM. The exit code
    is 3 if some did not come and may come later, and 1 if something else came.
    """
    with HttpTransport(HttpSettings(proxy=proxy)) as http:
        fetched, failed = _fetched(CaEnvironment(environment), Driver(http, time.sleep))
    refuse_mixture((*_already_in(folder), *fetched.values()))
    folder.mkdir(parents=True, exist_ok=True)
    written = {known: folder / _file_name(known) for known in fetched}
    for known, path in written.items():
        path.write_bytes(fetched[known].public_bytes(Encoding.PEM))
    output.result(
        {
            "environment": environment,
            "fetched": {known.name: path for known, path in written.items()},
            "failed": {known.name: error.message for known, error in failed.items()},
        },
        table(
            ["Certificate", "Result"],
            [
                *((known.name, path) for known, path in written.items()),
                *((known.name, f"failed: {error.message}") for known, error in failed.items()),
            ],
        ),
    )
    if not failed:
        return 0
    return 3 if all(error.retry is Retry.LATER for error in failed.values()) else 1


def _fetched(
    environment: CaEnvironment, driver: Driver
) -> tuple[dict[PublishedCa, x509.Certificate], dict[PublishedCa, SdpError]]:
    fetched: dict[PublishedCa, x509.Certificate] = {}
    failed: dict[PublishedCa, SdpError] = {}
    for known in published_in(environment, datetime.now(UTC)):
        try:
            flow = anchors.fetch_published(known, timeout_seconds=_SECONDS_EACH)
            fetched[known] = driver.run(flow)
        except SdpError as error:
            failed[known] = error
    return fetched, failed


def _already_in(folder: Path) -> list[x509.Certificate]:
    if not folder.is_dir():
        return []
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _CERTIFICATES)
    return [certificate(str(file)) for file in files]


def _file_name(known: PublishedCa) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", known.name) + ".pem"
