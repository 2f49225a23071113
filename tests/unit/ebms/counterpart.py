"""The other side of the wire in tests: drives exchanges, and answers as the broker does.

The answers are made and signed by the test environment, with libxmlsec and not with our own maker.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from lxml import etree

from sdp.testmiljo.broker import answers
from sdp.testmiljo.mailbox import receipts
from sdp.testmiljo.mailbox.ebms import signed_receipt
from sdp.testmiljo.mailbox.receipts import Kvittering
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators.names import PREFIXES
from sdp.transport.request import HttpRequest, HttpResponse

SOAP = {"content-type": "application/soap+xml; charset=utf-8"}


class Clock:
    """Stands still until it is told to move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Package:
    """A packed dokumentpakke as the wire sees it."""

    content: bytes = field(default=b"\x30\x80 not really CMS \r\n--\r\n\x00\xff" * 100)
    billable_bytes: int = 4711
    closed: bool = False

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha256(self.content).digest()

    @property
    def is_closed(self) -> bool:
        return self.closed

    def chunks(self) -> Iterator[bytes]:
        assert not self.closed
        stream = io.BytesIO(self.content)
        return iter(lambda: stream.read(100), b"")

    def close(self) -> None:
        self.closed = True


def soap(content: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(status, SOAP, content)


def body_of(request: HttpRequest) -> bytes:
    content = b"".join(request.body.chunks())
    assert len(content) == request.body.length
    return content


@dataclass(frozen=True)
class Taken:
    """A request taken apart by the standard library's own parser."""

    envelope: etree._Element
    attachment: bytes | None

    @classmethod
    def apart(cls, request: HttpRequest) -> Taken:
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + body_of(request))
        if not message.is_multipart():
            return cls(etree.fromstring(body_of(request)), None)
        root, package = (part.get_payload(decode=True) for part in message.iter_parts())
        assert isinstance(root, bytes)
        assert isinstance(package, bytes)
        return cls(etree.fromstring(root), package)

    def text(self, path: str) -> str:
        found = self.envelope.findtext(f".//{path}", namespaces=PREFIXES)
        assert found is not None, path
        return found

    def all(self, path: str) -> list[etree._Element]:
        return self.envelope.findall(f".//{path}", PREFIXES)

    def references(self) -> dict[str, etree._Element]:
        found = self.all("wsse:Security/ds:Signature/ds:SignedInfo/ds:Reference")
        return {each.get("URI", ""): each for each in found}

    def payload_references(self) -> list[etree._Element]:
        return [
            each
            for uri, each in self.references().items()
            if uri == "#soapBody" or uri.startswith("cid:")
        ]


@dataclass
class Broker:
    """Answers correctly, unless a test twists what it says."""

    actor: Actor
    clock: Clock
    requests: list[HttpRequest] = field(default_factory=list)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return self.transport_receipt(request)

    def transport_receipt(
        self,
        request: HttpRequest,
        *,
        ref_to: str | None = None,
        change: Callable[[list[etree._Element]], Any] = lambda _: None,
        signer: Actor | None = None,
    ) -> HttpResponse:
        taken = Taken.apart(request)
        references = taken.payload_references()
        change(references)
        answer = answers.transport_receipt(
            ref_to=ref_to or taken.text("eb:MessageId"),
            references=references,
            signer=signer or self.actor,
            moment=self.clock(),
        )
        return soap(answer.content)

    def pulled(self, sbd: bytes, *, signer: Actor | None = None, message_id: str) -> HttpResponse:
        answer = answers.pulled(
            sbd,
            message_id=message_id,
            mpc="urn:normal",
            ref_to="pull-1",
            receiver="991825827",
            signer=signer or self.actor,
            moment=self.clock(),
        )
        return soap(answer.content)

    def empty(self) -> HttpResponse:
        answer = answers.empty_queue(ref_to="pull-1", signer=self.actor, moment=self.clock())
        return soap(answer.content)


KINDS: dict[str, Callable[[], Kvittering]] = {
    "Mottakskvittering": receipts.mottak,
    "Leveringskvittering": receipts.levering,
    "Aapningskvittering": receipts.aapning,
    "VarslingFeiletKvittering": lambda: receipts.varslingfeilet("SMS", "Ugyldig nummer æøå"),
    "Returpostkvittering": receipts.returpost,
    "Feil": lambda: receipts.feil("KLIENT", "Ukjent mottaker"),
}


def receipt(
    sender: Actor,
    moment: datetime,
    content: Kvittering | None = None,
    signer: Actor | None = None,
    konversasjons_id: str = "6d0ec155-b4f7-43c3-908e-211d68c9cf09",
) -> bytes:
    """A receipt as a mailbox sends it."""
    return signed_receipt(
        content or receipts.levering(),
        sender=sender,
        receiver="991825827",
        konversasjons_id=konversasjons_id,
        moment=moment,
        signer=signer,
    )
