"""What does no harm when made twice is made once more after a connection was cut, and only then."""

from __future__ import annotations

import httpx
import pytest

from sdp.transport.http import HttpTransport
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest
from sdp.transport.retry import retry_if_cut
from sdp.transport.settings import HttpSettings
from tests.answering import Answering
from tests.driver import over

CUT = [httpx.RemoteProtocolError("disconnected"), httpx.ReadError("reset")]
LATE = [httpx.ReadTimeout("slow")]


def attempts_until_an_answer(*failures: httpx.HTTPError) -> int:
    """Run a repeatable exchange against a server that fails so; count the requests it got."""
    left = list(failures)
    requests = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        request.read()
        if left:
            raise left.pop(0)
        return httpx.Response(200)

    def request() -> HttpRequest:
        return HttpRequest("GET", "https://ap.example.no/", {}, BytesBody(b""))

    with HttpTransport(HttpSettings(), transport=Answering(answer)) as http:
        try:
            assert over(http, retry_if_cut(request)).status == 200
        except ConnectionLostError:
            return -requests
    return requests


@pytest.mark.parametrize("failure", CUT, ids=lambda error: type(error).__name__)
def test_a_cut_connection_is_tried_once_more(failure: httpx.HTTPError) -> None:
    assert attempts_until_an_answer(failure) == 2


def test_a_connection_that_is_cut_again_is_told() -> None:
    assert attempts_until_an_answer(*CUT) == -2


def test_an_answer_that_is_late_is_not_waited_for_twice() -> None:
    assert attempts_until_an_answer(*LATE) == -1
