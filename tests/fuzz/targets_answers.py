"""What registers, brokers and access points answer, changed on its way to us."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from sdp.config import Environment
from sdp.domain import Prioritet
from sdp.dpi import DpiSettings
from sdp.dpi.answers import expect
from sdp.dpi.receiving import fetch_page, read
from sdp.dpi.statuses import fetch_statuses
from sdp.ebms import EbmsWire
from sdp.ebms.answers import soap_part
from sdp.errors import UnreadableAnswerError
from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.maskinporten import Token
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.wire import Parties, ReceiptQueue, SentTo
from sdp.wire.signers import Signers
from sdp.xmlsec import cut_out
from sdp.xmlsec.names import ENV
from tests.driver import drive
from tests.fuzz.target import Target
from tests.fuzz.world import AVSENDER, BROKER, MAILBOX, PERSON, World
from tests.unit.ebms.counterpart import SOAP, Broker, Clock, Package
from tests.unit.krr_soap.counterpart import Clock as RegisterClock
from tests.unit.krr_soap.counterpart import Register, person, personer

if TYPE_CHECKING:
    from lxml import etree

    from sdp.krr.soap.envelope import Verifier

_CONTENT_TYPES = [
    b'multipart/related; boundary="grense"; type="application/soap+xml"; start="<a>"',
    b"application/soap+xml; charset=utf-8",
    b"text/xml (" + b"(" * 200 + b"); a=b",
]
_STATUSES = (
    b'[{"status": "SENDT", "timestamp": "2026-01-01T00:00:00Z", "beskrivelse": "a"},'
    b' {"status": "FEILET"}]'
)
_PROBLEM = b'{"type": "about:blank", "title": "Feil", "status": 400, "detail": "01815800083"}'


def answer_targets(world: World) -> list[Target]:
    """Return the targets of this kind."""
    return [*_ebms(world), *_register(world), *_dpi(world)]


def exchanges(world: World) -> EbmsWire:
    """ebMS, with the world's sender and anchors."""
    return EbmsWire(
        environment=Environment(name="fuzz", production=False, broker_url="https://a.example/"),
        signer=world.sender,
        trust=world.ca.trust,
        databehandler=AVSENDER,
        clock=lambda: world.moment,
        sent_to=SentTo(),
    )


def _ebms(world: World) -> list[Target]:
    wire = exchanges(world)
    broker = Broker(world.actor(BROKER), Clock(world.moment))
    multipart = world.multiparts()[0]

    def send(data: bytes) -> None:
        drive(wire.send(world.letter, Package()), lambda _: HttpResponse(200, SOAP, data))

    good = list[bytes]()

    def remember(request: HttpRequest) -> HttpResponse:
        good.append(broker(request).content)
        return broker(request)

    drive(wire.send(world.letter, Package()), remember)
    return [
        Target("transport receipt", good, send, inputs=60, trusted=False),
        Target(
            "content type",
            _CONTENT_TYPES,
            lambda data: soap_part(data.decode("latin-1"), multipart),
            trusted=False,
        ),
        Target(
            "mime and its type",
            [_CONTENT_TYPES[0] + b"\n" + multipart],
            lambda data: soap_part(data.partition(b"\n")[0].decode("latin-1"), data),
            trusted=False,
        ),
    ]


def _register(world: World) -> list[Target]:
    krr = _krr(world)
    good = list[bytes]()

    def remember(request: HttpRequest) -> HttpResponse:
        answer = register(personer(person(PERSON)))(request)
        good.append(answer.content)
        return answer

    def register(content: str) -> Register:
        return Register(
            world.actor(AVSENDER),
            world.mailbox.certificate,
            RegisterClock(world.moment),
            content,
        )

    drive(krr.lookup([PERSON]), remember)

    def look_up(data: bytes) -> None:
        drive(krr.lookup([PERSON]), lambda _: HttpResponse(200, SOAP, data))

    believing = _krr(world)
    believing._verifier = cast("Verifier", _Believing())

    def look_up_believing(data: bytes) -> None:
        drive(believing.lookup([PERSON]), lambda _: HttpResponse(200, SOAP, data))

    return [
        Target("krr soap", good, look_up, inputs=60, trusted=False),
        Target("krr soap believed", _answers(), look_up_believing, inputs=100),
    ]


def _krr(world: World) -> KrrSoap:
    return KrrSoap(
        KrrSoapSettings(url="https://register.example/ws-v5"),
        signer=world.mailbox,
        decryptor=world.mailbox,
        trust=world.ca.trust,
        clock=lambda: world.moment,
    )


class _Believing:
    """Takes every answer for verified, so that what reads it is reached."""

    def with_trust(self, _: object) -> _Believing:
        return self

    def verified_body(self, envelope: etree._Element, **_: object) -> etree._Element:
        found = envelope.find(f"{{{ENV}}}Body")
        if found is None:
            raise UnreadableAnswerError("It has no body.")
        return cut_out(found)


def _answers() -> list[bytes]:
    return [
        f'<e:Envelope xmlns:e="{ENV}"><e:Body>{personer(*people)}</e:Body></e:Envelope>'.encode()
        for people in ((), (person(PERSON),))
    ]


def _dpi(world: World) -> list[Target]:
    settings = DpiSettings(url="https://a.example")
    token = Token("a", world.moment + timedelta(hours=1))
    parties = Parties(
        signer=world.sender,
        databehandler=AVSENDER,
        trust=world.ca.trust,
        clock=lambda: world.moment,
    )
    signers = Signers([MAILBOX], {}, lambda _: (), section="dpi")
    message = world.tokens()[0].decode()
    listed = f'[{{"forretningsmelding": "{message}", "downloadurl": "https://a.example/b"}}]'

    def read_list(data: bytes) -> None:
        page = fetch_page(settings, ReceiptQueue(Prioritet.NORMAL), None, token)
        for found in drive(page, lambda _: HttpResponse(200, {}, data)):
            read(found, settings, parties, signers)
            assert found.key

    def read_statuses(data: bytes) -> None:
        statuses = fetch_statuses(settings.root, str(uuid4()), token)
        drive(statuses, lambda _: HttpResponse(200, {}, data))

    return [
        Target("dpi list", [listed.encode(), b"[]"], read_list),
        Target("dpi statuses", [_STATUSES, b"[]"], read_statuses),
        Target(
            "dpi problem",
            [_PROBLEM],
            lambda data: expect(HttpResponse(400, {}, data), HTTPStatus.OK),
            trusted=False,
        ),
    ]
