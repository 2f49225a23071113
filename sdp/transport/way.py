"""The way to an origin: straight, or through a proxy of HTTP (RFC 9110) or SOCKS (RFC 1928, 1929).

A way is a generator of steps, which `pool.py` takes on a thread or an event loop: bytes are
written, `Secure` begins TLS, and `HEAR` is answered with what is read.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import h11
import httpcore

if TYPE_CHECKING:
    from collections.abc import Generator


PLAIN_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>(?!(?:[^/]*\.)?xn--)(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)"
    r"(?P<port>:(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
    r"(?P<target>(?:/[A-Za-z0-9_~-]+)*/?)"
)
"""An address that is sent as it is written, so that nothing has to be imported to read it.

Everything else is read by httpx, whose import takes a sixth of what a command takes to start: names
in capitals or IDNA, IP addresses, a name and password, dots, encoded characters and queries.
"""


class Origin(NamedTuple):
    """The end of a connection."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as CONNECT names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and who may use it.

    Attributes:
        origin: where it is; its scheme says what it speaks.
        name: of a user; empty where none is asked for.
        password: of that user.
    """

    origin: Origin
    name: bytes = b""
    password: bytes = field(default=b"", repr=False)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers that requests of HTTP have for it alone (RFC 7617)."""
        if not self.name:
            return ()
        user = b64encode(self.name + b":" + self.password).decode("ascii")
        return (("Proxy-Authorization", f"Basic {user}"),)

    @property
    def is_socks(self) -> bool:
        """True if it passes bytes on, and knows nothing of HTTP."""
        return self.origin.scheme.startswith("socks")

    def forwards(self, origin: Origin) -> bool:
        """Tell whether it reads requests to an origin and makes them itself."""
        return not self.is_socks and origin.scheme == "http"


@dataclass(frozen=True, slots=True)
class Secure:
    """Begin TLS with whoever has this name."""

    host: str


@dataclass(frozen=True, slots=True)
class Hear:
    """Read what has come."""


NO_ANSWER: Final = "Server disconnected without sending a response."
HEAR: Final = Hear()
Step: TypeAlias = bytes | Secure | Hear
Way: TypeAlias = "Generator[Step, bytes, None]"


def way_to(origin: Origin, proxy: Proxy | None) -> Way:
    """Go from a connection to the proxy, or without one to the origin, to where requests go.

    Raises:
        httpcore.ProxyError: the proxy lets nothing through.
        httpcore.RemoteProtocolError: what it says is not HTTP, or nothing.
    """
    if proxy is not None and proxy.origin.scheme == "https":
        yield Secure(proxy.origin.host)
    if proxy is not None and proxy.is_socks:
        yield from _socks(origin, proxy)
    elif proxy is not None and not proxy.forwards(origin):
        yield from _tunnel(origin, proxy)
    if origin.scheme == "https":
        yield Secure(origin.host)


def next_step(way: Way, heard: bytes | None) -> Step | None:
    """Go on, with what was heard if that was asked for; None at the end of the way."""
    try:
        return next(way) if heard is None else way.send(heard)
    except StopIteration:
        return None


def _tunnel(origin: Origin, proxy: Proxy) -> Way:
    """Have a proxy of HTTP connect to the origin (RFC 9110, 9.3.6)."""
    http = h11.Connection(h11.CLIENT)
    headers = [("Host", origin.authority), ("Accept", "*/*"), *proxy.headers]
    try:
        request = h11.Request(method="CONNECT", target=origin.authority, headers=headers)
    except h11.LocalProtocolError as error:
        raise httpcore.LocalProtocolError(str(error)) from error
    yield http.send(request) + http.send(h11.EndOfMessage())
    while not isinstance(event := _event(http), h11.Response):
        if event is h11.NEED_DATA:
            came = yield HEAR
            if not came:
                raise httpcore.RemoteProtocolError(NO_ANSWER)
            http.receive_data(came)
    if not 200 <= event.status_code < 300:
        raise httpcore.ProxyError(str(event.status_code))


def _event(http: h11.Connection) -> object:
    try:
        return http.next_event()
    except h11.RemoteProtocolError as error:
        raise httpcore.RemoteProtocolError(str(error)) from error


def _socks(origin: Origin, proxy: Proxy) -> Way:
    """Have a proxy of SOCKS connect to the origin, which looks its name up too."""
    socks: Any = import_module("socksio.socks5")
    speech = socks.SOCKS5Connection()
    method = socks.SOCKS5AuthMethod.NO_AUTH_REQUIRED
    if proxy.name:
        method = socks.SOCKS5AuthMethod.USERNAME_PASSWORD

    def asked(question: object) -> Generator[Step, bytes, Any]:
        speech.send(question)
        yield speech.data_to_send()
        try:
            return speech.receive_data((yield HEAR))
        except Exception as error:  # it has errors of its own, and others for what is too short
            raise httpcore.ProxyError("not SOCKS") from error

    chosen = yield from asked(socks.SOCKS5AuthMethodsRequest([method]))
    if chosen.method != method:
        raise httpcore.ProxyError("refuses")
    if proxy.name:
        user = socks.SOCKS5UsernamePasswordRequest(proxy.name, proxy.password)
        if not (yield from asked(user)).success:
            raise httpcore.ProxyError("refuses the password")
    connect = socks.SOCKS5Command.CONNECT
    to = socks.SOCKS5CommandRequest.from_address(connect, (origin.host, origin.port))
    if (yield from asked(to)).reply_code != socks.SOCKS5ReplyCode.SUCCEEDED:
        raise httpcore.ProxyError("refuses the address")
