"""Java libraries that others receive with take what we send off the wire, to the last digest.

The Java side stands in the place of broker and recipient together: our client connects to it over
TLS, and has to accept what it answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sdp.domain import Dokumentpakke, Forsendelse
from sdp.errors import EbmsError, Fault, Retry, UnknownOutcomeError
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import AVSENDER
from tests.e2e.client.conftest import Letters
from tests.interop.java_witness import JavaWitness
from tests.interop.letters import VARIANTS, Variant, drawn
from tests.interop.receiver import JavaReceiver, Received

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

RSAES_OAEP = "1.2.840.113549.1.1.7"
SHA256 = "2.16.840.1.101.3.4.2.1"
AES256_CBC = "2.16.840.1.101.3.4.1.42"


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def receiver(java: JavaWitness, miljo: Testmiljo, tmp_path: Path) -> JavaReceiver:
    return JavaReceiver.listen(java, miljo, tmp_path)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_kind_of_letter_is_verified_read_and_acknowledged(
    receiver: JavaReceiver, miljo: Testmiljo, variant: Variant
) -> None:
    letter = variant.write(Letters(miljo))

    found = _sent(receiver, letter)

    assert found["mpc"] == variant.mpc
    assert _in_order(variant.texts, found["texts"])
    for filnavn, texts in variant.metadata.items():
        assert [tuple(pair) for pair in found["metadata"][filnavn]] == list(texts)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # to shrink a letter takes minutes
    suppress_health_check=list(HealthCheck),
)
@given(draw=drawn())
def test_letters_drawn_from_the_whole_domain_are_verified_read_and_acknowledged(
    receiver: JavaReceiver, miljo: Testmiljo, draw: Any
) -> None:
    _sent(receiver, draw(Letters(miljo)))


def _sent(receiver: JavaReceiver, letter: Forsendelse) -> dict[str, Any]:
    result, received = receiver.send(letter)

    assert result.meldings_id == str(letter.meldings_id)
    assert not result.already_received
    avsender = letter.avsender.organisasjonsnummer
    assert (received.method, received.path) == ("POST", f"/api/9908:{AVSENDER}/9908:{avsender}")
    assert received.content_length == str(len(received.body))
    found = received.found
    assert found["signed"] == ["Body", "Messaging", "Timestamp"]
    assert f"NTRNO-{AVSENDER}".encode().hex() in found["signer"]
    assert found["attachment_type"] == "application/cms"
    assert (found["key_algorithm"], found["key_digest"]) == (RSAES_OAEP, SHA256)
    assert found["content_algorithm"] == AES256_CBC
    assert _files(found) == _expected_files(letter.dokumentpakke)
    assert found["documents"] == _expected_documents(letter.dokumentpakke)
    return found


@pytest.fixture
def received(receiver: JavaReceiver, miljo: Testmiljo) -> Received:
    _, received = receiver.send(Letters(miljo).digital())
    return received


_SENSITIVE = {
    "the title": (b"Brev fra Testetaten", b"Brev fra Testetater"),
    "the queue": (b'mpc="urn:normal"', b'mpc="urn:normam"'),
    "the timestamp": (b"<wsu:Expires>2", b"<wsu:Expires>3"),
    "the envelope's signature": (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
}


@pytest.mark.parametrize(("before", "after"), _SENSITIVE.values(), ids=_SENSITIVE)
def test_the_java_side_notices_that_the_envelope_was_changed(
    receiver: JavaReceiver, received: Received, before: bytes, after: bytes
) -> None:
    assert before in received.body

    answer = receiver.post(received, received.body.replace(before, after, 1))

    assert b"EBMS:0101" in answer
    assert "WSSecurityException" in str(receiver.received().error)


def test_the_java_side_notices_that_the_package_was_changed(
    receiver: JavaReceiver, received: Received
) -> None:
    body = bytearray(received.body)
    body[body.index(b"application/cms\r\n") + 1000] ^= 1

    answer = receiver.post(received, bytes(body))

    assert b"EBMS:0101" in answer
    assert "WSSecurityException" in str(receiver.received().error)


def test_the_same_bytes_sent_again_are_verified_again(
    receiver: JavaReceiver, received: Received
) -> None:
    """So that it is the change, and not the way it is sent, that is refused above."""
    assert b"NonRepudiationInformation" in receiver.post(received, received.body)


def test_a_refusal_for_the_senders_certificate_is_told_as_our_fault(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path
) -> None:
    other = (miljo.stranger.certificate,)
    receiver = JavaReceiver.listen(java, miljo, tmp_path, trust=other)

    with pytest.raises(EbmsError) as caught:
        receiver.send(Letters(miljo).digital())

    assert "certificate" in caught.value.description
    assert (caught.value.code, caught.value.severity) == ("EBMS:0101", "failure")
    assert (caught.value.fault, caught.value.retry) == (Fault.CLIENT, Retry.NEVER)
    assert _names_the_message(caught.value, receiver.received())


def test_a_refusal_for_a_clock_that_is_wrong_is_told_as_our_fault(
    receiver: JavaReceiver, miljo: Testmiljo
) -> None:
    def minutes_ago() -> datetime:
        return datetime.now(UTC) - timedelta(minutes=7)

    with receiver.client(clock=minutes_ago) as client, pytest.raises(EbmsError) as caught:
        client.send(Letters(miljo).digital())

    assert caught.value.code == "EBMS:0101"
    assert "timestamp has expired" in caught.value.description


def test_a_refusal_for_a_package_to_somebody_else_is_told_as_our_fault(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path
) -> None:
    receiver = JavaReceiver.listen(java, miljo, tmp_path, postkasse=miljo.printer.actor)

    with pytest.raises(EbmsError) as caught:
        receiver.send(Letters(miljo).digital())

    assert "not encrypted to this recipient" in caught.value.description
    assert (caught.value.code, caught.value.fault) == ("EBMS:0103", Fault.CLIENT)


def test_a_receipt_signed_by_a_stranger_settles_nothing(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path
) -> None:
    receiver = JavaReceiver.listen(java, miljo, tmp_path, broker=miljo.stranger)

    with pytest.raises(UnknownOutcomeError):
        receiver.send(Letters(miljo).digital())

    assert receiver.received().error is None


def _names_the_message(error: EbmsError, received: Received) -> bool:
    (message_id,) = re.findall(rb"<eb:MessageId>(.*?)</eb:MessageId>", received.body)
    return bool(error.ref_to_message == message_id.decode())


def _in_order(wanted: tuple[tuple[str, str], ...], found: list[list[str]]) -> bool:
    rest = iter(found)
    return all(list(pair) in rest for pair in wanted)


def _files(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        file["name"]: (file["type"], file["sha256"])
        for file in found["files"]
        if file["name"] != "manifest.xml"
    }


def _expected_files(dokumentpakke: Dokumentpakke) -> dict[str, tuple[str, str]]:
    files = {}
    for fil in dokumentpakke.files():
        with fil.kilde.open() as content:
            digest = hashlib.sha256(content.read()).hexdigest()
        files[fil.filnavn] = (fil.mime_type, digest)
    return files


def _expected_documents(dokumentpakke: Dokumentpakke) -> list[dict[str, str]]:
    documents = []
    for each in dokumentpakke.dokumenter:
        expected = {"name": each.filnavn, "type": each.mime_type}
        if each.tittel is not None:
            expected |= {"title": each.tittel, "language": each.spraakkode}
        if each.metadata is not None:
            expected |= {"metadata": str(each.metadata_filnavn)}
            expected |= {"metadata_type": each.metadata.mime_type}
        documents.append(expected)
    return documents
