"""Both drivers carry out the same effects, release what was taken, and leave no plumbing behind."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sdp.transport
from sdp.errors import UnreadableAnswerError
from sdp.transport.aio import AsyncDriver
from sdp.transport.effects import Emit, Flow, Limit, Lock, Sleep
from sdp.transport.http import AsyncHttpTransport, HttpTransport
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest, HttpResponse
from sdp.transport.settings import HttpSettings
from sdp.transport.sync import Driver
from tests.answering import Answering, AsyncAnswering

Drive = Callable[[Callable[[], Flow[Any]]], list[Any]]

FOLDER = str(Path(sdp.transport.__file__).parent)
OURS = str(Path(sdp.transport.__file__).parent.parent)


def answer(request: Any) -> Any:
    import httpx

    if request.url.path == "/lost":
        raise httpx.ReadError("reset")
    return httpx.Response(200, content=request.content)


def blocking(flow: Callable[[], Flow[Any]]) -> list[Any]:
    with HttpTransport(HttpSettings(pool_size=2), transport=Answering(answer)) as http:
        return list(Driver(http, lambda _: None).iterate(flow()))


def on_a_loop(flow: Callable[[], Flow[Any]]) -> list[Any]:
    async def main() -> list[Any]:
        async def no_time(_: float) -> None:
            pass

        http = AsyncHttpTransport(HttpSettings(pool_size=2), transport=AsyncAnswering(answer))
        driver = AsyncDriver(http, no_time)
        try:
            return [item async for item in driver.iterate(flow())]
        finally:
            driver.close()
            await http.close()

    return asyncio.run(main())


@pytest.fixture(params=[blocking, on_a_loop], ids=lambda drive: drive.__name__)
def drive(request: pytest.FixtureRequest) -> Drive:
    return request.param  # type: ignore[no-any-return]


def ask(path: str = "", content: bytes = b"hei") -> Flow[bytes]:
    request = HttpRequest("POST", f"https://ap.example.no/{path}", {}, BytesBody(content))
    response: HttpResponse = yield request
    return response.content


def test_every_effect_is_answered(drive: Drive) -> None:
    def flow() -> Flow[None]:
        with (yield Limit()), (yield Lock("token")):
            yield Sleep(1.0)
            yield Emit((yield from ask()))
        with (yield Lock("token")):
            yield Emit((yield from ask(content=b"")))

    assert drive(flow) == [b"hei", b""]


def test_a_large_body_comes_whole(drive: Drive) -> None:
    large = bytes(range(256)) * 20_000

    def flow() -> Flow[None]:
        yield Emit((yield from ask(content=large)) == large)

    assert drive(flow) == [True]


def test_a_failure_is_raised_where_the_effect_stands_and_may_be_taken(drive: Drive) -> None:
    def flow() -> Flow[None]:
        try:
            yield from ask("lost")
        except ConnectionLostError as lost:
            yield Emit(lost.is_cut)

    assert drive(flow) == [True]


def test_a_lock_is_released_when_its_flow_fails(drive: Drive) -> None:
    def failing() -> Flow[None]:
        with (yield Lock("token")):
            yield from ask("lost")

    def flow() -> Flow[None]:
        for _ in range(3):
            try:
                yield from failing()
            except ConnectionLostError:
                yield Emit("again")

    assert drive(flow) == ["again"] * 3


def test_no_frame_of_the_transport_stands_in_a_traceback(drive: Drive) -> None:
    def inner() -> Flow[bytes]:
        try:
            return (yield from ask("lost"))
        except ConnectionLostError as lost:
            raise UnreadableAnswerError("No answer came.") from lost

    def flow() -> Flow[None]:
        yield Emit((yield from inner()))

    with pytest.raises(UnreadableAnswerError) as caught:
        drive(flow)

    error: BaseException = caught.value
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    # What raises it anew is a frame of the driver, and stands first.
    assert sum(file.startswith(FOLDER) for file in files) == 1
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)][-2:] == [
        "flow",
        "inner",
    ]
    assert isinstance(error.__cause__, ConnectionLostError)
    causes = traceback.extract_tb(error.__cause__.__traceback__)
    assert not any(frame.filename.startswith(FOLDER) for frame in causes)


def test_places_that_are_waited_for_are_passed_on_in_turn() -> None:
    held, most = 0, 0
    guard = threading.Lock()

    def flow() -> Flow[None]:
        nonlocal held, most
        with (yield Limit()):
            with guard:
                held += 1
                most = max(most, held)
            yield Sleep(0.001)
            with guard:
                held -= 1

    async def main() -> None:
        http = AsyncHttpTransport(HttpSettings(pool_size=2), transport=AsyncAnswering(answer))
        driver = AsyncDriver(http, asyncio.sleep)
        running = [asyncio.create_task(driver.run(flow())) for _ in range(20)]
        await asyncio.sleep(0.002)
        for each in running[5:10]:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await driver.run(flow())  # there is a place yet
        driver.close()
        await http.close()

    asyncio.run(main())
    assert most == 2


@pytest.mark.parametrize("first", [HttpRequest("GET", "https://ap.example.no/"), Limit(), Lock(1)])
def test_what_a_flow_soon_begins_with_is_done_on_the_loop_and_all_else_on_threads(
    first: HttpRequest | Limit | Lock,
) -> None:
    threads: list[threading.Thread] = []

    def flow() -> Flow[None]:
        for effect in (first, HttpRequest("GET", "https://ap.example.no/"), Sleep(0.0)):
            threads.append(threading.current_thread())
            yield effect
        threads.append(threading.current_thread())

    async def main() -> None:
        http = AsyncHttpTransport(HttpSettings(pool_size=2), transport=AsyncAnswering(answer))
        driver = AsyncDriver(http, asyncio.sleep)
        await driver.run(flow(), begins_soon=True)
        driver.close()
        await http.close()

    asyncio.run(main())

    assert threads[0] is threading.main_thread()
    assert len(threads) == 4
    assert threading.main_thread() not in threads[1:]


@pytest.mark.parametrize(
    ("status", "length", "on_the_loop"),
    [(200, 64 * 1024, True), (200, 64 * 1024 + 1, False), (404, 0, False), (500, 0, False)],
)
def test_a_short_answer_that_is_the_last_is_read_on_the_loop_and_any_other_on_a_thread(
    status: int, length: int, *, on_the_loop: bool
) -> None:
    import httpx

    threads: list[threading.Thread] = []

    def flow() -> Flow[None]:
        yield HttpRequest("POST", "https://ap.example.no/", body=BytesBody(b"hei"), is_last=True)
        threads.append(threading.current_thread())

    async def main() -> None:
        answering = AsyncAnswering(lambda _: httpx.Response(status, content=bytes(length)))
        http = AsyncHttpTransport(HttpSettings(), transport=answering)
        driver = AsyncDriver(http, asyncio.sleep)
        await driver.run(flow())
        driver.close()
        await http.close()

    asyncio.run(main())

    assert [thread is threading.main_thread() for thread in threads] == [on_the_loop]


def test_a_body_that_cannot_be_read_fails_where_its_request_stands_also_on_the_loop() -> None:
    class Unreadable(BytesBody):
        def chunks(self) -> Iterator[bytes]:
            raise OSError("gone")

    def flow() -> Flow[str]:
        try:
            yield HttpRequest("POST", "https://ap.example.no/", body=Unreadable(b"hei"))
        except OSError as unreadable:
            return str(unreadable)
        return "read"

    async def main() -> str:
        http = AsyncHttpTransport(HttpSettings(), transport=AsyncAnswering(answer))
        driver = AsyncDriver(http, asyncio.sleep)
        try:
            return await driver.run(flow(), begins_soon=True)
        finally:
            driver.close()
            await http.close()

    assert asyncio.run(main()) == "gone"


def test_what_no_thread_can_be_started_for_comes_to_its_end_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)

    def flow() -> Flow[None]:
        yield Emit((yield from ask()))

    assert on_a_loop(flow) == [b"hei"]
