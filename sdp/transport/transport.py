"""Carries out exchanges over httpx, on the thread that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import httpx

from sdp.errors import NotSentError
from sdp.transport.exchange import ConnectionLostError
from sdp.transport.one_request import OneRequest
from sdp.transport.settings import HttpHooks
from sdp.transport.stepping import Finished, started, step_with, thrown_into
from sdp.transport.usable import closed

if TYPE_CHECKING:
    from sdp.transport.exchange import Exchange, HttpRequest, HttpResponse
    from sdp.transport.settings import HttpSettings

T = TypeVar("T")


class HttpTransport:
    """A pool of connections that runs exchanges. Safe to share between threads.

    Attributes:
        pool_size: the most connections open at once.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.pool_size = settings.pool_size
        self._hooks = hooks or HttpHooks()
        self._client = httpx.Client(**settings.options(), transport=transport)

    def run(self, exchange: Exchange[T]) -> T:
        """Drive one exchange to its end and return its result.

        Raises:
            SdpError: whatever the exchange makes of the answers and failures it is given.
        """
        try:
            came = started(exchange)
            while not isinstance(came, Finished):
                try:
                    response = self._send(came)
                except (NotSentError, ConnectionLostError) as failure:
                    came = thrown_into(exchange, failure)
                else:
                    came = step_with(exchange, response)
        finally:
            exchange.close()
        return came.result

    def refuse_if_closed(self) -> None:
        """Raise InvalidInputError if there are no connections any more."""
        if self._client.is_closed:
            raise closed()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, request: HttpRequest) -> HttpResponse:
        self.refuse_if_closed()
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
