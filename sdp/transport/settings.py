"""How the other side is reached."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit, urlunsplit

import httpx

from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sdp.transport.request import HttpRequest, HttpResponse


_SOCKS = frozenset({"socks5", "socks5h"})


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to reach the other side. Times are in seconds.

    Attributes:
        tls_ca: PEM file of a private CA, trusted beside the public ones.
        proxy: such as `http://proxy.example.no:3128`; the process environment is not consulted.
        pool_size: the largest number of connections open at once.
        idle: how long an unused connection is kept; short, so that a dead one is rarely used.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    write_timeout: float = 60.0
    pool_timeout: float = 30.0
    tls_ca: Path | None = None
    proxy: str | None = field(default=None, repr=False)
    pool_size: int = 10
    idle: float = 5.0

    def options(self) -> ClientOptions:
        """Say the same to httpx, whose blocking and async clients take the same options.

        Raises:
            ConfigurationError: the private CA cannot be read.
        """
        return ClientOptions(
            verify=tls_context(self.tls_ca),
            proxy=self.proxy,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
            timeout=httpx.Timeout(
                connect=self.connect_timeout,
                read=self.read_timeout,
                write=self.write_timeout,
                pool=self.pool_timeout,
            ),
            limits=httpx.Limits(
                max_connections=self.pool_size,
                max_keepalive_connections=self.pool_size,
                keepalive_expiry=self.idle,
            ),
        )


class ClientOptions(TypedDict):
    """The arguments of `httpx.Client` and `httpx.AsyncClient`."""

    verify: ssl.SSLContext
    proxy: str | None
    trust_env: bool
    headers: dict[str, str]
    timeout: httpx.Timeout
    limits: httpx.Limits


@dataclass(frozen=True, slots=True)
class HttpHooks:
    """Called with every request before it goes out and every answer when it is in.

    Requests and answers hold personal data: take care with what a hook writes down.
    """

    request: Callable[[HttpRequest], None] | None = None
    response: Callable[[HttpResponse], None] | None = None


def check_https(url: str) -> str:
    """Return an address unchanged.

    Raises:
        ValueError: it is not one of HTTPS; the address itself is not told.
    """
    return _checked(url, {"https"}, "must be an address that begins with https://")


def check_proxy(url: str) -> str:
    """Return the address of a proxy unchanged.

    Raises:
        ValueError: it is not one that a request can go by; the address itself is not told.
    """
    rule = "must be an address such as http://proxy.example.no:3128"
    _checked(url, {"http", "https", *_SOCKS}, rule)
    if httpx.URL(url).scheme in _SOCKS and find_spec("socksio") is None:
        raise ValueError("is a SOCKS proxy, which needs: pip install 'httpx[socks]'")
    return url


def without_userinfo(url: str) -> str:
    """Take the user name and the password out of an address."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _checked(url: str, schemes: set[str], rule: str) -> str:
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL:
        read = httpx.URL()
    if read.scheme not in schemes or not read.host:
        raise ValueError(rule)
    return url


def tls_context(private_ca: Path | None) -> ssl.SSLContext:
    """Make the context of TLS connections.

    Args:
        private_ca: PEM file of a CA to trust beside the public ones.

    Raises:
        ConfigurationError: it cannot be read.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if private_ca is not None:
        try:
            context.load_verify_locations(cafile=private_ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"The private CA {private_ca} cannot be read as a PEM file.",
                remedy="Point tls_ca at a PEM file with the CA certificate.",
            ) from error
    return context
