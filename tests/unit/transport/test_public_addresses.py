"""A request for public addresses alone goes to no other, whatever its URL is called."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest

from sdp.errors import NotSentError
from sdp.transport.addresses import is_public, names_local_address
from sdp.transport.fetching import HttpFetcher
from sdp.transport.http import AsyncHttpTransport, HttpTransport
from sdp.transport.request import HttpRequest
from sdp.transport.settings import HttpSettings
from tests.answering import Answering


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "", "pki.example.no"),
    ],
)
def test_an_address_of_this_machine_or_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_that_anybody_reaches_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://127.0.0.1:80/"),
        *(
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/latest",
            "http://[",
        ),
    ],
)
def test_a_url_that_names_such_an_address_is_told_without_a_look_up(url: str) -> None:
    assert names_local_address(url)


@pytest.mark.parametrize(
    "url", ["http://pki.example.no/", "http://8.8.8.8/", "http://localhost.no/"]
)
def test_a_url_that_names_something_else_is_left_to_the_look_up(url: str) -> None:
    assert not names_local_address(url)


class Server:
    """Counts the connections that bring a request."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65536):
                    self.asked += 1
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture(params=["127.0.0.1", "localhost", "pki.example.no", "2130706433", "0x7f.1"])
def url(request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server under a name, one of which looks public and leads here."""
    honest = socket.getaddrinfo

    def led_here(host: object, *rest: object, **more: object) -> object:
        host = "127.0.0.1" if host in ("pki.example.no", b"pki.example.no") else host
        return honest(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", led_here)
    return f"http://{request.param}:{server.port}/ocsp"


def test_a_name_that_leads_to_this_machine_is_refused_before_anything_is_sent(
    url: str, server: Server
) -> None:
    with HttpTransport(HttpSettings()) as http:
        with pytest.raises(NotSentError, match="this machine or its own network") as refused:
            http.send(HttpRequest("GET", url, public_only=True))
        assert server.asked == 0
        assert "environment.revocation_local_addresses" in refused.value.remedy
        assert http.send(HttpRequest("GET", url)).content == b"OK"


def test_the_async_transport_refuses_it_too(url: str, server: Server) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        return
        yield

    async def ask() -> None:
        http = AsyncHttpTransport(HttpSettings())
        try:
            with pytest.raises(NotSentError, match="this machine or its own network"):
                await http.send(HttpRequest("GET", url, public_only=True), nothing())
        finally:
            await http.close()

    asyncio.run(ask())
    assert server.asked == 0


def test_a_redirect_to_this_machine_is_not_followed(server: Server) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": f"http://127.0.0.1:{server.port}/"})

    with HttpTransport(HttpSettings(), transport=Answering(answer)) as http:
        request = HttpRequest("GET", "http://pki.example.no/", redirects=3, public_only=True)
        with pytest.raises(NotSentError, match="this machine"):
            http.send(request)


@dataclass
class Asked:
    url: str
    timeout_seconds: float = 5.0
    max_bytes: int = 100
    content: bytes | None = None
    content_type: str = ""


def test_without_a_client_it_is_refused_too(url: str, server: Server) -> None:
    with pytest.raises(NotSentError, match="this machine"):
        HttpFetcher(local_addresses=False)(Asked(url))
    assert server.asked == 0
    assert HttpFetcher()(Asked(url)) == b"OK"
