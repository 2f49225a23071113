"""A wait on an event loop ends when it is late by its own timeout, whatever earlier waits had."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from unittest.mock import Mock

import httpcore
import pytest

from sdp.transport.aio_connections import _SocketStream


class Clock:
    """The time of an event loop, which passes when it is told to."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = 0.0
        self._loop = loop

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def main() -> None:
            await work()

        self._loop.run_until_complete(main())

    async def passes(self, seconds: float) -> None:
        self.now += seconds
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    loop = asyncio.new_event_loop()
    clock = Clock(loop)
    monkeypatch.setattr(loop, "time", lambda: clock.now)
    yield clock
    loop.close()


def opened() -> Any:
    stream = _SocketStream()
    stream.connection_made(Mock(spec=asyncio.Transport))
    return stream


async def begun(stream: Any, timeout: float | None) -> asyncio.Future[bytes]:
    reading: asyncio.Future[bytes] = asyncio.ensure_future(stream.read(100, timeout))
    await asyncio.sleep(0)
    return reading


async def read_once(stream: Any, timeout: float) -> None:
    reading = await begun(stream, timeout)
    stream.get_buffer(-1)[:3] = b"hei"
    stream.buffer_updated(3)
    assert await reading == b"hei"


@pytest.mark.parametrize("earlier", [10.0, 100.0, 1000.0])
def test_a_read_is_late_by_its_own_timeout(clock: Clock, earlier: float) -> None:
    async def work() -> None:
        stream = opened()
        await read_once(stream, earlier)
        await clock.passes(1)
        reading = await begun(stream, 100.0)
        await clock.passes(99)
        assert not reading.done()
        await clock.passes(1)
        assert reading.done()
        with pytest.raises(httpcore.ReadTimeout):
            await reading

    clock.run(work)


def test_a_timer_that_rings_while_nobody_waits_harms_no_later_read(clock: Clock) -> None:
    async def work() -> None:
        stream = opened()
        await read_once(stream, 10.0)
        await clock.passes(500)
        await read_once(stream, 10.0)
        reading = await begun(stream, None)
        await clock.passes(500)
        assert not reading.done()
        stream.connection_lost(None)
        await clock.passes(0)
        assert reading.done()
        assert await reading == b""

    clock.run(work)
