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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    """Look at everything that can be looked at from here, whatever else is wrong."""
    try:
        config = ClientConfig.from_toml(path)
    except SdpError as error:
        yield _failed("configuration", error)
        return
    yield Check("configuration", Verdict.OK, f"environment {config.environment.name}")
    moment = datetime.now(UTC)
    for name, checks in {
        "identity": _identity(config, moment),
        "trust": _trust(config),
        "identity chain": _chain(config, moment),
        "address": _address(config),
    }.items():
        try:
            yield from checks
        except SdpError as error:
            yield _failed(name, error)


def _identity(config: ClientConfig, moment: datetime) -> Iterator[Check]:
    identity = config.load_identity(moment)
    yield Check("identity", Verdict.OK, f"organisation {identity.organisasjonsnummer}")
    expires = identity.certificate.not_valid_after_utc
    left = expires - moment
    soon = left < _EXPIRY_WARNING
    yield Check(
        "identity expiry",
        Verdict.WARNING if soon else Verdict.OK,
        f"{expires:%Y-%m-%d}, in {left.days} days",
        "Order a new certificate now." if soon else "",
    )


def _trust(config: ClientConfig) -> Iterator[Check]:
    trust = config.load_trust()
    if trust is None:
        yield Check(
            "trust",
            Verdict.FAILED,
            "no trust store is configured",
            "Set environment.trust to a folder or bundle of the CA certificates.",
        )
    else:
        yield Check("trust", Verdict.OK, f"trust anchors: {len(trust.anchors)}")


def _chain(config: ClientConfig, moment: datetime) -> Iterator[Check]:
    try:
        identity, trust = config.load_identity(moment), config.load_trust()
    except SdpError:
        return  # told of by the checks before this one
    if trust is not None:
        chain = identity.with_chain_from(trust, moment=moment).chain
        anchor = chain[-1].subject.rfc4514_string()
        yield Check("identity chain", Verdict.OK, f"{len(chain)} certificates, up to {anchor}")


def _address(config: ClientConfig) -> Iterator[Check]:
    url = config.environment.wire_url
    with HttpTransport(config.http_settings()) as transport:
        answer = transport.run(_knock(url))
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
