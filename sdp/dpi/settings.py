"""Settings of DPI: the access point, and how it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sdp.domain.aktorer import check_kanal, check_organisasjonsnummer
from sdp.errors import ConfigurationError
from sdp.wire import MAILBOX_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

SCOPE: Final = "digitalpostinnbygger:send"


@dataclass(frozen=True, slots=True)
class DpiSettings:
    """Settings of one access point.

    Attributes:
        url: the root of its API, such as `https://edi.edigard.com/api/v2/dpi`.
        kanal: keeps this system's receipts apart from others'; at most 28 of letters, digits, `_`
            and `-`, upper and lower case being alike. None fetches those of every channel.
        page_size: how many receipts are asked for at a time.
        scope: of the token.
        resource: the audience that the access point asks tokens to be restricted to, if any.
        consumer_org: the organisation whose receipts and statuses are fetched, where it is another
            than the databehandler. A letter is always sent for its own avsender.
        receipt_senders: whose receipts are taken where nobody remembers the letter.
        receipt_suppliers: for an organisation, who else may sign receipts in its place.
        receipt_interval: how long an empty list is left alone by who follows it.
        response_within: how soon after sending a response is expected, told to the receiver; None
            tells nothing.

    Raises:
        ConfigurationError: naming the setting that is wrong.
    """

    url: str
    kanal: str | None = None
    page_size: int = 100
    scope: str = SCOPE
    resource: str | None = None
    consumer_org: str | None = None
    receipt_senders: Collection[str] = MAILBOX_PROVIDERS
    receipt_suppliers: Mapping[str, Collection[str]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    receipt_interval: timedelta = timedelta(minutes=1)
    response_within: timedelta | None = None

    def __post_init__(self) -> None:
        for setting, rule in self._problems():
            raise ConfigurationError(f"{setting} of the access point {rule}.")

    @property
    def root(self) -> str:
        """The root of the API, without a slash at its end."""
        return self.url.rstrip("/")

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not _is_root(self.url):
            yield "url", "must start with https:// and hold neither user, query nor fragment"
        if self.page_size < 1:
            yield "page_size", "must be at least 1"
        organisations = [("consumer_org", self.consumer_org)] if self.consumer_org else []
        for organisation, suppliers in self.receipt_suppliers.items():
            organisations += [("receipt_suppliers", one) for one in (organisation, *suppliers)]
        organisations += [("receipt_senders", sender) for sender in self.receipt_senders]
        checks = [(setting, check_organisasjonsnummer, number) for setting, number in organisations]
        if self.kanal is not None:
            checks.append(("kanal", check_kanal, self.kanal))
        for setting, check, value in checks:
            try:
                check(value)
            except ValueError as error:
                yield setting, str(error)


def _is_root(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and not (parts.query or parts.fragment or parts.username or parts.password)
    )
