"""Carries out exchanges over httpx, on the thread that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import httpx

from sdp._http.exchange import ConnectionLostError
from sdp._http.one_request import OneRequest
from sdp._http.settings import HttpHooks
from sdp.errors import NotSentError

if TYPE_CHECKING:
    from sdp._http.exchange import Exchange, HttpRequest, HttpResponse
    from sdp._http.settings import HttpSettings

T = TypeVar("T")


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
        self._client = httpx.Client(**settings.options(), transport=transport)

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
        one = OneRequest(request, self._hooks)
        with (
            one.failures_translated(),
            self._client.stream(
                request.method, request.url, headers=one.headers, content=one.chunks()
            ) as answer,
        ):
            for chunk in answer.iter_bytes():
                one.take_in(chunk)
        return one.answered(answer)
