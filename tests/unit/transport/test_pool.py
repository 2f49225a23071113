"""A pool keeps connections that may be used again, and never more than it may have."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpcore
import pytest

from sdp.errors import NotSentError
from sdp.transport.http import HttpTransport
from sdp.transport.pool import AsyncHttpPool, HttpPool
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest, HttpResponse
from sdp.transport.settings import HttpSettings
from tests.unit.transport.peer import Peer, head

URL = "http://broker.example.no/brev"
PATIENCE = 120.0


class Lasting(Peer):
    """Answers each connection as often as it is asked, until somebody says that it is gone."""

    def __init__(self, pieces: Any) -> None:
        super().__init__(pieces)
        self.is_gone = False
        self.closed = 0

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port)
        stream.get_extra_info = lambda info: info == "is_readable" and self.is_gone  # type: ignore[method-assign]
        stream.close = self._close  # type: ignore[method-assign]
        return stream

    def _close(self) -> None:
        self.closed += 1


def pool_of(peer: Peer, **settings: Any) -> HttpTransport:
    made = HttpSettings(**settings)
    return HttpTransport(made, transport=HttpPool(made, backend=peer))


def test_a_connection_is_used_again_for_the_same_origin_and_no_other() -> None:
    peer = Lasting([head()] * 9)
    with pool_of(peer) as http:
        for url in (
            URL,
            f"{URL}/2",
            "http://annet.example.no/",
            URL,
            "http://broker.example.no:81/",
        ):
            http.send(HttpRequest("GET", url))
    assert [*dict.fromkeys(peer.addresses)] == peer.addresses
    assert len(peer.addresses) == 3
    assert peer.closed == 3


def test_a_connection_that_the_other_side_has_closed_is_not_used_again() -> None:
    peer = Lasting([head()] * 9)
    with pool_of(peer) as http:
        http.send(HttpRequest("GET", URL))
        peer.is_gone = True
        http.send(HttpRequest("GET", URL))
        assert (len(peer.addresses), peer.closed) == (2, 1)


def test_nor_one_that_has_been_idle_for_too_long() -> None:
    peer = Lasting([head()] * 9)
    with pool_of(peer, idle=0.0) as http:
        http.send(HttpRequest("GET", URL))
        http.send(HttpRequest("GET", URL))
        assert (len(peer.addresses), peer.closed) == (2, 1)


@pytest.mark.parametrize(
    "answer",
    [
        head("200 OK", "Connection: close"),
        head() + b"HTTP/1.1 200 OK\r\n",  # what nobody asked for is no answer to the next request
        head("200 OK", length=None),  # which ends with the connection
        head("503 Nei", "Content-Encoding: gzip", length=5),  # whose content is not read
    ],
)
def test_nor_one_whose_answer_leaves_it_in_doubt(answer: bytes) -> None:
    peer = Lasting([answer])
    with pool_of(peer) as http:
        http.send(HttpRequest("GET", URL))
        assert peer.closed == 1
        http.send(HttpRequest("GET", URL))
        assert len(peer.addresses) == 2


def test_an_idle_connection_makes_room_for_one_to_another_origin() -> None:
    peer = Lasting([head()] * 9)
    with pool_of(peer, pool_size=2) as http:
        for host in ("a", "b", "c"):
            http.send(HttpRequest("GET", f"http://{host}.example.no/"))
        assert peer.closed == 1
        http.send(HttpRequest("GET", "http://b.example.no/"))
        assert len(peer.addresses) == 3


def test_an_interim_answer_is_passed_over() -> None:
    peer = Peer([head("100 Continue", length=None) + head("103 Hint", length=None), head("201 Ja")])
    with pool_of(peer) as http:
        assert http.send(HttpRequest("POST", URL, body=BytesBody(b"hei"))).status == 201


def test_who_refuses_a_letter_before_it_is_whole_is_heard() -> None:
    class Refusing(Peer):
        def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
            stream = super().connect_tcp(host, port)

            def write(buffer: bytes, timeout: float | None = None) -> None:
                raise httpcore.WriteError("Broken pipe")

            stream.write = write  # type: ignore[method-assign]
            return stream

    peer = Refusing([head("413 For stort", length=3), b"nei"])
    with pool_of(peer) as http:
        answer = http.send(HttpRequest("POST", URL, body=BytesBody(bytes(1 << 20))))
        assert (answer.status, answer.content) == (413, b"nei")
    assert len(peer.addresses) == 1


class Busy:
    """A server whose answers wait until somebody lets them go."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.let_go = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.let_go.set()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(
                    target=self._answer, args=(self._listener.accept()[0],), daemon=True
                ).start()

    def _answer(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            while client.recv(65536):
                self.asked.release()
                self.let_go.wait(PATIENCE)
                client.sendall(head())


@pytest.fixture
def busy() -> Iterator[Busy]:
    server = Busy()
    yield server
    server.close()


def test_a_thread_waits_for_a_place_and_gives_up_in_time(busy: Busy) -> None:
    def ask() -> None:
        answers.append(http.send(HttpRequest("GET", busy.url)))

    answers: list[HttpResponse] = []
    first, second = threading.Thread(target=ask), threading.Thread(target=ask)
    with HttpTransport(HttpSettings(pool_size=1, pool_timeout=PATIENCE)) as http:
        first.start()
        assert busy.asked.acquire(timeout=PATIENCE)
        hurried = HttpRequest("GET", busy.url, timeout=0.01)
        with pytest.raises(NotSentError, match="every connection was busy"):
            http.send(hurried)
        second.start()
        busy.let_go.set()
        first.join(PATIENCE)
        second.join(PATIENCE)
    assert [answer.status for answer in answers] == [200, 200]


def on_a_loop(work: Callable[[AsyncHttpPool], Any], **settings: Any) -> None:
    async def main() -> None:
        pool = AsyncHttpPool(HttpSettings(**settings))
        try:
            await asyncio.wait_for(work(pool), PATIENCE)
        finally:
            await pool.close()

    asyncio.run(main())


def test_a_task_waits_for_a_place_and_gives_up_in_time(busy: Busy) -> None:
    async def work(pool: AsyncHttpPool) -> None:
        first = asyncio.create_task(pool.send(HttpRequest("GET", busy.url)))
        assert await asyncio.to_thread(busy.asked.acquire, timeout=PATIENCE)
        with pytest.raises(NotSentError, match="every connection was busy"):
            await pool.send(HttpRequest("GET", busy.url, timeout=0.01))
        second = asyncio.create_task(pool.send(HttpRequest("GET", busy.url)))
        busy.let_go.set()
        assert [(await task).status for task in (first, second)] == [200, 200]

    on_a_loop(work, pool_size=1)


def test_a_task_that_is_cancelled_gives_its_place_to_who_waits(busy: Busy) -> None:
    async def work(pool: AsyncHttpPool) -> None:
        first = asyncio.create_task(pool.send(HttpRequest("GET", busy.url)))
        assert await asyncio.to_thread(busy.asked.acquire, timeout=PATIENCE)
        second = asyncio.create_task(pool.send(HttpRequest("GET", busy.url)))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await asyncio.to_thread(busy.asked.acquire, timeout=PATIENCE)
        busy.let_go.set()
        assert (await second).status == 200

    on_a_loop(work, pool_size=1)


def test_a_pool_that_is_closed_ends_what_is_under_way_on_a_loop(busy: Busy) -> None:
    async def work(pool: AsyncHttpPool) -> None:
        asking = asyncio.create_task(pool.send(HttpRequest("GET", busy.url)))
        assert await asyncio.to_thread(busy.asked.acquire, timeout=PATIENCE)
        await pool.close()
        with pytest.raises(ConnectionLostError):
            await asking

    on_a_loop(work)
