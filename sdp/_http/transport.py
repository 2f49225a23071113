"""Drives exchanges over httpx, and is the one place where httpx's errors become ours."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

import httpx

from sdp._http.exchange import ConnectionLostError, HttpRequest, HttpResponse
from sdp.errors import ConfigurationError, NotSentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sdp._http.exchange import Body, Exchange

T = TypeVar("T")

_MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to reach the other side. Times are in seconds.

    Attributes:
        tls_ca: PEM file of a private CA, trusted beside the public ones.
        proxy: such as `http://proxy.example.no:3128`; the process environment is not consulted.
        pool_size: the most connections open at once.
        idle: how long an unused connection is kept; short, so that a dead one is rarely used.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    write_timeout: float = 60.0
    pool_timeout: float = 30.0
    tls_ca: Path | None = None
    proxy: str | None = None
    pool_size: int = 10
    idle: float = 5.0


@dataclass(frozen=True, slots=True)
class HttpHooks:
    """Called with every request before it goes out and every answer when it is in.

    Requests and answers hold personal data: what a hook writes down is the caller's to answer for.
    """

    request: Callable[[HttpRequest], None] | None = None
    response: Callable[[HttpResponse], None] | None = None


class HttpTransport:
    """A pool of connections that runs exchanges. Safe to share between threads."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._hooks = hooks or HttpHooks()
        self._client = httpx.Client(
            verify=_tls_context(settings.tls_ca),
            proxy=settings.proxy,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
            transport=transport,
            timeout=httpx.Timeout(
                connect=settings.connect_timeout,
                read=settings.read_timeout,
                write=settings.write_timeout,
                pool=settings.pool_timeout,
            ),
            limits=httpx.Limits(
                max_connections=settings.pool_size,
                max_keepalive_connections=settings.pool_size,
                keepalive_expiry=settings.idle,
            ),
        )

    def run(self, exchange: Exchange[T]) -> T:
        """Drive one exchange to its end and return its result.

        Raises:
            SdpError: whatever the exchange makes of the answers and failures it is given.
        """
        try:
            request = next(exchange)
            while True:
                try:
                    response = self._send(request)
                except (NotSentError, ConnectionLostError) as failure:
                    request = exchange.throw(failure)
                else:
                    request = exchange.send(response)
        except StopIteration as finished:
            result: T = finished.value
            return result

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, request: HttpRequest) -> HttpResponse:
        if self._hooks.request is not None:
            self._hooks.request(request)
        body = _CountedBody(request.body)
        headers = {**request.headers, "Content-Length": str(request.body.length)}
        try:
            with self._client.stream(
                request.method, request.url, headers=headers, content=body
            ) as answer:
                response = HttpResponse(
                    status=answer.status_code,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    content=_read(answer),
                )
        except httpx.HTTPError as error:
            raise _translated(error, anything_sent=body.started) from error
        except httpx.InvalidURL as error:
            raise NotSentError(
                "The address of the broker is not a URL.",
                remedy="Correct the broker address of the environment.",
            ) from error
        if self._hooks.response is not None:
            self._hooks.response(response)
        return response


class _CountedBody:
    """The body of a request, which remembers whether any of it was taken."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.started = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._body.chunks():
            self.started = True
            yield chunk


def _read(answer: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > _MAX_ANSWER_BYTES:
            raise httpx.ReadError(f"the answer is larger than {_MAX_ANSWER_BYTES} bytes")
    return bytes(content)


def _translated(
    error: httpx.HTTPError, *, anything_sent: bool
) -> NotSentError | ConnectionLostError:
    if anything_sent:
        return ConnectionLostError(_words(error))
    return NotSentError(
        f"The broker could not be reached: {_words(error)}.",
        remedy="Check address, firewall, proxy and TLS settings, then try again.",
    )


def _words(error: httpx.HTTPError) -> str:
    match error:
        case httpx.ConnectTimeout():
            return "no connection within the connect timeout"
        case httpx.PoolTimeout():
            return "every connection was busy for the whole pool timeout"
        case httpx.TimeoutException():
            return "no answer within the timeout"
        case _:
            return str(error) or type(error).__name__


def _tls_context(private_ca: Path | None) -> ssl.SSLContext:
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
