"""Whoever is asked, an answer that breaks the bounds is given up in an error of our own.

Each service is asked by its own flow, and its requests go over real connections, with the bounds
that they have, to a server that answers in one way only.
"""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from sdp.config import Environment
from sdp.domain import DigitalForsendelse, Prioritet
from sdp.dpi import DpiSettings, DpiWire
from sdp.ebms import EbmsWire
from sdp.errors import CertificateError, RefusedError, SdpError, UnknownOutcomeError
from sdp.krr import KrrSettings
from sdp.krr.rest.wire import KrrRest
from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.maskinporten import Maskinporten, MaskinportenSettings, TokenRequest
from sdp.pki import Identity, Policy, Revocation, TrustStore, Usage, validating
from sdp.transport.effects import Flow
from sdp.transport.http import HttpTransport
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.transport.settings import HttpSettings
from sdp.wire import ReceiptQueue, SentTo
from tests.conftest import AVSENDER
from tests.driver import FakeDriver
from tests.http_server import QuietHandler, served
from tests.unit.ebms.counterpart import Package
from tests.unit.krr.answers import as_json
from tests.unit.pki.issuer import Issuer

ROOT = "https://service.example/"
ISSUER = "https://maskinporten.example/"
PERSON = "16903349844"
MIB = 1 << 20

BOMBS = ("gzip", "deflate", "gzip, gzip", "br")


@cache
def bomb(kind: str) -> bytes:
    """Make a small answer that is large once it is decompressed; it takes some time to make."""
    match kind:
        case "gzip":
            return gzip.compress(bytes(64 * MIB))
        case "deflate":
            return zlib.compress(bytes(64 * MIB))
        case "gzip, gzip":
            return gzip.compress(bomb("gzip"))
        case _:
            return b"\x1b" * 100


COOKIES: list[str | None] = []
"""What came back of the cookies that the server sets."""


