"""Checks of the network: names, addresses, and the clocks of both sides."""

from __future__ import annotations

import socket
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sdp.errors import NotSentError
from sdp.transport.request import ConnectionLostError, HttpRequest
from sdp.verify.check import Check, Outcome, Whom, failed, ok, skipped, warning

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.config import ClientConfig
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpResponse
    from sdp.verify.context import Context

_SECOND: Final = timedelta(seconds=1)
_CLOCK_WARNING: Final = timedelta(seconds=5)
_CLOCK_LIMIT: Final = timedelta(seconds=60)
"""Messages live for 120 seconds, and a clock this wrong uses up half of them."""
_CLOCK_LIMIT_OF_TOKENS: Final = timedelta(seconds=10)
"""Maskinporten takes a grant that is at most this far from its own time."""


def _names(context: Context) -> Outcome:
    if context.config.proxy is not None:
        return skipped("The proxy resolves names.")
    hosts = sorted({str(urlsplit(url).hostname) for url in _addresses(context.config)})
    unknown = [host for host in hosts if not _resolves(host)]
    if unknown:
        return failed(
            f"not found in DNS: {', '.join(unknown)}",
            "Check the names in the configuration, and that this machine may ask DNS about them.",
        )
    return ok(f"found in DNS: {', '.join(hosts)}")


def _addresses(config: ClientConfig) -> list[str]:
    environment = config.environment
    register = environment.krr_soap_url if config.krr.wire == "soap" else environment.krr_rest_url
    others = (environment.maskinporten_url if config.maskinporten else None, register)
    return [environment.wire_url, *filter(None, others)]


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except OSError:
        return False


def _wire(context: Context) -> Outcome:
    return _answers(context, context.config.environment.wire_url)


def _maskinporten(context: Context) -> Outcome:
    if context.config.maskinporten is None:
        return skipped("maskinporten.client_id is not configured.")
    return _answers(context, context.config.environment.address("maskinporten_url"))


def _register(context: Context) -> Outcome:
    setting = f"krr_{context.config.krr.wire}_url"
    url: str | None = getattr(context.config.environment, setting)
    if url is None:
        return skipped(f"environment.{setting} is not configured.")
    return _answers(context, url)


def _answers(context: Context, url: str) -> Outcome:
    answer = context.ask(_knock(url))
    found = f"{urlsplit(url).hostname} answers over TLS, with HTTP status {answer.status}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return warning(found, "It may be down: try again later.", ask=Whom.OPERATOR)
    return ok(found)


def _clock(context: Context) -> Outcome:
    before = context.clock()
    answer = context.ask(_knock(context.config.environment.wire_url))
    after = context.clock()
    theirs = moment_in(answer.headers.get("date", ""))
    if theirs is None:
        return skipped("The other side does not tell its time.", "Check this clock by other means.")
    off = difference(before, after, theirs)
    found = f"{off.total_seconds():.0f} s from the other side's"
    remedy = "Synchronise the clock of this machine (NTP)."
    limit = _CLOCK_LIMIT_OF_TOKENS if context.config.maskinporten else _CLOCK_LIMIT
    if off > limit:
        return failed(found, remedy)
    return ok(found) if off <= _CLOCK_WARNING else warning(found, remedy)


def moment_in(header: str) -> datetime | None:
    """Read a Date header; None where there is no time in it. A zone that is not told is UTC."""
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def difference(before: datetime, after: datetime, theirs: datetime) -> timedelta:
    """Tell how wrong our clock is at least, however long the answer took.

    Args:
        before: when the question went out.
        after: when the answer was there.
        theirs: the whole second in which the answer was made, by their clock.
    """
    return max(timedelta(0), before - (theirs + _SECOND), theirs - after)


def _knock(url: str) -> Flow[HttpResponse]:
    try:
        answer: HttpResponse = yield HttpRequest("GET", url)
    except ConnectionLostError as lost:
        raise NotSentError(
            f"No answer came: {lost}.", remedy="Check firewall and proxy, and try later."
        ) from lost
    return answer


CHECKS: Final = (
    Check(
        201,
        "names",
        "Looks the names of the broker or access point, Maskinporten and the register up in DNS.",
        Whom.NETWORK,
        _names,
    ),
    Check(
        202,
        "address of the wire",
        "Connects to the broker or access point over TLS.",
        Whom.NETWORK,
        _wire,
    ),
    Check(
        203,
        "address of Maskinporten",
        "Connects to Maskinporten over TLS.",
        Whom.NETWORK,
        _maskinporten,
    ),
    Check(
        204,
        "address of the contact register",
        "Connects to the contact register over TLS.",
        Whom.NETWORK,
        _register,
    ),
    Check(
        205,
        "clock",
        "Compares the clock of this machine with the other side's.",
        Whom.SELF,
        _clock,
        needs=(202,),
    ),
)
