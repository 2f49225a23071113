"""A server on the Java side that takes our letters, in the place of broker and recipient."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.client import Client
from sdp.domain import Forsendelse, SendResultat
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.ca import Issued
from sdp.testmiljo.environment import POSTKASSE, PRINTER
from sdp.testmiljo.signing import Actor
from tests.interop.java_witness import JavaWitness
from tests.interop.key_store import PASSWORD, key_store


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire, and what the Java side found in it.

    Attributes:
        found: what it read; empty where it refused.
        error: why it refused.
    """

    method: str
    path: str
    content_type: str
    content_length: str
    body: bytes = field(repr=False)
    found: dict[str, Any]
    error: str | None


@dataclass(frozen=True)
class JavaReceiver:
    """Verifies every request it gets, and answers with a signed receipt or an ebMS error.

    The witness has one at a time: a new one takes the place of the one before.

    Attributes:
        kept: the file that the body of the latest request stands in.
    """

    java: JavaWitness
    miljo: Testmiljo
    port: int
    kept: Path

    @classmethod
    def listen(
        cls,
        java: JavaWitness,
        miljo: Testmiljo,
        folder: Path,
        *,
        broker: Actor | None = None,
        trust: tuple[x509.Certificate, ...] | None = None,
        postkasse: Actor | None = None,
    ) -> JavaReceiver:
        """Start one with the keys of broker, mailbox and printer, or with others in their place."""

        def write(content: bytes) -> str:
            path = folder / str(uuid4())
            path.write_bytes(content)
            return str(path)

        def pkcs12(owner: Actor) -> str:
            return write(key_store(Issued(owner.key, (owner.certificate,))))

        recipients = (
            (POSTKASSE, postkasse or miljo.postkasse.actor),
            (PRINTER, miljo.printer.actor),
        )
        tls = miljo.ca.issue_tls(["localhost"], moment=datetime.now(UTC))
        kept = folder / "request"
        pems = (each.public_bytes(Encoding.PEM) for each in trust or miljo.ca.certificates)
        order = {
            "password": PASSWORD,
            "trust": write(b"".join(pems)),
            "tls": write(key_store(tls)),
            "broker": pkcs12(broker or miljo.broker.actor),
            "recipients": [
                {"organisasjonsnummer": organisasjonsnummer, "pkcs12": pkcs12(actor)}
                for organisasjonsnummer, actor in recipients
            ],
            "keep": str(kept),
        }
        return cls(java, miljo, java.ask("listen", **order)["port"], kept)

    @property
    def url(self) -> str:
        """Its address, as a broker has one."""
        return f"https://localhost:{self.port}/api/"

    @contextmanager
    def client(self, **options: Any) -> Iterator[Client]:
        """Connect a client to it, as if it were the broker."""
        config = self.miljo.client_config()
        changes = {
            "environment": config.environment.model_copy(update={"broker_url": self.url}),
            "maskinporten": None,  # so that no contact register is asked
        }
        with Client(config.model_copy(update=changes), **options) as client:
            yield client

    def send(self, forsendelse: Forsendelse) -> tuple[SendResultat, Received]:
        """Send a letter to it, which it must accept, and whose receipt our client must accept.

        Raises:
            EbmsError: the Java side found fault with the letter; it says why.
            UnknownOutcomeError: our client found fault with the receipt.
        """
        with self.client() as client:
            result = client.send(forsendelse)
        return result, self.received()

    def post(self, received: Received, body: bytes) -> bytes:
        """Send what was received once more, with another body; return the answer."""
        context = ssl.create_default_context(cafile=str(self.miljo.environment().tls_ca))
        connection = http.client.HTTPSConnection("localhost", self.port, context=context)
        try:
            headers = {"Content-Type": received.content_type}
            connection.request("POST", received.path, body, headers)
            return connection.getresponse().read()
        finally:
            connection.close()

    def received(self) -> Received:
        """Tell of the latest request."""
        told = self.java.ask("received")
        return Received(
            told["method"],
            told["path"],
            told["content_type"],
            told["content_length"],
            self.kept.read_bytes(),
            told.get("found", {}),
            told.get("error"),
        )
