"""A letter is uploaded from its spool: the client holds a piece of it at a time."""

from __future__ import annotations

import tracemalloc
from typing import Any

import httpcore

from sdp.dokumentpakke.spool import Spool
from sdp.ebms.sending import related
from sdp.transport.effects import Flow
from sdp.transport.http import HttpTransport
from sdp.transport.pool import HttpPool
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.transport.settings import HttpSettings
from tests.driver import over

MIB = 1024 * 1024


class _Swallow(httpcore.MockBackend):
    """Takes whatever is sent, as a socket does, and keeps none of it."""

    taken = 0

    def __init__(self) -> None:
        super().__init__([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        stream = super().connect_tcp(*args, **kwargs)
        stream.write = self._swallow  # type: ignore[method-assign]
        return stream

    def _swallow(self, buffer: bytes, timeout: float | None = None) -> None:
        self.taken += len(buffer)


def _upload(spool: Spool) -> Flow[int]:
    body = related(b"<envelope/>", "pakke@example", spool, "grense")
    answer: HttpResponse = yield HttpRequest("POST", "https://broker.example/", {}, body)
    return answer.status


def _peak(size: int) -> int:
    swallow = _Swallow()
    with Spool(memory=MIB) as spool:
        for _ in range(size // MIB):
            spool.write(bytes(MIB))
        tracemalloc.start()
        try:
            with HttpTransport(
                HttpSettings(), transport=HttpPool(HttpSettings(), backend=swallow)
            ) as http:
                over(http, _upload(spool))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert swallow.taken > size
    return peak


def test_the_memory_of_an_upload_does_not_grow_with_the_letter() -> None:
    _peak(MIB)  # what is allocated once, at the first upload
    small, large = _peak(8 * MIB), _peak(128 * MIB)

    assert large - small < MIB
