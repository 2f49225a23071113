"""Fetches of small public things outside a client: revocation answers and CA certificates.

What is fetched is signed, or has a known fingerprint, so the way it comes need not be trusted.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from sdp.errors import NotSentError, UnreadableAnswerError, WireError
from sdp.transport.http import HttpTransport
from sdp.transport.request import NO_BODY, BytesBody, ConnectionLostError, HttpRequest
from sdp.transport.settings import HttpSettings

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.transport.request import Transport

_MAX_REDIRECTS: Final = 3


class Asked(Protocol):
    """A thing to fetch: by POST where there is content to send, else by GET."""

    @property
    def url(self) -> str:
        """The address to fetch from."""

    @property
    def timeout_seconds(self) -> float:
        """The most seconds that the whole of it may take."""

    @property
    def max_bytes(self) -> int:
        """The most bytes that the answer may have."""

    @property
    def content(self) -> bytes | None:
        """The content to post; None to get."""

    @property
    def content_type(self) -> str:
        """Of what kind that is."""


class HttpFetcher:
    """Fetches one thing at a time, each over a connection of its own. Safe between threads.

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
        transport: Transport | None = None,
    ) -> None:
        self._settings = HttpSettings(proxy=proxy, tls_ca=tls_ca)
        self._settings.tls_context()  # so that a CA that cannot be read is told at once
        self._public_only = not local_addresses
        self._transport = transport

    def __call__(self, asked: Asked) -> bytes:
        """Return the body of an answer with status 200.

        Raises:
            NotSentError: nobody answered in time.
            UnreadableAnswerError: the answer is too large, or leads astray.
            WireError: the answer has another status.
        """
        with HttpTransport(self._settings, transport=self._transport) as http:
            try:
                answer = http.send(self._request(asked))
            except ConnectionLostError as lost:
                if "larger than" in str(lost):
                    raise UnreadableAnswerError(f"{asked.url} cannot be read: {lost}.") from lost
                raise NotSentError(f"{asked.url} does not answer: {lost}.") from lost
        if 300 <= answer.status < 400:
            raise UnreadableAnswerError(
                f"{asked.url} redirects more than {_MAX_REDIRECTS} times, or in a way that is not"
                " followed."
            )
        if answer.status != HTTPStatus.OK:
            raise WireError(f"{asked.url} answers with HTTP status {answer.status}.")
        return answer.content

    def _request(self, asked: Asked) -> HttpRequest:
        content = asked.content
        return HttpRequest(
            "GET" if content is None else "POST",
            asked.url,
            {} if content is None else {"Content-Type": asked.content_type},
            NO_BODY if content is None else BytesBody(content),
            timeout=asked.timeout_seconds,
            max_bytes=asked.max_bytes,
            redirects=_MAX_REDIRECTS,
            public_only=self._public_only,
            service="the issuer",
        )
