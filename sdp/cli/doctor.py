"""`sdp doctor`: what stands in the way of sending letters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from sdp._http.exchange import BytesBody, ConnectionLostError, HttpRequest
from sdp._http.transport import HttpTransport
from sdp.cli._output import Output, json_option, table
from sdp.cli.parameters import FILE
from sdp.config import ClientConfig
from sdp.errors import NotSentError, SdpError
from sdp.pki import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509

    from sdp._http.exchange import Exchange, HttpResponse

_EXPIRY_WARNING = timedelta(days=90)
_CLOCK_WARNING = timedelta(seconds=5)
"""The signing time in a package must be within this of the true time."""
_CLOCK_LIMIT = timedelta(seconds=60)
"""Messages live for 120 seconds, and a clock this wrong uses up half of them."""


class Verdict(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


@click.command
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@json_option
def doctor(*, config: Path, output: Output) -> int:
    """Check configuration, identity, trust, address and clock, without sending a letter.

    The exit code is 1 if a check failed.
    """
    checks = list(examine(config))
    healthy = all(check.verdict is not Verdict.FAILED for check in checks)
    output.result(
        {"healthy": healthy, "checks": [asdict(check) for check in checks]},
        table(
            ["Check", "Verdict", "Found", "Remedy"],
            [(check.name, check.verdict, check.found, check.remedy) for check in checks],
        ),
    )
    return 0 if healthy else 1


def examine(path: Path) -> Iterator[Check]:
    """Look at everything that can be looked at from here; each check stands alone."""
    try:
        config = ClientConfig.from_toml(path)
    except SdpError as error:
        yield _failed("configuration", error)
        return
    yield Check("configuration", Verdict.OK, f"environment {config.environment.name}")
    moment = datetime.now(UTC)
    yield from _examine_keys(config, moment)
    yield from _examine_address(config)


def _examine_keys(config: ClientConfig, moment: datetime) -> Iterator[Check]:
    try:
        identity = config.load_identity(moment)
    except SdpError as error:
        yield _failed("identity", error)
        return
    yield Check("identity", Verdict.OK, f"organisation {identity.organisasjonsnummer}")
    yield _expiry(identity.certificate, moment)
    try:
        trust = config.load_trust()
        if trust is None:
            yield Check(
                "trust",
                Verdict.FAILED,
                "no trust store is configured",
                "Set environment.trust to a folder or bundle of the CA certificates.",
            )
            return
        _, *intermediates = identity.chain
        trust.validate(
            identity.certificate, intermediates=intermediates, moment=moment, usage=Usage.SIGNING
        )
    except SdpError as error:
        yield _failed("trust", error)
        return
    yield Check(
        "trust", Verdict.OK, f"{len(trust.anchors)} anchors, the identity under one of them"
    )


def _expiry(certificate: x509.Certificate, moment: datetime) -> Check:
    left = certificate.not_valid_after_utc - moment
    found = f"{certificate.not_valid_after_utc:%Y-%m-%d}, in {left.days} days"
    if left < _EXPIRY_WARNING:
        return Check("identity expiry", Verdict.WARNING, found, "Order a new certificate now.")
    return Check("identity expiry", Verdict.OK, found)


def _examine_address(config: ClientConfig) -> Iterator[Check]:
    url = config.environment.broker_url
    try:
        with HttpTransport(config.http_settings()) as transport:
            answer = transport.run(_knock(url))
    except SdpError as error:
        yield _failed("address", error)
        return
    yield Check("address", Verdict.OK, f"{url} answered")
    yield _clock(answer, datetime.now(UTC))


def _knock(url: str) -> Exchange[HttpResponse]:
    try:
        return (yield HttpRequest("GET", url, {}, BytesBody(b"")))
    except ConnectionLostError as lost:
        raise NotSentError(
            f"The broker did not answer: {lost}.", remedy="Check firewall and proxy, and try later."
        ) from lost


def _clock(answer: HttpResponse, moment: datetime) -> Check:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return Check("clock", Verdict.WARNING, "the broker does not tell its time")
    off = abs(moment - theirs)
    found = f"{off.total_seconds():.0f} s from the broker's"
    if off <= _CLOCK_WARNING:
        return Check("clock", Verdict.OK, found)
    verdict = Verdict.FAILED if off > _CLOCK_LIMIT else Verdict.WARNING
    return Check("clock", verdict, found, "Synchronise the clock of this machine (NTP).")


def _failed(name: str, error: SdpError) -> Check:
    return Check(name, Verdict.FAILED, error.message, error.remedy)
