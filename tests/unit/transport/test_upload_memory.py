"""A letter is uploaded from its spool: the client holds a piece of it at a time."""

from __future__ import annotations

import tracemalloc

import httpx

from sdp.dokumentpakke.spool import Spool
from sdp.ebms.sending import related
from sdp.transport.effects import Flow
from sdp.transport.http import HttpTransport
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.transport.settings import HttpSettings
from tests.driver import over

MIB = 1024 * 1024


class _Swallow(httpx.BaseTransport):
    """Takes whatever is sent, as a socket does, and keeps none of it."""

    taken = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        for piece in request.stream:
            self.taken += len(piece)
        return httpx.Response(200)


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
            with HttpTransport(HttpSettings(), transport=swallow) as http:
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
