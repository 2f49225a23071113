"""Carries out exchanges over httpx without holding up the event loop."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import httpx

from sdp.errors import NotSentError
from sdp.transport.exchange import ConnectionLostError
from sdp.transport.one_request import OneRequest
from sdp.transport.opening import Opening
from sdp.transport.settings import HttpHooks
from sdp.transport.stepping import Finished, started, step_with, thrown_into
from sdp.transport.threads import Threads
from sdp.transport.usable import closed, on_another_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sdp.transport.exchange import Exchange, HttpRequest, HttpResponse
    from sdp.transport.settings import HttpSettings

T = TypeVar("T")

_MORE_THREADS = 4
"""Beside one for each letter on its way: for receipts and questions, which are soon done."""


class AsyncHttpTransport:
    """A pool of connections that runs exchanges, any number at once, on one event loop.

    Attributes:
        pool_size: the most connections open at once.
        threads: where exchanges run from one request to the next.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.pool_size = settings.pool_size
        self.threads = Threads(settings.pool_size + _MORE_THREADS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._hooks = hooks or HttpHooks()
        self._client = httpx.AsyncClient(**settings.options(), transport=transport)

    async def run(self, exchange: Exchange[T]) -> T:
        """Drive one exchange to its end and return its result.

        Raises:
            SdpError: whatever the exchange makes of the answers and failures it is given.
        """
        try:
            came = await self.threads.run(partial(started, exchange))
            while not isinstance(came, Finished):
                try:
                    response = await self._send(came)
                except (NotSentError, ConnectionLostError) as failure:
                    came = await self.threads.run(partial(thrown_into, exchange, failure))
                else:
                    came = await self.threads.run(partial(step_with, exchange, response))
        finally:
            exchange.close()
        return came.result

    def refuse_if_not_usable(self) -> None:
        """Raise InvalidInputError if it is closed, or belongs to another event loop."""
        if self._client.is_closed:
            raise closed()
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._loop is None:
                self._loop = loop
        if self._loop is not loop:
            raise on_another_loop()

    async def close(self) -> None:
        """Close every connection."""
        if self._client.is_closed:
            return
        self.threads.close()
        self.refuse_if_not_usable()
        await self._client.aclose()

    async def _send(self, request: HttpRequest) -> HttpResponse:
        opening = Opening()
        sending = asyncio.ensure_future(self._sent(request, opening))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await opening.over(sending)
            sending.cancel()
            await asyncio.wait([sending])
            raise

    async def _sent(self, request: HttpRequest, opening: Opening) -> HttpResponse:
        self.refuse_if_not_usable()
        one = OneRequest(request, self._hooks)
        with one.failures_translated():
            async with self._client.stream(
                request.method,
                request.url,
                headers=one.headers,
                content=_chunks(one, self.threads),
                extensions={"trace": opening.trace},
            ) as answer:
                async for chunk in answer.aiter_bytes():
                    one.take_in(chunk)
        return one.answered(answer)


async def _chunks(one: OneRequest, threads: Threads) -> AsyncIterator[bytes]:
    chunks = one.chunks()
    while (chunk := await threads.run(partial(next, chunks, None))) is not None:
        yield chunk
