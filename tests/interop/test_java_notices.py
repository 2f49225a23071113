"""The Java side looks at document and package by themselves, and notices what is wrong there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from sdp.dokumentpakke import pack
from sdp.domain import DigitalForsendelse
from sdp.pki import Identity
from sdp.testmiljo import Testmiljo
from tests.e2e.client.conftest import Letters
from tests.interop.java_witness import JavaRefusedError, JavaWitness
from tests.interop.receiver import JavaReceiver

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

SIGNATURES = "META-INF/signatures.xml"


@pytest.fixture(scope="module")
def sbd(java: JavaWitness, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The document inside a message, cut out of the bytes that came over the wire."""
    with Testmiljo.start() as miljo:
        receiver = JavaReceiver.listen(java, miljo, tmp_path_factory.mktemp("receiver"))
        _, received = receiver.send(Letters(miljo).digital())
    body = received.body
    end = b"</sbd:StandardBusinessDocument>"
    return body[body.index(b"<sbd:StandardBusinessDocument ") : body.index(end) + len(end)]


@pytest.fixture
def asice(
    digital_forsendelse: Callable[..., DigitalForsendelse],
    avsender_identity: Identity,
    moment: datetime,
) -> dict[str, bytes]:
    """The files of a package, by name."""
    plain = io.BytesIO()
    with pack(digital_forsendelse(), avsender_identity, moment=moment, asice=plain):
        pass
    with zipfile.ZipFile(plain) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(files: dict[str, bytes], folder: Path) -> str:
    path = folder / "package.asice"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)


def test_a_document_is_verified_by_itself(java: JavaWitness, tmp_path: Path, sbd: bytes) -> None:
    (tmp_path / "sbd.xml").write_bytes(sbd)

    found = java.ask("verify_sbd", file=str(tmp_path / "sbd.xml"))

    assert ["ikkeSensitivTittel", "Brev fra Testetaten"] in found["texts"]


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (b"Brev fra Testetaten", b"Brev fra andre", "the XML signature is broken"),
        (b"<sdp:aapningskvittering>false", b"<sdp:aapningskvittering>nei", "breaks its schema"),
    ],
    ids=["title", "schema"],
)
def test_a_changed_document_is_noticed(
    java: JavaWitness, tmp_path: Path, sbd: bytes, before: bytes, after: bytes, complaint: str
) -> None:
    assert before in sbd
    (tmp_path / "sbd.xml").write_bytes(sbd.replace(before, after))

    with pytest.raises(JavaRefusedError, match=complaint):
        java.ask("verify_sbd", file=str(tmp_path / "sbd.xml"))


def test_a_package_is_verified_by_itself(
    java: JavaWitness, tmp_path: Path, asice: dict[str, bytes]
) -> None:
    found = java.ask("verify_package", file=_zipped(asice, tmp_path))

    assert {file["name"] for file in found["files"]} == {"brev.pdf", "manifest.xml"}


@pytest.mark.parametrize(
    ("name", "before", "after", "complaint"),
    [
        ("brev.pdf", b"%PDF", b"%PDG", "the XML signature is broken"),
        ("manifest.xml", b"Vedtak", b"Vedtok", "the XML signature is broken"),
        (SIGNATURES, b"application/pdf", b"application/pdg", "the XML signature is broken"),
        (SIGNATURES, b"<SigningTime>2", b"<SigningTime>3", "the XML signature is broken"),
        (SIGNATURES, b"<SigningTime>2", b"<SigningTime>x2", "signatures.xml breaks its schema"),
    ],
    ids=["document", "manifest", "kind", "time", "schema"],
)
def test_a_changed_package_is_noticed(
    java: JavaWitness,
    tmp_path: Path,
    asice: dict[str, bytes],
    name: str,
    before: bytes,
    after: bytes,
    complaint: str,
) -> None:
    assert before in asice[name]
    asice[name] = asice[name].replace(before, after, 1)

    with pytest.raises(JavaRefusedError, match=complaint):
        java.ask("verify_package", file=_zipped(asice, tmp_path))


def test_a_file_that_is_not_signed_is_noticed(
    java: JavaWitness, tmp_path: Path, asice: dict[str, bytes]
) -> None:
    with pytest.raises(JavaRefusedError, match=r"ekstra\.txt is in the package and not signed"):
        java.ask("verify_package", file=_zipped(asice | {"ekstra.txt": b"!"}, tmp_path))
