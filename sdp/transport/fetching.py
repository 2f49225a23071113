"""Fetches small public things over plain HTTP: revocation answers and CA certificates.

What is fetched is signed, or has a known fingerprint, so the way it comes need not be trusted.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

import httpx

from sdp.errors import NotSentError, UnreadableAnswerError, WireError
from sdp.transport.http import Guard
from sdp.transport.request import HttpRequest
from sdp.transport.settings import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MAX_REDIRECTS = 3
_SCHEMES = frozenset({"http", "https"})


class Asked(Protocol):
    """What to fetch: by POST where there is content to send, else by GET."""

    @property
    def url(self) -> str:
        """Where from."""

    @property
    def timeout_seconds(self) -> float:
        """How long the whole of it may take."""

    @property
    def max_bytes(self) -> int:
        """How large the answer may be."""

    @property
    def content(self) -> bytes | None:
        """What to post, if anything."""

    @property
    def content_type(self) -> str:
        """Of what kind that is."""


class HttpFetcher:
    """Fetches over httpx. Safe to share between threads.

    A GET follows up to three redirects, to HTTP or HTTPS alone and never from HTTPS to HTTP.

    Args:
        proxy: such as `http://proxy.example.no:3128`; the process environment is not consulted.
        tls_ca: PEM file of a private CA, trusted beside the public ones.
        local_addresses: whether to fetch from this machine and its own network too.
        transport: carries the requests, in place of the network.
    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        tls_ca: Path | None = None,
        local_addresses: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._proxy = proxy
        self._public_only = not local_addresses
        self._transport = transport
        self._tls = tls_context(tls_ca)

    def __call__(self, asked: Asked) -> bytes:
        """Return the body of an answer with status 200.

        Raises:
            NotSentError: nobody answered in time.
            UnreadableAnswerError: the answer is too large, or leads astray.
            WireError: the answer has another status.
        """
        # A thread of its own bounds the whole, for no timeout of a socket bounds looking up a
        # name, or an answer that trickles in byte by byte.
        outcome: Future[bytes] = Future()
        given_up = threading.Event()

        def work() -> None:
            try:
                outcome.set_result(self._fetch(asked, given_up.is_set))
            except Exception as error:
                outcome.set_exception(error)

        threading.Thread(target=work, name="sdp-fetch", daemon=True).start()
        try:
            return outcome.result(asked.timeout_seconds)
        except TimeoutError as error:
            given_up.set()
            raise _late(asked) from error

    def _fetch(self, asked: Asked, is_given_up: Callable[[], bool]) -> bytes:
        try:
            with httpx.Client(
                verify=self._tls,
                proxy=self._proxy,
                trust_env=False,
                transport=self._transport,
                timeout=asked.timeout_seconds,
            ) as client:
                return _followed(client, asked, is_given_up, self._guard)
        except httpx.TimeoutException as error:
            raise _late(asked) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSentError(f"{asked.url} cannot be reached: {error}.") from error

    def _guard(self, url: str) -> Guard:
        request = HttpRequest("GET", url, public_only=self._public_only)
        return Guard(request, proxied=self._proxy is not None)


def _followed(
    client: httpx.Client,
    asked: Asked,
    is_given_up: Callable[[], bool],
    guard: Callable[[str], Guard],
) -> bytes:
    request = _request(client, asked)
    for _ in range(1 + _MAX_REDIRECTS):
        request.extensions["trace"] = guard(str(request.url)).trace
        answer = client.send(request, stream=True)
        try:
            if answer.next_request is None:
                return _content(answer, asked, is_given_up)
            request = _redirected(request, answer.next_request, asked)
        finally:
            answer.close()
    raise UnreadableAnswerError(f"{asked.url} redirects more than {_MAX_REDIRECTS} times.")


def _request(client: httpx.Client, asked: Asked) -> httpx.Request:
    headers = {"Accept-Encoding": "identity"}
    if asked.content is None:
        return client.build_request("GET", asked.url, headers=headers)
    headers["Content-Type"] = asked.content_type
    return client.build_request("POST", asked.url, headers=headers, content=asked.content)


def _redirected(old: httpx.Request, new: httpx.Request, asked: Asked) -> httpx.Request:
    if old.method != "GET" or new.url.scheme not in _SCHEMES:
        raise UnreadableAnswerError(f"{asked.url} redirects in a way that is not followed.")
    if old.url.scheme == "https" and new.url.scheme == "http":
        raise UnreadableAnswerError(f"{asked.url} redirects from HTTPS to plain HTTP.")
    return new


def _content(answer: httpx.Response, asked: Asked, is_given_up: Callable[[], bool]) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise WireError(f"{asked.url} answers with HTTP status {answer.status_code}.")
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > asked.max_bytes:
            raise UnreadableAnswerError(
                f"{asked.url} answers with more than {asked.max_bytes} bytes."
            )
        if is_given_up():
            raise _late(asked)
    return bytes(content)


def _late(asked: Asked) -> NotSentError:
    return NotSentError(f"{asked.url} does not answer within {asked.timeout_seconds:.1f} seconds.")
