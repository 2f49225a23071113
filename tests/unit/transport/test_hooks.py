"""A hook of the caller's own never changes what comes of a request."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest

from sdp.transport.aio import AsyncDriver
from sdp.transport.effects import Flow
from sdp.transport.http import AsyncHttpTransport, HttpTransport
from sdp.transport.request import BytesBody, HttpRequest, HttpResponse
from sdp.transport.settings import HttpHooks, HttpSettings
from tests.answering import Answering, AsyncAnswering
from tests.driver import over

ERRORS = [KeyError("01815800083"), StopIteration("hemmelig"), ZeroDivisionError()]


def exchange(closed: list[bool]) -> Flow[int]:
    try:
        request = HttpRequest("POST", "https://broker.example.no/", {}, BytesBody(b"hei"))
        response: HttpResponse = yield request
        return response.status
    finally:
        closed.append(True)


def answer(request: httpx.Request) -> httpx.Response:
    request.read()
    return httpx.Response(201)


@pytest.fixture(params=ERRORS, ids=lambda error: type(error).__name__)
def hooks(request: pytest.FixtureRequest) -> HttpHooks:
    def fail(_: object) -> None:
        raise request.param

    return HttpHooks(request=fail, response=fail)


def test_a_hook_that_fails_leaves_the_outcome_as_it_is(
    hooks: HttpHooks, caplog: pytest.LogCaptureFixture
) -> None:
    closed: list[bool] = []
    transport = Answering(answer)
    with (
        caplog.at_level(logging.WARNING),
        HttpTransport(HttpSettings(), hooks=hooks, transport=transport) as http,
    ):
        assert over(http, exchange(closed)) == 201

    assert closed == [True]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "hemmelig" not in caplog.text
    assert "01815800083" not in caplog.text


def test_a_hook_that_fails_leaves_the_outcome_as_it_is_on_an_event_loop(hooks: HttpHooks) -> None:
    closed: list[bool] = []

    async def main() -> int:
        transport = AsyncAnswering(answer)
        http = AsyncHttpTransport(HttpSettings(), hooks=hooks, transport=transport)
        try:
            return await AsyncDriver(http, asyncio.sleep).run(exchange(closed))
        finally:
            await http.close()

    assert asyncio.run(main()) == 201
    assert closed == [True]


def test_an_exchange_is_closed_when_the_transport_fails_in_a_way_of_its_own() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("a defect")

    closed: list[bool] = []
    with (
        HttpTransport(HttpSettings(), transport=Answering(broken)) as http,
        pytest.raises(RuntimeError, match="defect"),
    ):
        over(http, exchange(closed))

    assert closed == [True]
