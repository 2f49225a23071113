"""The European Commission's DSS validates the signature of our packages, on either wire."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.dokumentpakke import Profile, pack
from sdp.domain import DigitalForsendelse, Dokument, Dokumentpakke, Lenke
from sdp.pki import Identity
from sdp.testmiljo.ca import TestCA
from tests.documents import pdf
from tests.interop.java_witness import JavaWitness
from tests.reference import reference

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries


# The test CA publishes nothing about revocation, so that the chain stays inconclusive.
NO_REVOCATION = {"BBB_XCV_SUB_ANS", "BBB_XCV_IRDPFC_ANS"}
NO_ASIC_MANIFEST = "BBB_FC_IMFP_ASICE_ANS"
SHA1_NAMES_CERTIFICATE = "ASCCM_AR_ANS_ANR"

MakePackage = Callable[[Profile], bytes]


@pytest.fixture
def make_package(
    digital_forsendelse: Callable[..., DigitalForsendelse],
    avsender_identity: Identity,
    moment: datetime,
) -> MakePackage:
    pakke = Dokumentpakke(
        hoveddokument=Dokument.from_bytes(
            pdf(), filnavn="brev.pdf", tittel="Vedtak", metadata=Lenke(url="https://example.com/")
        ),
        vedlegg=(Dokument.from_bytes(b"Hei", filnavn="vedlegg æøå + 1.txt"),),
    )
    forsendelse = digital_forsendelse(dokumentpakke=pakke)

    def make(profile: Profile) -> bytes:
        plain = io.BytesIO()
        with pack(forsendelse, avsender_identity, moment=moment, profile=profile, asice=plain):
            return plain.getvalue()

    return make


def _validated(dss: JavaWitness, ca: TestCA, package: bytes, folder: Path) -> dict[str, Any]:
    (folder / "package.asice").write_bytes(package)
    pems = (found.public_bytes(Encoding.PEM) for found in ca.certificates)
    (folder / "trust.pem").write_bytes(b"".join(pems))
    return dss.ask("validate", file=str(folder / "package.asice"), trust=str(folder / "trust.pem"))


def _keys(messages: list[str]) -> set[str]:
    return {message.partition(":")[0] for message in messages}


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name)
def test_a_baseline_signature_holds_over_every_file(
    dss: JavaWitness, ca: TestCA, make_package: MakePackage, tmp_path: Path, profile: Profile
) -> None:
    found = _validated(dss, ca, make_package(profile), tmp_path)

    assert found["container"] == "ASiC-E"
    (signature,) = found["signatures"]
    assert signature["format"] == "XAdES-BASELINE-B"
    assert (signature["structure"], signature["structure_messages"]) == (True, [])
    assert (signature["intact"], signature["valid"], signature["trusted"]) == (True, True, True)
    assert set(signature["files"]) == {
        "manifest.xml",
        "brev.pdf",
        "brev.pdf.lenke.xml",
        "vedlegg æøå + 1.txt",
    }


def test_a_package_for_todays_wire_is_in_order(
    dss: JavaWitness, ca: TestCA, make_package: MakePackage, tmp_path: Path
) -> None:
    found = _validated(dss, ca, make_package(Profile.DPI), tmp_path)

    (signature,) = found["signatures"]
    assert found["mimetype_present"]
    assert signature["indication"] == "INDETERMINATE"
    assert _keys(signature["errors"]) == NO_REVOCATION


def test_a_package_for_the_classic_wire_lacks_only_what_its_profile_leaves_out(
    dss: JavaWitness, ca: TestCA, make_package: MakePackage, tmp_path: Path
) -> None:
    found = _validated(dss, ca, make_package(Profile.CLASSIC), tmp_path)

    (signature,) = found["signatures"]
    assert not found["mimetype_present"]
    assert _keys(signature["errors"]) == {NO_ASIC_MANIFEST, *NO_REVOCATION}


def test_a_recorded_package_lacks_the_same(dss: JavaWitness, ca: TestCA, tmp_path: Path) -> None:
    recorded = reference("examples/dokumentpakke/post.asice").read_bytes()

    found = _validated(dss, ca, recorded, tmp_path)

    (signature,) = found["signatures"]
    assert not found["mimetype_present"]
    assert signature["format"] == "XAdES-BASELINE-B"
    assert NO_ASIC_MANIFEST in _keys(signature["errors"])
    assert SHA1_NAMES_CERTIFICATE in _keys(signature["errors"] + signature["warnings"])


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name)
def test_a_changed_document_is_noticed(
    dss: JavaWitness, ca: TestCA, make_package: MakePackage, tmp_path: Path, profile: Profile
) -> None:
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(make_package(profile))) as made,
        zipfile.ZipFile(changed, "w") as archive,
    ):
        for info in made.infolist():
            content = made.read(info)
            archive.writestr(info, b"Hallo" if content == b"Hei" else content)

    found = _validated(dss, ca, changed.getvalue(), tmp_path)

    (signature,) = found["signatures"]
    assert not signature["valid"]
    assert signature["indication"] == "TOTAL_FAILED"
