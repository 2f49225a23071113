"""Addresses that anybody reaches, and those of this machine and its network (RFC 6890)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpcore

from sdp.errors import NotSentError

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether an IP address can be reached from anywhere (RFC 6890).

    An IPv4 address within an IPv6 address is judged for itself: mapped, 6to4 or NAT64.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = _inner(found)
        if inner is not None:
            found = inner
        elif found.is_reserved or found.is_site_local:
            return False
    return found.is_global and not found.is_multicast


def names_local_address(url: str) -> bool:
    """Tell, without a look-up, whether a URL names this machine or an address not public."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return True
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return not is_public(host)


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def local_address(url: str) -> NotSentError:
    """Make the error of a URL that leads to an address that is not public."""
    return NotSentError(
        f"{url} leads to this machine or its own network, and it stands in a certificate that"
        " somebody else has written.",
        remedy="Allow it with environment.revocation_local_addresses, if that is where the issuer"
        " answers.",
    )


class LocalAddressError(httpcore.ConnectError):
    """A name leads to an address that is not public, and only public ones may be asked."""


def only_public(found: Iterable[tuple[Any, ...]]) -> str:
    """Return the first of the addresses that a name stands for.

    The connection is opened to this very address, so a name that changes between two look-ups gains
    nothing.

    Raises:
        LocalAddressError: one of them is not public, so that none is asked.
    """
    addresses = [str(address[0]) for *_, address in found]
    if not all(is_public(each) for each in addresses):
        raise LocalAddressError
    return addresses[0]
