"""Over real connections, blocking and async: no answer goes beyond its bounds."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from sdp.transport.aio import AsyncDriver
from sdp.transport.effects import Flow
from sdp.transport.http import AsyncHttpTransport, HttpTransport
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from sdp.transport.settings import HttpSettings
from tests.driver import over
from tests.http_server import QuietHandler, served

Ask = Callable[..., HttpResponse]


@cache
def bomb() -> bytes:
    """Make a small answer that is large once it is decompressed twice."""
    return gzip.compress(gzip.compress(bytes(1 << 26)))


class Server(QuietHandler, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        match self.path:
            case "/bomb":
                self._say(bomb(), ("Content-Encoding", "gzip, gzip"))
            case "/trickle":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                for _ in range(1000):
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            case "/never":
                time.sleep(5)
            case "/cookie":
                self._say((self.headers.get("Cookie") or "none").encode(), ("Set-Cookie", "a=1"))
            case _:
                self._say(bytes(1 << 20))

    def _say(self, content: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    bomb()  # before anybody waits for it
    with served(Server) as address:
        yield address


@pytest.fixture(params=["blocking", "async"])
def ask(request: pytest.FixtureRequest, root: str) -> Ask:
    """Asks for some paths, one after the other, and gives the last answer."""

    def flow(*paths: str, **options: Any) -> Flow[HttpResponse]:
        for path in paths:
            answer: HttpResponse = yield HttpRequest("GET", f"{root}/{path}", **options)
        return answer

    def blocking(*paths: str, read_timeout: float = 60, **options: Any) -> HttpResponse:
        with HttpTransport(HttpSettings(read_timeout=read_timeout)) as http:
            return over(http, flow(*paths, **options))

    def on_a_loop(*paths: str, read_timeout: float = 60, **options: Any) -> HttpResponse:
        async def main() -> HttpResponse:
            http = AsyncHttpTransport(HttpSettings(read_timeout=read_timeout))
            driver = AsyncDriver(http, asyncio.sleep)
            try:
                return await driver.run(flow(*paths, **options))
            finally:
                driver.close()
                await http.close()

        return asyncio.run(main())

    return blocking if request.param == "blocking" else on_a_loop


def test_an_encoding_that_nobody_asked_for_is_not_decoded(ask: Ask) -> None:
    with pytest.raises(ConnectionLostError, match="Content-Encoding"):
        ask("bomb")


def test_an_answer_that_trickles_is_given_up_in_ten_times_the_read_timeout(ask: Ask) -> None:
    began = time.monotonic()
    with pytest.raises(ConnectionLostError, match="no answer within the timeout"):
        ask("trickle", read_timeout=0.2)
    assert 1.9 < time.monotonic() - began < 30


@pytest.mark.parametrize("path", ["trickle", "never"])
def test_a_request_may_say_how_long_the_whole_of_it_may_take(ask: Ask, path: str) -> None:
    with pytest.raises(ConnectionLostError, match="no answer within the timeout"):
        ask(path, timeout=0.05)


def test_an_answer_larger_than_allowed_is_given_up(ask: Ask) -> None:
    with pytest.raises(ConnectionLostError, match="larger than 1000 bytes"):
        ask("large", max_bytes=1000)
    assert len(ask("large").content) == 1 << 20


def test_cookies_are_not_kept(ask: Ask) -> None:
    assert ask("cookie", "cookie").content == b"none"


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there is no fork here")
def test_processes_that_were_forked_from_one_transport_do_not_share_its_connections(
    root: str,
) -> None:
    program = f"""
import os
from sdp.transport.http import HttpTransport
from sdp.transport.request import HttpRequest
from sdp.transport.settings import HttpSettings
http = HttpTransport(HttpSettings())
http.send(HttpRequest("GET", "{root}/cookie"))
children = []
for _ in range(2):
    child = os.fork()
    if not child:
        sizes = {{len(http.send(HttpRequest("GET", "{root}/" + path)).content)
                 for _ in range(40) for path in ("large", "cookie")}}
        os._exit(0 if sizes == {{1 << 20, 4}} else 1)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.stdout == "[0, 0]\n", done.stderr
