"""Drives flows without holding up the event loop."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sdp.transport.flow import Call, FewAtATime, HandOut, OneAtATime, Wait
from sdp.transport.stepping import Finished, started, step_with, thrown_into

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable

    from sdp.transport.async_transport import AsyncHttpTransport
    from sdp.transport.flow import Flow, Step

T = TypeVar("T")


class AsyncDriver:
    """Carries out the steps of flows, any number of flows at once, on one event loop.

    A flow runs on a thread from one step to the next, since it packs, signs and verifies there.

    Args:
        http: carries the exchanges.
        sleep: waits a number of seconds.
    """

    def __init__(self, http: AsyncHttpTransport, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._http = http
        self._sleep = sleep
        self._threads = http.threads
        self._turns = asyncio.BoundedSemaphore(http.pool_size)
        self._locks: defaultdict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, flow: Flow[T]) -> T:
        """Drive a flow that hands nothing out to its end, and return its result."""
        try:
            self._http.refuse_if_not_usable()
            came = await self._threads.run(partial(started, flow))
            while not isinstance(came, Finished):
                came = await self._advance(flow, came)
        finally:
            flow.close()
        return came.result

    async def iterate(self, flow: Flow[None]) -> AsyncGenerator[Any]:
        """Drive a flow and give what it hands out. A caller who stops early ends the flow there."""
        try:
            self._http.refuse_if_not_usable()
            came = await self._threads.run(partial(started, flow))
            while not isinstance(came, Finished):
                if isinstance(came, HandOut):
                    yield came.item
                    came = await self._threads.run(partial(step_with, flow, None))
                else:
                    came = await self._advance(flow, came)
        finally:
            flow.close()

    async def _advance(self, flow: Flow[T], step: Step) -> Step | Finished[T]:
        try:
            result = await self._carried_out(step)
        except Exception as failure:
            return await self._threads.run(partial(thrown_into, flow, failure))
        return await self._threads.run(partial(step_with, flow, result))

    async def _carried_out(self, step: Step) -> Any:
        match step:
            case Call(exchange):
                return await self._http.run(exchange)
            case Wait(seconds):
                return await self._sleep(seconds)
            case OneAtATime(key, flow):
                async with self._locks[key]:
                    return await self.run(flow)
            case FewAtATime(flow):
                async with self._turns:
                    return await self.run(flow)
            case HandOut():
                raise TypeError("this flow hands items out; iterate over it")
