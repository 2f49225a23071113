"""Requests over TLS come through every kind of proxy, from threads and from an event loop."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sdp.errors import NotSentError
from sdp.transport.http import HttpTransport
from sdp.transport.pool import AsyncHttpPool
from sdp.transport.request import HttpRequest
from sdp.transport.settings import HttpSettings, check_proxy
from tests.e2e.transport.test_private_ca import private_ca, served

PATIENCE = 120.0
Ask = Callable[[str, HttpSettings], int]


class Proxy:
    """A proxy of HTTP, over TLS or not, or of SOCKS, that lets one user through."""

    def __init__(self, scheme: str, tls: ssl.SSLContext, user: str = "kari:hemmelig") -> None:
        self.asked: list[str] = []
        self.authorized: list[str] = []
        self._scheme = scheme
        self._user = user
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{scheme}://{user}@localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        with suppress(OSError):
            if self._scheme == "https":
                client = self._tls.wrap_socket(client, server_side=True)
            with client:
                shown = self._socks(client) if self._scheme == "socks5" else self._connect(client)
                if shown is not None:
                    host, _, port = shown.rpartition(":")
                    self.asked.append(shown)
                    with socket.create_connection((host, int(port)), PATIENCE) as server:
                        _pass_on(client, server)

    def _connect(self, client: socket.socket) -> str:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        lines = head.decode().split("\r\n")
        self.authorized += [line for line in lines if line.startswith("Proxy-Authorization")]
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return lines[0].split()[1]

    def _socks(self, client: socket.socket) -> str | None:
        client.recv(64)
        client.sendall(b"\x05\x02")
        name, password = (each.encode() for each in self._user.split(":"))
        told = client.recv(512)
        is_known = told == bytes([1, len(name)]) + name + bytes([len(password)]) + password
        client.sendall(b"\x01\x00" if is_known else b"\x01\x01")
        if not is_known:
            return None
        asked = client.recv(512)
        host, port = asked[5:-2].decode(), int.from_bytes(asked[-2:], "big")
        client.sendall(b"\x05\x00\x00\x01" + bytes(6))
        return f"{host}:{port}"


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    while True:
        if isinstance(client, ssl.SSLSocket) and client.pending():
            ready: list[socket.socket] = [client]
        else:
            ready = select.select([client, server], [], [], PATIENCE)[0]
        for one in ready:
            said = one.recv(65536)
            if not said:
                return
            (server if one is client else client).sendall(said)


def _blocking(url: str, settings: HttpSettings) -> int:
    with HttpTransport(settings) as http:
        return http.send(HttpRequest("GET", url)).status


def _on_a_loop(url: str, settings: HttpSettings) -> int:
    async def main() -> int:
        pool = AsyncHttpPool(settings)
        try:
            return (await pool.send(HttpRequest("GET", url))).status
        finally:
            await pool.close()

    return asyncio.run(main())


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "ca.pem").write_bytes(private_ca("nothing"))
    with served(tmp_path, "nothing") as url:
        yield url


@pytest.fixture(params=["http", "https", "socks5"])
def proxy(request: pytest.FixtureRequest, origin: str, tmp_path: Path) -> Iterator[Proxy]:
    assert origin
    if request.param == "socks5":
        pytest.importorskip("socksio")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem")
    started = Proxy(request.param, tls)
    yield started
    started.close()


@pytest.mark.parametrize("ask", [_blocking, _on_a_loop])
def test_a_request_goes_through_the_proxy_by_the_name_of_its_origin(
    ask: Ask, proxy: Proxy, origin: str, tmp_path: Path
) -> None:
    settings = HttpSettings(proxy=check_proxy(proxy.url), tls_ca=tmp_path / "ca.pem")
    assert ask(origin, settings) == 204
    assert proxy.asked == [origin.split("/")[2]]
    told = ["Proxy-Authorization: Basic a2FyaTpoZW1tZWxpZw=="]  # kari:hemmelig
    assert proxy.authorized == ([] if proxy.url.startswith("socks5") else told)


@pytest.mark.parametrize("proxy", ["socks5"], indirect=True)
@pytest.mark.parametrize("ask", [_blocking, _on_a_loop])
def test_a_proxy_that_does_not_know_the_password_has_been_sent_nothing(
    ask: Ask, proxy: Proxy, origin: str, tmp_path: Path
) -> None:
    wrong = proxy.url.replace("hemmelig", "feil")
    with pytest.raises(NotSentError, match="the proxy refuses") as caught:
        ask(origin, HttpSettings(proxy=wrong, tls_ca=tmp_path / "ca.pem"))
    assert "feil" not in str(caught.value)
    assert proxy.asked == []
