"""Settings of the transport: timeouts, proxy, private CA, and hooks."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from sdp.errors import ConfigurationError
from sdp.gate import decoded
from sdp.gate.files import read_file
from sdp.transport.way import PLAIN_ADDRESS, Origin, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sdp.transport.request import HttpRequest, HttpResponse


_DER_SEQUENCE = b"\x30\x82"
_SOCKS = frozenset({"socks5", "socks5h"})
_PROXY_PORTS = {"http": 80, "https": 443, **dict.fromkeys(_SOCKS, 1080)}
_CERTIFICATE = re.compile(
    r"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\sA-Za-z0-9+/=]+"
    "-----END (?:TRUSTED |X509 )?CERTIFICATE-----",
    re.ASCII,
)
_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?")
_LONGEST_HOST = 253
_USERINFO = re.compile(r"(?:[^\s@/?#%]|%[0-9A-Fa-f]{2})*")
"""Name and password of an address, as long as they do not look like another part of it."""


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Settings of the HTTP connections. Times are in seconds.

    Attributes:
        tls_ca: file of a private CA, in PEM or DER, trusted beside the public ones.
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

    def tls_context(self) -> ssl.SSLContext:
        """Make the TLS context: TLS 1.2 or newer, with the public CAs and the private one.

        Raises:
            ConfigurationError: the private CA cannot be read.
        """
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        if self.tls_ca is None:
            return context
        # Since 3.13, Python refuses CA certificates that leave out what RFC 5280 demands, as the
        # CAs of many corporate proxies do. Who names one means it.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        try:
            context.load_verify_locations(cadata=_pem(self.tls_ca))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise ConfigurationError(
                f"The private CA {self.tls_ca} (environment.tls_ca) cannot be read as a PEM file.",
                remedy="Point environment.tls_ca at a PEM file with the CA certificate.",
            ) from error
        return context

    def read_proxy(self) -> Proxy | None:
        """Read the address of the proxy, with name and password apart."""
        if self.proxy is None:
            return None
        import httpx  # few have a proxy

        url = httpx.URL(self.proxy)
        port = url.port or _PROXY_PORTS[url.scheme]
        origin = Origin(url.scheme, url.raw_host.decode("ascii"), port)
        return Proxy(origin, url.username.encode(), url.password.encode())


def _pem(path: Path) -> str:
    """Read the certificates of a file: one in DER, or PEM with whatever is between them.

    Raises:
        OSError, ValueError: it cannot be read, or holds none.
    """
    data = read_file(path)
    if data.startswith(_DER_SEQUENCE):
        return ssl.DER_cert_to_PEM_cert(data)
    found = _CERTIFICATE.findall(decoded(data))
    if not found:
        raise ValueError("must hold a certificate in PEM form")
    return "\n".join(line.strip() for one in found for line in one.splitlines() if line.strip())


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
    if _holds_raw_userinfo(url):
        raise ValueError(
            "must have @ / # ? % and spaces in its name and password percent-encoded, such as"
            " %40 for @"
        )
    _checked(url, {"http", "https", *_SOCKS}, rule)
    if url.partition(":")[0].lower() in _SOCKS and find_spec("socksio") is None:
        raise ValueError("is a SOCKS proxy, which needs: pip install 'httpx[socks]'")
    return url


def without_userinfo(url: str) -> str:
    """Take the user name and the password out of an address."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _holds_raw_userinfo(url: str) -> bool:
    """Tell whether a name or password was written as it is, so that the address reads wrongly."""
    return _USERINFO.fullmatch(url.partition("://")[2].rpartition("@")[0]) is None


def _checked(url: str, schemes: set[str], rule: str) -> str:
    plain = PLAIN_ADDRESS.fullmatch(url)
    if plain is not None and plain["scheme"] in schemes and _names_host(plain["host"]):
        return url
    import httpx

    try:
        read = httpx.URL(url)
        host = read.raw_host.decode("ascii") if read.host else ""
    except (httpx.InvalidURL, ValueError):  # a name that IDNA or UTF-8 cannot write is the latter
        raise ValueError(rule) from None
    if read.scheme not in schemes or not host:
        raise ValueError(rule)
    if not _names_host(host):
        raise ValueError(f"{rule}; its host is no name (RFC 1123) and no IP address")
    if read.port is not None and not 0 < read.port < 2**16:
        raise ValueError(f"{rule}; its port is not from 1 to 65535")
    if read.query or read.fragment:
        raise ValueError(f"{rule}; it must not hold ? or #")
    return url


def _names_host(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return len(host) <= _LONGEST_HOST and _HOST.fullmatch(host) is not None
    return True
