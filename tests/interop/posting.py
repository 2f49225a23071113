"""Sends letters to the test environment, and has the Java side look at what went out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from sdp._http.exchange import HttpRequest
from sdp.client import Client
from sdp.domain import Forsendelse, FysiskForsendelse
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.ca import Issued
from tests.interop.java_witness import JavaWitness

PASSWORD = "interop"


@dataclass(frozen=True)
class Posted:
    """One message as it went out, and what kind of letter it was."""

    forsendelse: Forsendelse
    content_type: str
    body: bytes


def post(miljo: Testmiljo, forsendelse: Forsendelse) -> Posted:
    """Send a letter, and keep the request that carried it."""
    sent: list[tuple[str, bytes]] = []

    def keep(request: HttpRequest) -> None:
        if request.url.startswith(miljo.url):
            sent.append((request.headers["Content-Type"], b"".join(request.body.chunks())))

    with Client(miljo.client_config(), on_request=keep) as client:
        client.send(forsendelse)
    ((content_type, body),) = sent
    return Posted(forsendelse, content_type, body)


def verify(
    java: JavaWitness, miljo: Testmiljo, folder: Path, posted: Posted, **changes: Any
) -> dict[str, Any]:
    """Have the Java side check a message with the key of whoever it is for.

    Raises:
        JavaRefusedError: it found fault.
    """
    return java.ask("verify", **(_order(miljo, folder, posted) | changes))


def _order(miljo: Testmiljo, folder: Path, posted: Posted) -> dict[str, Any]:
    printed = isinstance(posted.forsendelse, FysiskForsendelse)
    actor = miljo.printer.actor if printed else miljo.postkasse.actor
    (folder / "body").write_bytes(posted.body)
    (folder / "key.p12").write_bytes(Issued(actor.key, (actor.certificate,)).pkcs12(PASSWORD))
    pems = (found.public_bytes(Encoding.PEM) for found in miljo.ca.certificates)
    (folder / "trust.pem").write_bytes(b"".join(pems))
    dokumenter = posted.forsendelse.dokumentpakke.dokumenter
    return {
        "content_type": posted.content_type,
        "body": str(folder / "body"),
        "trust": str(folder / "trust.pem"),
        "pkcs12": str(folder / "key.p12"),
        "password": PASSWORD,
        "metadata": [found.metadata_filnavn for found in dokumenter if found.metadata],
    }
