"""The other end of a connection in tests: it says what it is told to, and notes what it hears."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore

from sdp.transport.http import HttpTransport
from sdp.transport.pool import HttpPool
from sdp.transport.settings import HttpHooks, HttpSettings

Said = bytes | Exception | float


def head(status: str = "200 OK", *headers: str, length: int | None = 0) -> bytes:
    """The head of an answer."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class Peer(httpcore.NetworkBackend):
    """Answers each connection with the same pieces; a number is a pause, an error is raised.

    Attributes:
        pieces: what it says, piece by piece; then the connection is closed.
        refuses: what opening a connection fails with.
        heard: what was written to it, one text for each connection.
        addresses: where connections were opened to.
    """

    pieces: Iterable[Said] = ()
    refuses: Exception | None = None
    heard: list[bytearray] = field(default_factory=list)
    addresses: list[tuple[str, int]] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        self.addresses.append((host, port))
        if self.refuses is not None:
            raise self.refuses
        self.heard.append(bytearray())
        return _End(self, iter(self.pieces), self.heard[-1])


@dataclass
class _End(httpcore.NetworkStream):
    peer: Peer
    pieces: Iterator[Said]
    heard: bytearray

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.peer.timeouts.append(timeout)
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, bytes):
                assert len(piece) <= max_bytes
                return piece
            if timeout is not None and timeout < piece:
                time.sleep(timeout)
                raise httpcore.ReadTimeout("slow")
            time.sleep(piece)
        return b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.heard += buffer

    def close(self) -> None:
        pass

    def start_tls(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return None


@contextmanager
def http_to(peer: Peer, hooks: HttpHooks | None = None, **settings: Any) -> Iterator[HttpTransport]:
    """A transport whose connections all lead to the peer."""
    made = HttpSettings(**settings)
    with HttpTransport(made, hooks=hooks, transport=HttpPool(made, backend=peer)) as http:
        yield http
