"""A client's operations with a wire and a register of our own, driven without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sdp.config import Environment
from sdp.dokumentpakke import Profile
from sdp.domain import Forsendelse, Kvittering, SendResultat
from sdp.errors import SdpError
from sdp.krr import (
    DigitalPostkasse,
    Kontaktadresse,
    Oppslag,
    Person,
    Printsertifikat,
    Status,
)
from sdp.operations.lookup import Lookup
from sdp.operations.parts import Parts
from sdp.operations.receiving import Receiving
from sdp.operations.sending import Sending
from sdp.pki import Identity, TrustStore
from sdp.transport.effects import Emit, Flow
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.wire import Package, PendingMessage, ReceiptQueue, SetAside
from tests.conftest import POSTEN, PRINTER
from tests.driver import FakeDriver

KARI = "01815800083"


@dataclass
class FakeRegister:
    """Answers with the people it is given, and notes who was asked about."""

    people: dict[str, Oppslag]
    printer: Printsertifikat
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        asked = tuple(personer)
        self.asked.append(asked)
        return tuple(self.people[number] for number in asked)
        yield

    def print_certificate(self) -> Flow[Printsertifikat]:
        return self.printer
        yield


@dataclass
class FakeWire:
    """Takes letters in and gives receipts out, unless it is told to fail.

    Attributes:
        failures: what comes of the next sendings, one each; then all are accepted.
        polls: what each look into the queue gives: receipts, or an error; then it is empty.
    """

    moment: Callable[[], datetime]
    failures: list[Callable[[PendingMessage], SdpError]] = field(default_factory=list)
    polls: list[list[Kvittering | SetAside] | SdpError] = field(default_factory=list)
    demands_waits: bool = True
    rests: timedelta = timedelta(minutes=10)
    profile: Profile = Profile.DPI
    sent: list[Forsendelse] = field(default_factory=list)
    repeated: list[bool] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    resent: list[PendingMessage] = field(default_factory=list)
    looks: int = 0
    confirmed: list[Kvittering | SetAside] = field(default_factory=list)
    left: list[Kvittering] = field(default_factory=list)

    def rest(self, queue: ReceiptQueue) -> timedelta:
        return self.rests

    def check(self, forsendelse: Forsendelse) -> None:
        pass

    def send(
        self, forsendelse: Forsendelse, pakke: Package, *, repeated: bool = False
    ) -> Flow[SendResultat]:
        self.sent.append(forsendelse)
        self.repeated.append(repeated)
        self.packages.append(pakke)
        pending = PendingMessage(
            meldings_id=forsendelse.meldings_id,
            konversasjons_id=forsendelse.konversasjons_id,
            message_id=str(forsendelse.meldings_id),
            sent_at=self.moment(),
            package=pakke,
        )
        return self._outcome(pending)
        yield

    def resend(self, pending: PendingMessage) -> Flow[SendResultat]:
        self.resent.append(pending)
        return self._outcome(pending)
        yield

    def receipts(self, queue: ReceiptQueue, *, confirming: bool = True) -> Flow[None]:
        self.looks += 1
        found = self.polls.pop(0) if self.polls else []
        if isinstance(found, SdpError):
            raise found
        for received in found:
            yield Emit(received)
            if confirming and not isinstance(received, SetAside) and received not in self.left:
                self.confirmed.append(received)

    def confirm_with_next(self, received: Kvittering | SetAside) -> bool:
        return False

    def settle(self, kvittering: Kvittering) -> Flow[None]:
        if kvittering not in self.left:
            self.confirmed.append(kvittering)
        return
        yield

    def leave(self, kvittering: Kvittering) -> None:
        self.left.append(kvittering)

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        self.confirmed.append(received)
        return
        yield

    def statuses(self, meldings_id: str) -> Flow[Any]:
        raise NotImplementedError

    def _outcome(self, pending: PendingMessage) -> SendResultat:
        if self.failures:
            raise self.failures.pop(0)(pending)
        return pending.accepted()


def nobody_asks(request: HttpRequest) -> HttpResponse:
    raise AssertionError(f"these operations send nothing, and {request.url} was asked")


@dataclass
class Stage:
    """Operations, what they stand on, and the driver that carries them out."""

    lookup: Lookup
    sending: Sending
    receiving: Receiving
    wire: FakeWire
    register: FakeRegister
    driver: FakeDriver

    @classmethod
    def build(
        cls,
        *,
        signer: Identity,
        trust: TrustStore,
        postkasse: Identity,
        printer: Identity,
        moment: datetime,
        production: bool = False,
        has_register: bool = True,
    ) -> Stage:
        driver = FakeDriver(nobody_asks, moment=moment)
        register = FakeRegister(
            {KARI: registered(postkasse, moment)},
            Printsertifikat(leverandoer=PRINTER, sertifikat=printer.certificate),
        )
        wire = FakeWire(driver.clock)
        environment = Environment(name="test", wire="dpi", production=production)
        parts = Parts(
            environment=environment,
            clock=driver.clock,
            trust=trust,
            signer=signer,
            wire=wire,
            register=register,
            source=register,
            has_register=has_register,
            notice_lint="warn",
            close=lambda: None,
        )
        lookup = Lookup(parts)
        return cls(lookup, Sending(parts, lookup), Receiving(parts), wire, register, driver)

    @contextmanager
    def receipts(self, queue: ReceiptQueue, *, follow: bool = False) -> Iterator[list[Any]]:
        """Drive the queue, and give what was handed out."""
        self.driver.run(self.receiving.receipts(queue, follow=follow))
        yield self.driver.emitted


def registered(postkasse: Identity, moment: datetime, **changes: Any) -> Person:
    """Somebody with a mailbox and fresh addresses."""
    values: dict[str, Any] = {
        "personidentifikator": KARI,
        "status": Status.AKTIV,
        "reservert": False,
        "kan_varsles": True,
        "epost": Kontaktadresse(adresse="kari@example.no", sist_verifisert=moment),
        "digital_post": DigitalPostkasse(postkasseadresse="kari.nordmann#1234", leverandoer=POSTEN),
        "sertifikat": postkasse.certificate,
    }
    return Person(**(values | changes))