class Server(QuietHandler, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind = self.path.strip("/").replace("%20", " ")
        if kind in BOMBS:
            self._begin(("Content-Encoding", kind), ("Content-Length", str(len(bomb(kind)))))
            self.wfile.write(bomb(kind))
            return
        match kind:
            case "endless":
                self._begin(("Connection", "close"))
                for _ in range(64 * 16):
                    self.wfile.write(bytes(MIB // 16))
            case "endless-chunks":
                self._begin(("Transfer-Encoding", "chunked"))
                for _ in range(64):
                    self.wfile.write(b"%x\r\n%b\r\n" % (MIB, bytes(MIB)))
            case "slow":
                self._begin(("Content-Length", "1000"))
                for _ in range(1000):
                    self.wfile.write(b" ")
                    time.sleep(0.02)
            case "endless-head":
                self.send_response(200)
                self.end_headers = lambda: None  # type: ignore[method-assign]
                for number in range(64):
                    self.wfile.write(b"X-%d: %b\r\n" % (number, bytes(MIB // 16).hex().encode()))
            case "large-header":
                self._begin(("X-Large", "x" * MIB))
            case "cookie":
                COOKIES.append(self.headers.get("Cookie"))
                self._begin(("Set-Cookie", "a=1; Path=/"), ("Content-Length", "1"))
                self.wfile.write(b"{")
            case "redirect":
                self._take_in()
                self.send_response(307)
                self.send_header("Location", "/redirect")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case _:
                raise AssertionError(kind)

    do_POST = do_GET  # noqa: N815 - so http.server names it

    def _take_in(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _begin(self, *headers: tuple[str, str]) -> None:
        self._take_in()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    for kind in BOMBS:
        bomb(kind)  # before anybody waits for one, or measures memory
    with served(Server) as address:
        yield address


@pytest.fixture(scope="module")
def http() -> Iterator[HttpTransport]:
    with HttpTransport(HttpSettings(read_timeout=0.05)) as transport:
        yield transport


@pytest.fixture(scope="module")
def patient() -> Iterator[HttpTransport]:
    """For an answer that comes whole, on a machine as slow as any."""
    with HttpTransport(HttpSettings()) as transport:
        yield transport


Ask = Callable[[], Flow[Any]]


@pytest.fixture
def services(
    avsender_identity: Identity,
    trust: TrustStore,
    moment: datetime,
    digital_forsendelse: Callable[..., DigitalForsendelse],
) -> dict[str, tuple[str, Ask]]:
    """The address of each service, and a question to it."""

    def clock() -> datetime:
        return moment

    def maskinporten(issuer: str = ISSUER) -> Maskinporten:
        settings = MaskinportenSettings(issuer, "klient")
        return Maskinporten(settings, signer=avsender_identity, clock=clock)

    common: dict[str, Any] = {"signer": avsender_identity, "trust": trust, "clock": clock}
    party: dict[str, Any] = common | {"databehandler": AVSENDER, "sent_to": SentTo()}
    environment = Environment(name="unit", production=False, broker_url=ROOT)
    ebms = EbmsWire(environment=environment, **party)
    dpi = DpiWire(DpiSettings(ROOT), maskinporten=maskinporten(), **party)
    letter = digital_forsendelse()
    rest = KrrRest(KrrSettings(ROOT), maskinporten=maskinporten(), trust=trust, clock=clock)
    soap = KrrSoap(KrrSoapSettings(url=ROOT), decryptor=avsender_identity, **common)
    queue = ReceiptQueue(Prioritet.NORMAL)
    return {
        "broker, a letter": (ROOT, lambda: ebms.send(letter, Package())),
        "access point, a letter": (ROOT, lambda: dpi.send(letter, Package())),
        "broker, receipts": (ROOT, lambda: ebms.receipts(queue)),
        "access point, receipts": (ROOT, lambda: dpi.receipts(queue)),
        "access point, statuses": (ROOT, lambda: dpi.statuses(AVSENDER)),
        "register, REST": (ROOT, lambda: rest.lookup([PERSON])),
        "register, SOAP": (ROOT, lambda: soap.lookup([PERSON])),
        "Maskinporten": (ISSUER, lambda: maskinporten().token(TokenRequest("a"))),
        "Maskinporten, token": (f"{ISSUER}token", lambda: maskinporten().token(TokenRequest("a"))),
    }


SERVICES = (
    *("broker, receipts", "access point, receipts", "access point, statuses"),
    *("register, REST", "register, SOAP", "Maskinporten", "Maskinporten, token"),
)
WAYS = (
    *(*BOMBS, "endless", "endless-chunks", "endless-head", "large-header"),
    *("slow", "redirect"),
)


def broken(http: HttpTransport, root: str, way: str, only: str) -> Callable[..., HttpResponse]:
    """Answer what goes to one address in a broken way, and Maskinporten's part as it should be."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.url.startswith(only):
            return http.send(replace(request, url=f"{root}/{way}", public_only=False))
        if request.method == "GET":
            return as_json({"issuer": ISSUER, "token_endpoint": f"{ISSUER}token"})
        return as_json({"access_token": "t", "token_type": "Bearer", "expires_in": 120})

    return answer


@dataclass(frozen=True)
class Asking:
    """A question to one service, which answers in a broken way."""

    driver: FakeDriver
    ask: Ask
    address: str

    def run(self) -> None:
        self.driver.run(self.ask())

    @property
    def times(self) -> int:
        """How many requests the service got."""
        return sum(request.url.startswith(self.address) for request in self.driver.requests)


@pytest.fixture
def asking(
    services: dict[str, tuple[str, Ask]],
    http: HttpTransport,
    patient: HttpTransport,
    root: str,
    moment: datetime,
) -> Callable[[str, str], Asking]:
    def make(service: str, way: str) -> Asking:
        only, ask = services[service]
        answering = broken(patient if way == "redirect" else http, root, way, only)
        return Asking(FakeDriver(answering, moment=moment), ask, only)

    return make


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_that_breaks_the_bounds_is_given_up(
    asking: Callable[[str, str], Asking],
    service: str,
    way: str,
) -> None:
    asked = asking(service, way)
    tracemalloc.start()
    try:
        with pytest.raises(SdpError):
            asked.run()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 64 * MIB
    assert len(asked.driver.requests) <= 10


LETTERS = ("broker, a letter", "access point, a letter")


@pytest.mark.parametrize("way", [way for way in WAYS if way != "redirect"])
@pytest.mark.parametrize("service", LETTERS)
def test_a_letter_whose_answer_breaks_the_bounds_is_held_to_be_sent_with_the_same_ids(
    asking: Callable[[str, str], Asking],
    service: str,
    way: str,
) -> None:
    asked = asking(service, way)
    with pytest.raises(UnknownOutcomeError) as told:
        asked.run()

    assert told.value.pending is not None
    assert asked.times == 1


@pytest.mark.parametrize("service", LETTERS)
def test_a_letter_is_not_sent_on_to_where_a_redirect_leads(
    asking: Callable[[str, str], Asking],
    service: str,
) -> None:
    asked = asking(service, "redirect")
    with pytest.raises(RefusedError, match="redirects are not followed"):
        asked.run()

    assert asked.times == 1


@pytest.mark.parametrize("service", LETTERS)
def test_a_letter_carries_no_cookie_that_came_with_the_answer_to_another(
    asking: Callable[[str, str], Asking],
    service: str,
) -> None:
    COOKIES.clear()
    for _ in range(2):
        with suppress(SdpError):
            asking(service, "cookie").run()

    assert COOKIES == [None, None]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ocsp", [True, False], ids=["OCSP", "CRL"])
def test_an_answer_about_revocation_that_breaks_them_is_none(
    http: HttpTransport, root: str, moment: datetime, way: str, *, ocsp: bool
) -> None:
    issuer = Issuer.at(moment)
    time_ = issuer.time
    trust = issuer.ca.trust.with_revocation(
        Revocation(Policy.HARD, clock=time_, monotonic=time_.monotonic)
    )
    leaf = issuer.leaf(ocsp=ocsp)
    driver = FakeDriver(broken(http, root, way, "http"), moment=moment)

    with pytest.raises(CertificateError, match="revo"):
        driver.run(
            validating(
                trust,
                lambda chain: chain.validate(
                    leaf.certificate, moment=time_.now, usage=Usage.SIGNING
                ),
            )
        )
    assert driver.requests
