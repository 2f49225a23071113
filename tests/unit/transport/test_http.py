"""The transport tells what certainly did not go out from what may have."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sdp.errors import ConfigurationError, NotSentError
from sdp.transport.effects import Flow
from sdp.transport.http import HttpTransport
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest, HttpResponse
from sdp.transport.settings import HttpHooks, HttpSettings
from tests.driver import over

URL = "https://broker.example.no/"


def exchange() -> Flow[HttpResponse]:
    response: HttpResponse = yield HttpRequest(
        "POST", URL, {"Content-Type": "text/plain"}, BytesBody(b"hei")
    )
    return response


def transport_that(handle: httpx.MockTransport) -> HttpTransport:
    return HttpTransport(HttpSettings(), transport=handle)


def failing(error: Exception, *, reads: bool) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if reads:
            request.read()
        raise error

    return httpx.MockTransport(handle)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
        httpx.ProxyError("407"),
        httpx.UnsupportedProtocol("gopher"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_fails_before_the_body_was_not_sent(error: Exception) -> None:
    class Unread(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise error

    with HttpTransport(HttpSettings(), transport=Unread()) as http, pytest.raises(NotSentError):
        over(http, exchange())


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.WriteTimeout("slow"),
        httpx.RemoteProtocolError("gone"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_fails_once_the_body_is_on_its_way_may_have_been_sent(error: Exception) -> None:
    class Taken(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.SyncByteStream)
            next(iter(request.stream))
            raise error

    with (
        HttpTransport(HttpSettings(), transport=Taken()) as http,
        pytest.raises(ConnectionLostError),
    ):
        over(http, exchange())


def test_an_answer_that_never_ends_is_cut_off() -> None:
    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield bytes(1024 * 1024)

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(200, stream=Endless())

    with (
        transport_that(httpx.MockTransport(handle)) as http,
        pytest.raises(ConnectionLostError, match="larger"),
    ):
        over(http, exchange())


def test_the_length_is_told_beforehand() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["Content-Length"] == "3"
        assert "Transfer-Encoding" not in request.headers
        return httpx.Response(200, content=request.read())

    with transport_that(httpx.MockTransport(handle)) as http:
        assert over(http, exchange()).content == b"hei"


def test_redirects_are_not_followed() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(302, headers={"Location": "https://elsewhere.example.no/"})

    with transport_that(httpx.MockTransport(handle)) as http:
        assert over(http, exchange()).status == 302


def test_an_exchange_that_takes_a_failure_may_go_on() -> None:
    @dataclass
    class Once:
        failed: bool = False

        def __call__(self, request: httpx.Request) -> httpx.Response:
            request.read()
            if not self.failed:
                self.failed = True
                raise httpx.ReadError("reset")
            return httpx.Response(204)

    def persistent() -> Flow[int]:
        request = HttpRequest("POST", URL, {}, BytesBody(b"hei"))
        response: HttpResponse
        try:
            response = yield request
        except ConnectionLostError:
            response = yield request
        return response.status

    with transport_that(httpx.MockTransport(Once())) as http:
        assert over(http, persistent()) == 204


def test_hooks_are_told_of_requests_and_answers() -> None:
    seen: list[object] = []
    hooks = HttpHooks(request=seen.append, response=seen.append)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=request.read()))
    with HttpTransport(HttpSettings(), hooks=hooks, transport=transport) as http:
        over(http, exchange())
    assert [type(item) for item in seen] == [HttpRequest, HttpResponse]
    assert "hei" not in repr(seen)


def test_a_private_ca_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("tull")
    with pytest.raises(ConfigurationError, match=r"ca\.pem"):
        HttpTransport(HttpSettings(tls_ca=path))
    with pytest.raises(ConfigurationError, match=r"borte\.pem"):
        HttpTransport(HttpSettings(tls_ca=tmp_path / "borte.pem"))


def test_old_tls_is_not_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context()
    monkeypatch.setattr(ssl, "create_default_context", lambda: context)
    HttpTransport(HttpSettings()).close()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
