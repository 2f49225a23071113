"""Carries out exchanges over httpx without holding up the event loop."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import httpx

from sdp._http.exchange import ConnectionLostError
from sdp._http.one_request import OneRequest
from sdp._http.opening import Opening
from sdp._http.settings import HttpHooks
from sdp._http.stepping import Finished, started, step_with, thrown_into
from sdp._http.threads import in_thread
from sdp.errors import NotSentError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sdp._http.exchange import Exchange, HttpRequest, HttpResponse
    from sdp._http.settings import HttpSettings

T = TypeVar("T")


class AsyncHttpTransport:
    """A pool of connections that runs exchanges, any number at once, on one event loop."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        hooks: HttpHooks | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._hooks = hooks or HttpHooks()
        self._client = httpx.AsyncClient(**settings.options(), transport=transport)

    async def run(self, exchange: Exchange[T]) -> T:
        """Drive one exchange to its end and return its result.

        Raises:
            SdpError: whatever the exchange makes of the answers and failures it is given.
        """
        try:
            came = await in_thread(partial(started, exchange))
            while not isinstance(came, Finished):
                try:
                    response = await self._send(came)
                except (NotSentError, ConnectionLostError) as failure:
                    came = await in_thread(partial(thrown_into, exchange, failure))
                else:
                    came = await in_thread(partial(step_with, exchange, response))
        finally:
            exchange.close()
        return came.result

    async def close(self) -> None:
        """Close every connection."""
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
        one = OneRequest(request, self._hooks)
        with one.failures_translated():
            async with self._client.stream(
                request.method,
                request.url,
                headers=one.headers,
                content=_chunks(one),
                extensions={"trace": opening.trace},
            ) as answer:
                async for chunk in answer.aiter_bytes():
                    one.take_in(chunk)
        return one.answered(answer)


async def _chunks(one: OneRequest) -> AsyncIterator[bytes]:
    chunks = one.chunks()
    while (chunk := await in_thread(partial(next, chunks, None))) is not None:
        yield chunk
