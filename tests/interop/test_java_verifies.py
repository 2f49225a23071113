"""Java libraries that others receive letters with, verify what we send, to the last digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.domain import Dokumentpakke
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.ca import Issued
from sdp.testmiljo.environment import AVSENDER
from tests.e2e.client.conftest import Letters
from tests.interop.java_witness import JavaRefusedError, JavaWitness
from tests.interop.letters import VARIANTS, Variant
from tests.interop.posting import PASSWORD, Posted, post, verify

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

RSAES_OAEP = "1.2.840.113549.1.1.7"
SHA256 = "2.16.840.1.101.3.4.2.1"
AES256_CBC = "2.16.840.1.101.3.4.1.42"


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture(scope="module")
def posted(miljo: Testmiljo) -> Posted:
    return post(miljo, Letters(miljo).digital())


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_kind_of_letter_is_verified_and_read(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path, variant: Variant
) -> None:
    sent = post(miljo, variant.write(Letters(miljo)))

    found = verify(java, miljo, tmp_path, sent)

    assert found["signed"] == ["Body", "Messaging", "Timestamp"]
    assert _hex_orgnr(AVSENDER) in found["signer"]
    assert found["mpc"] == variant.mpc
    assert _in_order(variant.texts, found["texts"])
    assert found["attachment_type"] == "application/cms"
    assert (found["key_algorithm"], found["key_digest"]) == (RSAES_OAEP, SHA256)
    assert found["content_algorithm"] == AES256_CBC
    assert _files(found) == _expected(sent.forsendelse.dokumentpakke)


_SENSITIVE = {
    "the title": (b"Brev fra Testetaten", b"Brev fra Testetater"),
    "the queue": (b'mpc="urn:normal"', b'mpc="urn:normam"'),
    "the timestamp": (b"<wsu:Expires>2", b"<wsu:Expires>3"),
    "the envelope's signature": (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
}


@pytest.mark.parametrize(("before", "after"), _SENSITIVE.values(), ids=_SENSITIVE)
def test_the_java_side_notices_that_the_envelope_was_changed(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path, posted: Posted, before: bytes, after: bytes
) -> None:
    assert before in posted.body
    changed = replace(posted, body=posted.body.replace(before, after, 1))

    with pytest.raises(JavaRefusedError, match="WSSecurityException"):
        verify(java, miljo, tmp_path, changed)


def test_the_java_side_notices_that_the_package_was_changed(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path, posted: Posted
) -> None:
    start = posted.body.index(b"application/cms\r\n") + 1000
    body = bytearray(posted.body)
    body[start] ^= 1

    with pytest.raises(JavaRefusedError, match="WSSecurityException"):
        verify(java, miljo, tmp_path, replace(posted, body=bytes(body)))


def test_the_java_side_trusts_no_other_ca(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path, posted: Posted
) -> None:
    other = miljo.stranger.certificate.public_bytes(Encoding.PEM)
    (tmp_path / "other.pem").write_bytes(other)

    with pytest.raises(JavaRefusedError, match="certificate"):
        verify(java, miljo, tmp_path, posted, trust=str(tmp_path / "other.pem"))


def test_the_java_side_reads_no_letter_to_somebody_else(
    java: JavaWitness, miljo: Testmiljo, tmp_path: Path, posted: Posted
) -> None:
    printer = miljo.printer.actor
    key = Issued(printer.key, (printer.certificate,)).pkcs12(PASSWORD)
    (tmp_path / "printer.p12").write_bytes(key)

    with pytest.raises(JavaRefusedError, match="not encrypted to this recipient"):
        verify(java, miljo, tmp_path, posted, pkcs12=str(tmp_path / "printer.p12"))


def _hex_orgnr(organisasjonsnummer: str) -> str:
    return f"NTRNO-{organisasjonsnummer}".encode().hex()


def _in_order(wanted: tuple[tuple[str, str], ...], found: list[list[str]]) -> bool:
    rest = iter(found)
    return all(list(pair) in rest for pair in wanted)


def _files(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        file["name"]: (file["type"], file["sha256"])
        for file in found["files"]
        if file["name"] != "manifest.xml"
    }


def _expected(dokumentpakke: Dokumentpakke) -> dict[str, tuple[str, str]]:
    files = {}
    for fil in dokumentpakke.files():
        with fil.kilde.open() as content:
            digest = hashlib.sha256(content.read()).hexdigest()
        files[fil.filnavn] = (fil.mime_type, digest)
    return files
