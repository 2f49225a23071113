"""What is fetched comes whole, in time, within its size, and from where it may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from sdp.errors import NotSentError, UnreadableAnswerError, WireError
from sdp.transport.fetching import HttpFetcher
from sdp.transport.pool import HttpPool
from sdp.transport.settings import HttpSettings
from tests.answering import Answering
from tests.unit.transport.peer import Peer, head

URL = "http://pki.example.no/ca.crl"


@dataclass(frozen=True)
class Asked:
    url: str = URL
    timeout_seconds: float = 5.0
    max_bytes: int = 100
    content: bytes | None = None
    content_type: str = ""


def fetcher(answer: Callable[[httpx.Request], httpx.Response]) -> HttpFetcher:
    return HttpFetcher(transport=Answering(answer))


def test_without_content_it_is_a_get_and_with_content_a_post() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        said = f"{request.method} {request.headers.get('content-type')} ".encode()
        return httpx.Response(200, content=said + request.read())

    fetch = fetcher(answer)
    assert fetch(Asked()) == b"GET None "
    assert fetch(Asked(content=b"?", content_type="a/b")) == b"POST a/b ?"


def test_an_answer_larger_than_allowed_is_refused() -> None:
    fetch = fetcher(lambda _: httpx.Response(200, content=bytes(101)))
    with pytest.raises(UnreadableAnswerError, match="larger than 100 bytes"):
        fetch(Asked())
    assert len(fetch(Asked(max_bytes=101))) == 101


@pytest.mark.parametrize("status", [204, 404, 500])
def test_another_status_is_no_answer(status: int) -> None:
    with pytest.raises(WireError, match=f"HTTP status {status}"):
        fetcher(lambda _: httpx.Response(status))(Asked())


def test_nobody_there_is_no_answer() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(NotSentError, match="refused"):
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
        with pytest.raises(UnreadableAnswerError, match="not followed"):
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
        trickle = [head(length=1000), *[piece for _ in range(500) for piece in (0.02, b"x")]]
        pool = HttpPool(HttpSettings(), backend=Peer(trickle))
        with pytest.raises(NotSentError, match="no answer within"):
            HttpFetcher(transport=pool)(Asked(timeout_seconds=0.2, max_bytes=10_000))

    def test_an_answer_that_never_comes_is_given_up_in_time(self) -> None:
        pool = HttpPool(HttpSettings(), backend=Peer([10.0]))
        with pytest.raises(NotSentError, match="no answer within"):
            HttpFetcher(transport=pool)(Asked(timeout_seconds=0.1))
