"""What is fetched comes whole, in time, within its size, and from where it may."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from sdp.errors import NotSentError, UnreadableAnswerError, WireError
from sdp.transport.fetching import HttpFetcher

URL = "http://pki.example.no/ca.crl"


@dataclass(frozen=True)
class Asked:
    url: str = URL
    timeout_seconds: float = 5.0
    max_bytes: int = 100
    content: bytes | None = None
    content_type: str = ""


def fetcher(answer: Callable[[httpx.Request], httpx.Response]) -> HttpFetcher:
    return HttpFetcher(transport=httpx.MockTransport(answer))


def test_without_content_it_is_a_get_and_with_content_a_post() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        said = f"{request.method} {request.headers.get('content-type')} ".encode()
        return httpx.Response(200, content=said + request.read())

    fetch = fetcher(answer)
    assert fetch(Asked()) == b"GET None "
    assert fetch(Asked(content=b"?", content_type="a/b")) == b"POST a/b ?"


def test_an_answer_larger_than_allowed_is_refused() -> None:
    fetch = fetcher(lambda _: httpx.Response(200, content=bytes(101)))
    with pytest.raises(UnreadableAnswerError, match="more than 100 bytes"):
        fetch(Asked())
    assert len(fetch(Asked(max_bytes=101))) == 101


@pytest.mark.parametrize("status", [204, 404, 500])
def test_another_status_is_no_answer(status: int) -> None:
    with pytest.raises(WireError, match=f"HTTP status {status}"):
        fetcher(lambda _: httpx.Response(status))(Asked())


def test_nobody_there_is_no_answer() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(NotSentError, match="cannot be reached: refused"):
        fetcher(answer)(Asked())


@pytest.mark.parametrize("url", ["http://[", "ldap://ldap.example.no/", "ca.crl"])
def test_what_is_not_an_http_address_is_no_answer(url: str) -> None:
    with pytest.raises(NotSentError):
        HttpFetcher()(Asked(url=url))


class TestRedirects:
    def to(self, target: str) -> HttpFetcher:
        def answer(request: httpx.Request) -> httpx.Response:
            if str(request.url) == target:
                return httpx.Response(200, content=b"found")
            return httpx.Response(302, headers={"Location": target})

        return fetcher(answer)

    @pytest.mark.parametrize("target", ["http://other.example.no/", "https://pki.example.no/"])
    def test_a_get_follows_to_http_and_https(self, target: str) -> None:
        assert self.to(target)(Asked()) == b"found"

    @pytest.mark.parametrize("target", ["ftp://pki.example.no/ca.crl", "file:///etc/passwd"])
    def test_no_other_scheme_is_followed(self, target: str) -> None:
        with pytest.raises(WireError):
            self.to(target)(Asked())

    def test_https_is_not_given_up_for_http(self) -> None:
        with pytest.raises(UnreadableAnswerError, match="from HTTPS to plain HTTP"):
            self.to("http://other.example.no/")(Asked(url="https://pki.example.no/"))

    def test_a_post_is_not_followed(self) -> None:
        with pytest.raises(UnreadableAnswerError):
            self.to("http://other.example.no/")(Asked(content=b"?"))

    def test_a_circle_is_left_after_three_rounds(self) -> None:
        asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(302, headers={"Location": URL})

        with pytest.raises(UnreadableAnswerError, match="more than 3 times"):
            fetcher(answer)(Asked())
        assert len(asked) == 4


class TestTime:
    def test_an_answer_that_trickles_in_is_given_up_in_time(self) -> None:
        given_up = threading.Event()

        class Trickle(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while not given_up.is_set():
                    yield b"x"
                    time.sleep(0.02)

            def close(self) -> None:
                given_up.set()

        start = time.monotonic()
        with pytest.raises(NotSentError, match=r"within 0\.2 seconds"):
            fetcher(lambda _: httpx.Response(200, stream=Trickle()))(
                Asked(timeout_seconds=0.2, max_bytes=10_000)
            )
        assert time.monotonic() - start < 2
        assert given_up.wait(5), "the thread that fetches did not end"

    def test_an_answer_that_never_comes_is_given_up_in_time(self) -> None:
        enough = threading.Event()

        def answer(_: httpx.Request) -> httpx.Response:
            enough.wait(10)
            return httpx.Response(200)

        with pytest.raises(NotSentError, match="does not answer within"):
            fetcher(answer)(Asked(timeout_seconds=0.1))
        enough.set()
