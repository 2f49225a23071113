"""Programs and schemas that share no code with ours accept every package we make."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sdp.dokumentpakke import PakketDokumentpakke, Profile, pack
from sdp.dokumentpakke.manifest import build_manifest, read_manifest
from sdp.domain import DigitalForsendelse, Dokument, Dokumentpakke, Lenke
from sdp.pki import Identity
from sdp.testmiljo.ca import Issued, TestCA
from tests import strategies
from tests.conftest import POSTEN
from tests.reference import reference
from tests.schemas import assert_valid
from tests.witness import program

ASIC_CLASSIC = "http://uri.etsi.org/2918/v1.2.1#"


@pytest.fixture(scope="module")
def mailbox(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(POSTEN, "Digipost", moment=moment)


@dataclass(frozen=True)
class Made:
    """A package, its plain form, and both as files."""

    pakke: PakketDokumentpakke
    folder: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        arguments = [program(str(command[0])), *map(str, command[1:])]
        return subprocess.run(
            arguments, cwd=self.folder, capture_output=True, text=True, check=False
        )


@pytest.fixture(params=list(Profile), ids=lambda profile: profile.name)
def made(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    mailbox: Issued,
    avsender_identity: Identity,
    digital_forsendelse: Callable[..., DigitalForsendelse],
    moment: datetime,
) -> Iterator[Made]:
    forsendelse = digital_forsendelse(
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(b"hei " * 5000, filnavn="brev.txt", tittel="Æ & <b>"),
            vedlegg=(
                Dokument.from_bytes(
                    os.urandom(3_000_000),
                    filnavn="et bilde + mer, 100% æøå 🍓.png",
                    tittel="Bilde",
                    metadata=Lenke(url="https://example.no/?a=1&b=2"),
                ),
            ),
        )
    )
    mottaker = forsendelse.mottaker
    postkasse = mottaker.postkasse.model_copy(update={"sertifikat": mailbox.certificate})
    forsendelse = forsendelse.model_copy(
        update={"mottaker": mottaker.model_copy(update={"postkasse": postkasse})}
    )
    with (tmp_path / "plain.asice").open("wb") as plain:
        pakke = pack(
            forsendelse, avsender_identity, moment=moment, profile=request.param, asice=plain
        )
    with (tmp_path / "package.cms").open("wb") as cms:
        pakke.write_to(cms)
    (tmp_path / "key.pem").write_bytes(mailbox.key_pem())
    (tmp_path / "cert.pem").write_bytes(mailbox.certificate.public_bytes(Encoding.PEM))
    yield Made(pakke, tmp_path)
    pakke.close()


def test_openssl_decrypts_to_the_plain_package(made: Made) -> None:
    done = made.run(
        "openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "package.cms",
        "-inkey", "key.pem", "-recip", "cert.pem", "-out", "decrypted.asice",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    decrypted = (made.folder / "decrypted.asice").read_bytes()
    assert decrypted == (made.folder / "plain.asice").read_bytes()


def test_openssl_sees_the_algorithms_of_the_profile(made: Made) -> None:
    said = made.run("openssl", "asn1parse", "-inform", "DER", "-in", "package.cms").stdout
    for expected in ("pkcs7-envelopedData", "rsaesOaep", "mgf1", "aes-256-cbc", "pkcs7-data"):
        assert expected in said
    assert said.count(":sha256") == 2
    assert ":sha1" not in said


def test_the_fingerprint_is_that_of_the_encrypted_bytes(made: Made) -> None:
    content = (made.folder / "package.cms").read_bytes()
    assert hashlib.sha256(content).digest() == made.pakke.fingerprint
    assert len(content) == made.pakke.size
    said = made.run("openssl", "dgst", "-sha256", "-r", "package.cms").stdout
    assert said.split()[0] == made.pakke.fingerprint.hex()


def test_unzip_finds_no_fault(made: Made) -> None:
    done = made.run("unzip", "-tq", "plain.asice")
    assert done.returncode == 0, done.stdout


def test_billable_bytes_are_what_another_reader_counts(made: Made) -> None:
    with zipfile.ZipFile(made.folder / "plain.asice") as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    sizes.pop("mimetype", None)
    assert made.pakke.billable_bytes == sum(sizes.values())


def test_libxmlsec_verifies_the_signature_over_every_file(made: Made) -> None:
    unpacked = made.folder / "unpacked"
    with zipfile.ZipFile(made.folder / "plain.asice") as archive:
        archive.extractall(unpacked)

    def verify() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                program("xmlsec1"), "--verify", "--insecure",
                "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
                "META-INF/signatures.xml",
            ],
            cwd=unpacked, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = verify()
    assert done.returncode == 0, done.stderr
    assert "References (ok/all): 5/5" in done.stderr
    with (unpacked / "brev.txt").open("ab") as file:
        file.write(b"!")
    assert verify().returncode != 0


def test_the_signature_is_valid_by_the_official_schemas(made: Made) -> None:
    with zipfile.ZipFile(made.folder / "plain.asice") as archive:
        signatures = archive.read("META-INF/signatures.xml")
    dpi = Profile.DPI.xades_namespace.encode()
    document = etree.fromstring(signatures.replace(dpi, ASIC_CLASSIC.encode()))
    folder = reference("schemas/xsd")
    schema = etree.XMLSchema(
        etree.fromstring(
            f"""<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">
            <xsd:import namespace="{ASIC_CLASSIC}"
                schemaLocation="{(folder / "asic-e/ts_102918v010201.xsd").as_uri()}"/>
            <xsd:import namespace="http://uri.etsi.org/01903/v1.3.2#"
                schemaLocation="{(folder / "etsi/XAdES.xsd").as_uri()}"/>
            </xsd:schema>"""
        )
    )
    assert_valid(document, schema)


@given(data=st.data())
def test_every_manifest_is_valid_and_reads_back(
    data: st.DataObject, avsender_issued: Issued
) -> None:
    letters = strategies.forsendelser(avsender_issued.certificate, max_vedlegg=3)
    forsendelse = data.draw(letters)
    manifest = build_manifest(forsendelse, Profile.EBMS)
    assert_valid(etree.fromstring(manifest))
    read = read_manifest(manifest)
    assert read.avsender == forsendelse.avsender.organisasjonsnummer
    assert read.avsenderidentifikator == forsendelse.avsender.avsenderidentifikator
    expected = {fil.filnavn: fil.mime_type for fil in forsendelse.dokumentpakke.files()}
    assert read.mime_types() == expected
    titles = [dokument.tittel for dokument in forsendelse.dokumentpakke.dokumenter]
    assert [dokument.tittel for dokument in (read.hoveddokument, *read.vedlegg)] == titles


def test_a_manifest_of_200_attachments_is_valid(
    digital_forsendelse: Callable[..., DigitalForsendelse],
) -> None:
    vedlegg = tuple(
        Dokument.from_bytes(b"x", filnavn=f"vedlegg-{n}.txt", tittel=str(n)) for n in range(200)
    )
    pakke = digital_forsendelse().dokumentpakke.model_copy(update={"vedlegg": vedlegg})
    manifest = build_manifest(digital_forsendelse(dokumentpakke=pakke), Profile.EBMS)
    assert_valid(etree.fromstring(manifest))


def test_no_fodselsnummer_leaves_in_a_package_of_todays_wire(
    digital_forsendelse: Callable[..., DigitalForsendelse],
) -> None:
    forsendelse = digital_forsendelse()
    person = forsendelse.mottaker.personidentifikator.encode()
    assert person in build_manifest(forsendelse, Profile.EBMS)
    assert person not in build_manifest(forsendelse, Profile.DPI)
