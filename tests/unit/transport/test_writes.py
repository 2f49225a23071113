"""A request goes out in as few writes as there are full records in it, and whole."""

from __future__ import annotations

from typing import Any

import httpcore
import pytest

from sdp.transport.pool import HttpPool
from sdp.transport.request import BytesBody, HttpRequest, Multipart, gathered
from sdp.transport.settings import HttpSettings

KIB = 1024


class _Package:
    """A package that is read in pieces of 20 KiB."""

    def __init__(self, size: int) -> None:
        self.size = size

    def chunks(self) -> Any:
        for start in range(0, self.size, 20 * KIB):
            yield bytes(min(20 * KIB, self.size - start))


def _letter(size: int) -> Multipart:
    return Multipart("multipart/form-data", b"{}", {}, _Package(size), {}, "grense")


class _Recorded(httpcore.MockBackend):
    """A connection that keeps every write apart."""

    def __init__(self) -> None:
        super().__init__([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
        self.writes: list[bytes] = []

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        stream = super().connect_tcp(*args, **kwargs)
        stream.write = lambda buffer, timeout=None: self.writes.append(buffer)  # type: ignore[method-assign]
        return stream


def _writes(request: HttpRequest) -> list[bytes]:
    recorded = _Recorded()
    pool = HttpPool(HttpSettings(), backend=recorded)
    assert pool.send(request).status == 200
    pool.close()
    return recorded.writes


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_without_content_is_written_whole_before_its_answer_is_read(method: str) -> None:
    (head,) = _writes(HttpRequest(method, "https://broker.example/"))
    assert head.startswith(method.encode())
    assert head.endswith(b"\r\n\r\n")


def test_the_head_of_a_request_and_a_small_body_are_one_write() -> None:
    request = HttpRequest("POST", "https://broker.example/", body=BytesBody(b"question"))
    (written,) = _writes(request)
    assert written.startswith(b"POST /")
    assert written.endswith(b"\r\n\r\nquestion")


@pytest.mark.parametrize("size", [1, 50 * KIB, 200 * KIB])
def test_a_letter_arrives_whole_in_few_writes(size: int) -> None:
    letter = _letter(size)
    writes = _writes(HttpRequest("POST", "https://broker.example/", body=letter))
    head, _, body = b"".join(writes).partition(b"\r\n\r\n")
    assert body == b"".join(letter.chunks())
    assert b"Content-Length: %d" % letter.length in head
    assert len(writes) <= 1 + letter.length // (64 * KIB)


def test_a_body_is_gathered_in_pieces_of_the_size_asked_for() -> None:
    letter = _letter(100 * KIB)
    *pieces, last = gathered(letter, 30 * KIB)
    assert b"".join((*pieces, last)) == b"".join(letter.chunks())
    assert all(30 * KIB <= len(piece) < 50 * KIB + 1 * KIB for piece in pieces)
    assert [*gathered(BytesBody(b""), 1)] in ([], [b""])
