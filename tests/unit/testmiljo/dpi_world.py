"""An access point with mailbox and printer behind it, reached without HTTP."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from sdp.testmiljo.access_point.access_point import Aksesspunkt
from sdp.testmiljo.access_point.requests import ListQuestion
from sdp.testmiljo.mailbox.dpi import DpiPostkasse, DpiPrinter, DpiWire
from sdp.testmiljo.maskinporten import Maskinporten
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators.certificates import Trust
from sdp.testmiljo.validators.rejection import HttpRejection
from sdp.testmiljo.world.letters import LetterStore
from sdp.testmiljo.world.receipts import Innboks
from tests.unit.testmiljo.dpi_packer import DpiPackage, print_package
from tests.unit.testmiljo.dpi_sender import CLIENT_ID, SCOPE, DpiSender, ask_for_token, nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.testmiljo.access_point.requests import Caller
    from sdp.testmiljo.ca import Issued, TestCA
    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.receipts import Innmelding
    from tests.unit.testmiljo.dpi_sender import Json

AVSENDER = "991825827"
ANNEN_AVSENDER = "889640782"
MAILBOX = "922020175"


class World:
    """One access point, and the sender that is registered with Maskinporten."""

    def __init__(self, ca: TestCA, sender: Issued, receiver: Issued, moment: datetime) -> None:
        self.now, self.issued = moment, sender
        trust = Trust(ca.certificates)
        self.maskinporten = Maskinporten(trust, lambda: self.now)
        self.maskinporten.issuer = "https://maskinporten.example/"
        self.maskinporten.register(CLIENT_ID, AVSENDER, (SCOPE, "krr:global/digitalpost.read"))
        self.maskinporten.delegate(consumer=ANNEN_AVSENDER, supplier=AVSENDER)
        self.letters, innboks = LetterStore(), Innboks()
        actor = Actor(MAILBOX, receiver.certificate, receiver.key)
        wire = DpiWire(innboks, trust)
        self.postkasse = DpiPostkasse(actor, wire, letters=self.letters, clock=lambda: self.now)
        self.printer = DpiPrinter(actor, wire, letters=self.letters, clock=lambda: self.now)
        self.aksesspunkt = Aksesspunkt(
            self.postkasse,
            self.printer,
            innboks=innboks,
            tokens=self.maskinporten,
            trust=trust,
            clock=lambda: self.now,
        )

    def token(self, **claims: str) -> str:
        return ask_for_token(self.maskinporten, self.issued, self.now, **claims)

    def caller(self, token: str | None = None, **claims: str) -> Caller:
        return self.aksesspunkt.authorize(f"Bearer {token or self.token(**claims)}")

    def sender(self, **changes: Any) -> DpiSender:
        return DpiSender(self.issued, self.now, **changes)

    def packed(self, package: DpiPackage | None = None) -> bytes:
        package = package or DpiPackage()
        return package.pack(self.issued, self.postkasse.actor.certificate, self.now)

    def send(
        self,
        sender: DpiSender | None = None,
        *,
        package: bytes | None = None,
        spoil: Callable[[Json], None] = nothing,
        token: str | None = None,
        kanal: str | None = None,
    ) -> DpiSender:
        """Send a letter: a good one, but for what is given."""
        sender = sender or self.sender()
        token = self.token() if token is None else token
        if package is None:
            package = self.packed(print_package() if sender.kind == "utskrift" else None)
        content_type, body = sender.letter(package, token, spoil)
        self.aksesspunkt.accept_letter(self.caller(token), kanal, content_type, body)
        return sender

    def refused(self, **send: Any) -> HttpRejection:
        """Send a letter that must be refused, and leave no trace."""
        with pytest.raises(HttpRejection) as caught:
            self.send(**send)
        assert self.letters.all == ()
        assert self.receipts() == []
        return caught.value

    def listed(self, token: str | None = None, **query: str) -> list[Innmelding]:
        return list(self.aksesspunkt.listed(self.caller(token), ListQuestion.read(query)))

    def receipts(self) -> list[str]:
        """The kind of each receipt that waits, and what a feil says."""
        return [_kind(payload(message.jws)) for message in self.aksesspunkt.waiting_receipts]

    def letter(self) -> Letter:
        (letter,) = self.letters.all
        return letter


def payload(jws: str) -> Json:
    """What a message says; nothing is checked."""
    part = jws.split(".")[1]
    document: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return document


def _kind(document: Json) -> str:
    content = document["standardBusinessDocument"]
    (kind,) = content.keys() - {"standardBusinessDocumentHeader"}
    return f"feil: {content[kind]['detaljer']}" if kind == "feil" else kind
