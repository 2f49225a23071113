"""A client goes through a proxy where one is configured, and through that alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from sdp.client import Client
from tests.e2e.client.conftest import Letters


class Proxy:
    """A proxy that does CONNECT and nothing else."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += client.recv(1)
                target = head.split()[1].decode()
                self.asked.append(target)
                host, _, port = target.rpartition(":")
                server = socket.create_connection((host, int(port)))
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pipe, args=(one, other), daemon=True).start()

    @staticmethod
    def _pipe(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError), one, other:
            while data := one.recv(65536):
                other.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    started = Proxy()
    yield started
    started.close()


def test_a_letter_goes_through_the_proxy(
    proxy: Proxy, client_with: Callable[..., Client], letters: Letters
) -> None:
    client_with(changes={"proxy": proxy.url}).send(letters.digital())
    assert len(letters.miljo.letters) == 1
    assert proxy.asked == [letters.miljo.url.split("/")[2]]


def test_the_proxy_of_the_process_environment_is_not_asked(
    proxy: Proxy,
    client_with: Callable[..., Client],
    letters: Letters,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    client_with().send(letters.digital())
    assert not proxy.asked
