"""Nothing that the other side writes around an answer reaches a log or a traceback."""

from __future__ import annotations

import logging
import traceback
from typing import Final

import pytest

from sdp.errors import SdpError
from sdp.transport.request import ConnectionLostError, HttpRequest
from tests.unit.transport.peer import Peer, http_to

FNR: Final = "01815800083"
_EMPTY: Final = "Content-Length: 0\r\n\r\n"

ANSWERS: Final = {
    "reason": f"HTTP/1.1 404 Ukjent {FNR}\r\n{_EMPTY}",
    "header": f"HTTP/1.1 200 OK\r\nX-Person: {FNR}\r\n{_EMPTY}",
    "name of a header": f"HTTP/1.1 200 OK\r\nX-{FNR}: x\r\n{_EMPTY}",
    "version": f"HTTP/9.9 {FNR} hei\r\n\r\n",
    "no HTTP": f"{FNR}\r\n\r\n",
    "header without a colon": f"HTTP/1.1 200 OK\r\n{FNR} uten kolon\r\n\r\n",
    "length": f"HTTP/1.1 200 OK\r\nContent-Length: {FNR}x\r\n\r\n",
    "two lengths": f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: {FNR}\r\n\r\n",
    "transfer encoding": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {FNR}\r\n\r\n",
    "content encoding": f"HTTP/1.1 200 OK\r\nContent-Encoding: {FNR}\r\nContent-Length: 1\r\n\r\nx",
    "chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{FNR}zz\r\n",
    "trailer": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: {FNR}\r\n\r\n",
    "interim": f"HTTP/1.1 103 {FNR}\r\nLink: {FNR}\r\n\r\nHTTP/1.1 200 OK\r\n{_EMPTY}",
    "upgrade": f"HTTP/1.1 101 {FNR}\r\nUpgrade: {FNR}\r\n\r\n{FNR}",
    "redirect": f"HTTP/1.1 302 Hit\r\nLocation: https://{FNR}.example/{FNR}\r\n{_EMPTY}",
    "broken redirect": f"HTTP/1.1 302 Hit\r\nLocation: https://[{FNR}/\r\n{_EMPTY}",
    "cookie": f"HTTP/1.1 200 OK\r\nSet-Cookie: a={FNR}\r\n{_EMPTY}",
    "more than is announced": f"HTTP/1.1 200 OK\r\n{_EMPTY}{FNR}",
    "less than is announced": f"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{FNR}",
    "retry after": f"HTTP/1.1 503 Nei\r\nRetry-After: {FNR}\r\n{_EMPTY}",
    "endless header": f"HTTP/1.1 200 OK\r\nX: {FNR * 20_000}\r\n\r\n",
}


@pytest.mark.parametrize("proxy", [None, "http://proxy.example.no:3128"], ids=["direct", "proxy"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_neither_a_log_nor_a_traceback_repeats_it(
    answer: str, method: str, proxy: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET + 1)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.NOTSET + 1, logger=name)
    told = ""
    with http_to(Peer([answer.encode()]), proxy=proxy) as http:
        try:
            http.send(HttpRequest(method, "https://broker.example.no/brev", redirects=2))
        except (SdpError, ConnectionLostError) as error:
            told = "".join(traceback.format_exception(error))
    assert FNR not in told
    assert FNR not in "".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert FNR not in caplog.text


def test_a_redirect_is_told_by_the_address_that_was_asked_for() -> None:
    class Gone(Peer):
        def connect_tcp(self, host: str, port: int, *args: object, **options: object):  # type: ignore[no-untyped-def]
            self.refuses = OSError(111, "Connection refused") if self.addresses else None
            return super().connect_tcp(host, port, *args, **options)

    peer = Gone([ANSWERS["redirect"].encode()])
    request = HttpRequest("GET", "https://ocsp.example.no/sporsmaal", redirects=2)
    with http_to(peer) as http, pytest.raises(SdpError, match=r"ocsp\.example\.no") as caught:
        http.send(request)
    assert len(peer.addresses) == 2
    assert FNR not in "".join(traceback.format_exception(caught.value))
