"""One request on its way: its answer collected within bounds, its failure told in our words.

What the other side writes beside its answer, such as a reason phrase, reaches neither errors nor
logs.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpcore

from sdp.errors import NotSentError, Retry, SdpError
from sdp.transport.addresses import LocalAddressError, local_address
from sdp.transport.request import ConnectionLostError, HttpResponse, gathered
from sdp.transport.settings import without_userinfo
from sdp.transport.way import PLAIN_ADDRESS, Origin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from sdp.transport.request import Body, HttpRequest
    from sdp.transport.settings import HttpSettings
    from sdp.transport.way import Proxy

ANSWER_FACTOR: Final = 10
"""A whole answer may take this many times as long as the read timeout, which is for each piece."""

_PIECE: Final = 128 * 1024
"""How much of a body is gathered before it is written: each piece is a step through h11 and TLS."""

_PLAIN: Final = frozenset({"", "identity"})
_FIRST_ERROR: Final = 400

_FLAWS_OF_A_CA: Final = (
    *("marked critical", "Missing Authority Key Identifier", "Missing Subject Key Identifier"),
    *("does not include key usage", "Path length given without key usage"),
    *("Issuer name empty", "Subject name empty"),
)
"""What OpenSSL says of certificates that are refused by its strict verification alone."""


class Exchange:
    """One request on its way: its body as it is taken, and its answer as it comes.

    Attributes:
        request: what is sent.
        deadline: by when the whole must be over, on the monotonic clock; None for no bound.
    """

    def __init__(self, request: HttpRequest, settings: HttpSettings) -> None:
        self.request = request
        self._settings = settings
        self._is_going_out = False
        self._status = 0
        self._headers: dict[str, str] = {}
        self._content = bytearray()
        self.deadline = None if request.timeout is None else time.monotonic() + request.timeout

    def head(self, proxy: Proxy | None) -> tuple[Origin, bytes, list[tuple[str, str]]]:
        """Return where the request goes, what it asks for there, and its headers.

        Args:
            proxy: on the way, which some requests are told to.

        Raises:
            ValueError: the address is not one of HTTP.
        """
        request = self.request
        host, origin, target = _read_url(request.url)
        headers = {
            "Host": host,
            "Accept-Encoding": "identity",
            "Content-Length": str(request.body.length),
            **request.headers,
        }
        if proxy is not None and proxy.forwards(origin):
            target = f"{origin.scheme}://{host}".encode("ascii") + target
            headers |= proxy.headers
        return origin, target, [*headers.items()]

    @property
    def is_for_public_addresses(self) -> bool:
        """True if it may go to public addresses alone. Where there is a proxy, that decides."""
        return self.request.public_only and not self._settings.proxy

    def time_to_wait(self) -> float:
        """Return how many seconds to wait for a place."""
        return self._left(self._settings.pool_timeout, httpcore.PoolTimeout)

    def time_to_connect(self) -> float:
        """Return how many seconds a step of connecting may take."""
        return self._left(self._settings.connect_timeout, httpcore.ConnectTimeout)

    def time_to_write(self) -> float:
        """Return how many seconds a piece of the request may take."""
        return self._left(self._settings.write_timeout, httpcore.WriteTimeout)

    def time_to_read(self) -> float:
        """Return how many seconds a piece of the answer may take."""
        return self._left(self._settings.read_timeout, httpcore.ReadTimeout)

    def _left(self, timeout: float, late: type[Exception]) -> float:
        if self.deadline is None:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise late("late")
        return min(left, timeout)

    def body(self) -> Iterator[bytes]:
        """Note that the request is going out, and return its body, piece by piece."""
        self._is_going_out = True
        return gathered(self.request.body, _PIECE)

    def body_from(self, chunks: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
        """Do likewise with a body that is read elsewhere; None reads it here."""
        self._is_going_out = True
        return _read(self.request.body) if chunks is None else chunks

    def answer_is_due(self) -> None:
        """Note that the whole body was written, and set a bound to the answer."""
        due = time.monotonic() + ANSWER_FACTOR * self._settings.read_timeout
        self.deadline = due if self.deadline is None else min(self.deadline, due)

    def begins(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Take the head of an answer, and tell whether there is content to read.

        A header that comes twice is joined by a comma. What is encoded, though nobody asked for
        that, is not decoded: it may grow without bounds. The status of a refusal counts all the
        same.

        Raises:
            _UnaskedError: it is encoded, and without its content the answer proves nothing.
        """
        self._status = status
        known = self._headers
        for raw, value in headers:
            name, words = raw.decode("latin-1").lower(), value.decode("latin-1")
            known[name] = f"{known[name]}, {words}" if name in known else words
        encodings = known.get("content-encoding", "").lower()
        if not encodings or _PLAIN.issuperset(map(str.strip, encodings.split(","))):
            return True
        if status < _FIRST_ERROR:
            raise _UnaskedError("the answer has a Content-Encoding that was not asked for")
        return False

    def take_in(self, piece: bytes | bytearray) -> None:
        """Collect more of the answer, within its size.

        Raises:
            _UnaskedError: it is too large.
        """
        content = self._content
        content += piece
        if len(content) > self.request.max_bytes:
            content.clear()  # which the error would keep as long as its traceback
            raise _UnaskedError(f"the answer is larger than {self.request.max_bytes} bytes")

    def answer(self) -> HttpResponse:
        """Return the whole answer."""
        return HttpResponse(self._status, self._headers, bytes(self._content))

    def failure(self, error: Exception) -> Exception:
        """Turn what httpcore or the operating system raised into an error that flows know."""
        if isinstance(error, SdpError):
            return error
        if isinstance(error, LocalAddressError):
            return local_address(self.request.told_url)
        words = _words(error)
        address = _address(self.request.told_url)
        failure: Exception
        if self._is_going_out:
            is_cut = isinstance(error, httpcore.NetworkError | httpcore.RemoteProtocolError)
            failure = ConnectionLostError(f"{words} ({address})", is_cut=is_cut)
        elif isinstance(error, ValueError):
            failure = NotSentError(
                f"The address of {self.request.service} is not a URL that can be asked.",
                remedy="Correct the addresses of the environment.",
                retry=Retry.NEVER,
            )
        else:
            proxy = self._settings.proxy
            way = "" if proxy is None else f", through the proxy {_address(proxy)}"
            service = self.request.service
            asked = f"{service[0].upper()}{service[1:]} ({address}{way})"
            failure = NotSentError(
                f"{asked} could not be reached: {words}.", remedy=_remedy(error, words)
            )
        failure.__cause__ = _without_their_words(error, words)
        return failure


