"""What is cancelled before it began never begins, and what had begun is over."""

from __future__ import annotations

import asyncio
import gc
import threading
import time

import pytest

from sdp.transport.aio import AsyncDriver, Threads
from sdp.transport.effects import Flow, Sleep
from sdp.transport.http import AsyncHttpTransport
from sdp.transport.settings import HttpSettings
from sdp.transport.threads import Workers

PATIENCE = 120.0


def test_a_task_that_waits_for_a_thread_is_dropped_when_it_is_cancelled() -> None:
    release = threading.Event()
    ran: list[str] = []

    async def main() -> None:
        threads = Threads(1)
        first = asyncio.create_task(threads.run(release.wait))
        second = asyncio.create_task(threads.run(lambda: ran.append("second")))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second  # while the only thread is still at work on the first
        assert not first.done()
        release.set()
        await first
        await threads.run(lambda: ran.append("third"))
        threads.close()

    asyncio.run(main())

    assert ran == ["third"]


def test_a_task_that_has_begun_is_over_when_its_cancellation_returns_and_its_failure_is_told() -> (
    None
):
    begun, release, over = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        release.wait()
        over.set()
        raise OSError("the disk is full")

    async def main() -> None:
        threads = Threads(1)
        task = asyncio.create_task(threads.run(work))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        release.set()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        assert over.is_set()
        assert isinstance(cancelled.value.__cause__, OSError)
        threads.close()

    asyncio.run(main())


def test_what_is_under_way_ends_in_good_order_after_the_threads_were_closed() -> None:
    async def main() -> int:
        threads = Threads(1)
        threads.close()
        return await threads.run(lambda: 7)

    assert asyncio.run(main()) == 7


def test_however_many_calls_there_are_the_threads_are_the_pool_and_four() -> None:
    seen: set[str] = set()

    def work() -> Flow[None]:
        time.sleep(0.002)  # so that the others come meanwhile
        seen.add(threading.current_thread().name)
        yield Sleep(0.001)

    async def main() -> None:
        http = AsyncHttpTransport(HttpSettings(pool_size=1))
        driver = AsyncDriver(http, asyncio.sleep)
        await asyncio.gather(*(driver.run(work()) for _ in range(100)))
        driver.close()
        await http.close()

    asyncio.run(main())
    assert all(name.startswith("sdp-client") for name in seen)
    assert 1 <= len(seen) <= 5


def test_a_worker_is_started_when_none_is_free_and_the_others_do_the_rest() -> None:
    workers, done = Workers(2, "sdp-client-test"), threading.Semaphore(0)
    release = threading.Event()

    def work() -> None:
        release.wait(PATIENCE)
        done.release()

    for _ in range(5):
        workers.submit(work)
    assert len(named("sdp-client-test")) == 2
    release.set()
    assert all(done.acquire(timeout=PATIENCE) for _ in range(5))
    workers.close()
    for thread in named("sdp-client-test"):
        thread.join(PATIENCE)
    assert named("sdp-client-test") == []


def test_workers_that_nobody_knows_any_more_end() -> None:
    done = threading.Event()
    Workers(1, "sdp-client-lost").submit(done.set)
    assert done.wait(PATIENCE)
    gc.collect()
    for thread in named("sdp-client-lost"):
        thread.join(PATIENCE)
    assert named("sdp-client-lost") == []


def named(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(name)]
