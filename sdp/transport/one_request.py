"""What every carrier of HTTP does alike around one request."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import httpx

from sdp.errors import NotSentError
from sdp.transport.exchange import MAX_ANSWER_BYTES, ConnectionLostError, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.transport.exchange import HttpRequest
    from sdp.transport.settings import HttpHooks

T = TypeVar("T")

_log = logging.getLogger("sdp.client")


class OneRequest:
    """One request on its way: its headers, its body as it is taken, and its answer as it comes."""

    def __init__(self, request: HttpRequest, hooks: HttpHooks) -> None:
        self._request = request
        self._hooks = hooks
        self._body_taken = False
        self._content = bytearray()
        _tell(hooks.request, request)

    @property
    def headers(self) -> dict[str, str]:
        """The headers, the length of the body among them."""
        return {**self._request.headers, "Content-Length": str(self._request.body.length)}

    def chunks(self) -> Iterator[bytes]:
        """Give the body, and remember that some of it was taken."""
        for chunk in self._request.body.chunks():
            self._body_taken = True
            yield chunk

    def take_in(self, chunk: bytes) -> None:
        """Collect more of the answer, within reason."""
        self._content += chunk
        if len(self._content) > MAX_ANSWER_BYTES:
            raise httpx.ReadError(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")

    def answered(self, answer: httpx.Response) -> HttpResponse:
        """Make the answer a value, when all of it has been taken in."""
        response = HttpResponse(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            content=bytes(self._content),
        )
        _tell(self._hooks.response, response)
        return response

    @contextmanager
    def failures_translated(self) -> Iterator[None]:
        """Turn httpx's errors into what is thrown into exchanges.

        Raises:
            NotSentError: nothing of the request left this machine.
            ConnectionLostError: some of it may have.
        """
        try:
            yield
        except httpx.HTTPError as error:
            if self._body_taken:
                is_cut = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
                raise ConnectionLostError(_words(error), is_cut=is_cut) from error
            words = _words(error)
            raise NotSentError(
                f"The other side could not be reached: {words}.", remedy=_remedy(error, words)
            ) from error
        except httpx.InvalidURL as error:
            raise NotSentError(
                "The address of the other side is not a URL.",
                remedy="Correct the addresses of the environment.",
            ) from error


def _tell(hook: Callable[[T], None] | None, what: T) -> None:
    # Whatever goes wrong in a hook, the request has the outcome that it has. What an error of the
    # caller's own says may be private, so its type alone is logged.
    if hook is None:
        return
    try:
        hook(what)
    except Exception as error:
        _log.warning("a hook for HTTP raised %s, which is passed over", type(error).__name__)


def _words(error: httpx.HTTPError) -> str:
    match error:
        case httpx.ConnectTimeout():
            return "no connection within the connect timeout"
        case httpx.PoolTimeout():
            return "every connection was busy for the whole pool timeout"
        case httpx.TimeoutException():
            return "no answer within the timeout"
        case _:
            return str(error).rstrip(".") or type(error).__name__


def _remedy(error: httpx.HTTPError, words: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return (
            "The other side's TLS certificate is not trusted. If a proxy of your own inspects TLS,"
            " or the other side has a private CA, name the PEM file of that CA in"
            " environment.tls_ca; else check the address, and the clock."
        )
    if isinstance(error, httpx.ProxyError):
        return "Check the setting proxy, with its name and password, and what the proxy lets pass."
    return "Check address, firewall, proxy and TLS settings, then try again."
