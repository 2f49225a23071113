"""Packages that Difi's Java client makes are opened by our reader."""

from __future__ import annotations

import email
import io
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from sdp.dokumentpakke import open_pakke
from sdp.pki import Identity
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.broker.answers import Answer
from sdp.testmiljo.broker.broker import Broker
from tests.documents import pdf
from tests.interop.java_client import JavaClient
from tests.interop.java_witness import JavaWitness

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

NAMES = ("vedlegg én.txt", "a+b~(c)'!*&%41.txt", "Ærlig talt 🍓.txt")


@pytest.fixture
def package(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """What the Java client sent, still encrypted, cut out by the standard library."""
    taken: list[tuple[str, bytes]] = []
    accept = Broker.accept_letter

    def watch(broker: Broker, who: str, whom: str, kind: str, body: bytes, **kw: Any) -> Answer:
        taken.append((kind, bytes(body)))
        return accept(broker, who, whom, kind, body, **kw)

    monkeypatch.setattr(Broker, "accept_letter", watch)
    client = JavaClient.connect(java, miljo, tmp_path)
    vedlegg = [client.dokument(name, name.encode(), "text/plain") for name in NAMES]
    hoveddokument = client.dokument("brev.pdf", pdf(), "application/pdf")
    client.send(client.digital(dokumenter=[hoveddokument, *vedlegg]))
    ((kind, body),) = taken
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return _attachment(message)


def _attachment(message: Message) -> bytes:
    parts = message.get_payload()
    assert isinstance(parts, list)
    (_, attachment) = parts
    assert isinstance(attachment, Message)
    content = attachment.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def test_it_is_opened_whatever_its_files_are_called(miljo: Testmiljo, package: bytes) -> None:
    actor = miljo.postkasse.actor
    moment = datetime.now(UTC)
    key = Identity(actor.key, (actor.certificate, *miljo.ca.certificates), moment=moment)

    with open_pakke(io.BytesIO(package), key, trust=miljo.ca.trust, moment=moment) as opened:
        assert opened.is_trusted
        assert opened.read("brev.pdf") == pdf()
        for name in NAMES:
            assert opened.read(name) == name.encode()