async def _read(body: Body) -> AsyncIterator[bytes]:
    for chunk in body.chunks():
        yield chunk


class _UnaskedError(Exception):
    """An answer that goes beyond what was asked for."""


_PLAIN_URL: Final = re.compile(r"(https?://[^/?#]+)((?:/[A-Za-z0-9_~-]+)+)")
"""An address whose path is sent as it is written: without dots, encoded characters and query."""

_PORTS: Final = {"http": 80, "https": 443}


def _read_url(url: str) -> tuple[str, Origin, bytes]:
    """Read an address: what Host says, where to connect, and what is asked for there.

    Parsing one takes as long as writing a request, and each receipt has one of its own; so a plain
    path is added to an origin that was parsed before.

    Raises:
        ValueError: it is not one of HTTP.
    """
    plain = _PLAIN_URL.fullmatch(url)
    if plain is None:
        return _parsed(url)
    host, origin, _ = _parsed(f"{plain[1]}/")
    return host, origin, plain[2].encode("ascii")


@lru_cache(maxsize=64)
def _parsed(url: str) -> tuple[str, Origin, bytes]:
    if plain := PLAIN_ADDRESS.fullmatch(url):
        scheme, host = plain["scheme"], plain["host"]
        port = int(plain["port"][1:]) if plain["port"] else _PORTS[scheme]
        told = host if port == _PORTS[scheme] else f"{host}:{port}"
        return told, Origin(scheme, host, port), (plain["target"] or "/").encode("ascii")
    return _parsed_by_httpx(url)


def _parsed_by_httpx(url: str) -> tuple[str, Origin, bytes]:
    import httpx

    try:
        read = httpx.URL(urlsplit(url).geturl())
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error
    if read.scheme not in _PORTS or not read.host:
        raise ValueError("it is not one of HTTP")
    origin = Origin(read.scheme, read.raw_host.decode("ascii"), read.port or _PORTS[read.scheme])
    return read.netloc.decode("ascii"), origin, read.raw_path


def _address(url: str) -> str:
    try:
        parts = urlsplit(without_userinfo(url))
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.netloc}"


def _words(error: Exception) -> str:
    """Say what happened, in our words or the operating system's, and never the other side's."""
    match error:
        case httpcore.ConnectTimeout():
            return "no connection within the connect timeout"
        case httpcore.PoolTimeout():
            return "every connection was busy for the whole pool timeout"
        case httpcore.TimeoutException() | TimeoutError():
            return "no answer within the timeout"
        case httpcore.ProxyError():
            status = str(error).partition(" ")[0]
            return f"the proxy answers {status}" if status.isdecimal() else "the proxy refuses"
        case httpcore.RemoteProtocolError() if str(error).startswith("Server disconnected"):
            return "the connection was closed without an answer"
        case httpcore.RemoteProtocolError() if str(error).startswith("peer closed connection"):
            return "the connection was closed in the middle of the answer"
        case httpcore.RemoteProtocolError():
            return "the answer is not HTTP"
        case httpcore.LocalProtocolError():
            return "the request cannot be written as HTTP"
        case httpcore.UnsupportedProtocol():
            return "the address is not one of HTTP"
        case httpcore.NetworkError() | OSError() | _UnaskedError():
            return str(error).rstrip(".") or type(error).__name__
        case _:
            return type(error).__name__


def _without_their_words(error: Exception, words: str) -> Exception:
    """Return the error itself, or one like it where its own words are the other side's."""
    if isinstance(error, httpcore.ProxyError | httpcore.ProtocolError):
        return type(error)(words)
    return error


def _remedy(error: Exception, words: str) -> str:
    if any(flaw in words for flaw in _FLAWS_OF_A_CA):
        return (
            "A CA of the other side, or of a proxy that inspects TLS, leaves out what RFC 5280"
            " demands, and Python 3.13 and newer insist on it. Name the PEM file of that CA in"
            " environment.tls_ca, which accepts it as it is, or have the CA corrected."
        )
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return (
            "The other side's TLS certificate is not trusted. If a proxy of your own inspects TLS,"
            " or the other side has a private CA, name the PEM file of that CA in"
            " environment.tls_ca; else check the address, and the clock."
        )
    if isinstance(error, httpcore.ProxyError):
        return (
            "Check the setting proxy, with its name and password (percent-encoded), and what the"
            " proxy lets pass."
        )
    return "Check address, firewall, proxy and TLS settings, then try again."
