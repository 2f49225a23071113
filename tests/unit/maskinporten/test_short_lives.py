"""Tokens that live for a short while are kept for a part of it, in threads and in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pytest

from sdp.errors import NotSentError, Retry, WireError
from sdp.maskinporten import Maskinporten, MaskinportenSettings, TokenRequest
from sdp.pki import Identity
from sdp.transport.aio import AsyncDriver
from sdp.transport.http import AsyncHttpTransport, HttpTransport
from sdp.transport.settings import HttpSettings
from sdp.transport.sync import Driver
from tests.answering import Answering, AsyncAnswering

ISSUER = "https://maskinporten.example/"
SEND = TokenRequest("digitalpostinnbygger:send")
MANY = 20


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(moment: datetime) -> Clock:
    return Clock(moment)


@pytest.fixture
def maskinporten(avsender_identity: Identity, clock: Clock) -> Maskinporten:
    return Maskinporten(
        MaskinportenSettings(ISSUER, "klient"), signer=avsender_identity, clock=clock
    )


class Server:
    def __init__(self, life: int) -> None:
        self.asked = 0
        self._life = life
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"issuer": ISSUER, "token_endpoint": f"{ISSUER}token"})
        with self._lock:
            self.asked += 1
            number = self.asked
        body = {"access_token": f"t{number}", "token_type": "Bearer", "expires_in": self._life}
        return httpx.Response(200, json=body)


@contextmanager
def driven(answer: Callable[[httpx.Request], httpx.Response]) -> Generator[Driver]:
    with HttpTransport(HttpSettings(), transport=Answering(answer)) as http:
        yield Driver(http, lambda seconds: None)


@pytest.mark.parametrize("life", [1, 5, 10, 11, 119])
def test_one_request_serves_all_threads_however_short_the_life(
    life: int, maskinporten: Maskinporten
) -> None:
    server = Server(life)
    together = threading.Barrier(MANY)

    with driven(server) as driver, ThreadPoolExecutor(MANY) as pool:

        def ask(_: int) -> str:
            together.wait()
            return driver.run(maskinporten.token(SEND)).value

        assert set(pool.map(ask, range(MANY))) == {"t1"}
    assert server.asked == 1


@pytest.mark.parametrize(
    ("life", "kept"), [(4, 2), (10, 5), (20, 10), (30, 20), (120, 110), (7200, 7190)]
)
def test_a_token_is_renewed_ten_seconds_early_or_after_half_a_short_life(
    life: int, kept: int, maskinporten: Maskinporten, clock: Clock
) -> None:
    server = Server(life)
    with driven(server) as driver:
        driver.run(maskinporten.token(SEND))
        clock.now += timedelta(seconds=kept, milliseconds=-1)
        driver.run(maskinporten.token(SEND))
        assert server.asked == 1
        clock.now += timedelta(milliseconds=1)
        driver.run(maskinporten.token(SEND))
        assert server.asked == 2


def test_one_request_serves_all_tasks_of_an_event_loop(maskinporten: Maskinporten) -> None:
    server = Server(120)

    async def ask_all() -> set[str]:
        http = AsyncHttpTransport(HttpSettings(), transport=AsyncAnswering(server))
        driver = AsyncDriver(http, asyncio.sleep)
        try:
            given = await asyncio.gather(
                *(driver.run(maskinporten.token(SEND)) for _ in range(MANY))
            )
        finally:
            await http.close()
        return {token.value for token in given}

    assert asyncio.run(ask_all()) == {"t1"}
    assert server.asked == 1


def test_the_metadata_may_be_lost_on_the_way_and_is_asked_for_again(
    maskinporten: Maskinporten,
) -> None:
    server, lost = Server(120), iter([httpx.ReadTimeout("nothing came")] * 4)

    def answer(request: httpx.Request) -> httpx.Response:
        for failure in lost:
            raise failure
        return server(request)

    with driven(answer) as driver:
        with pytest.raises(WireError) as caught:
            driver.run(maskinporten.token(SEND))
        assert caught.value.retry is Retry.LATER
        assert driver.run(maskinporten.token(SEND)).value == "t1"


def test_metadata_that_is_lost_once_is_asked_for_again_at_once(maskinporten: Maskinporten) -> None:
    server, lost = Server(120), iter([httpx.ReadTimeout("nothing came")])

    def answer(request: httpx.Request) -> httpx.Response:
        for failure in lost:
            raise failure
        return server(request)

    with driven(answer) as driver:
        assert driver.run(maskinporten.token(SEND)).value == "t1"


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


def test_a_connection_that_is_not_made_is_told_as_such(maskinporten: Maskinporten) -> None:
    with HttpTransport(HttpSettings(), transport=Answering(unreachable)) as http:
        driver = Driver(http, lambda seconds: None)
        with pytest.raises(NotSentError) as caught:
            driver.run(maskinporten.token(SEND))
    assert caught.value.retry is Retry.LATER
