"""The European Commission's DSS validates the signature of our packages, on either wire."""

from __future__ import annotations

import io
import re
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


# What DSS remarks. Each is explained in docs/interop.md, by its key.
NO_ASIC_MANIFEST = "BBB_FC_IMFP_ASICE_ANS"
SHA1_NAMES_CERTIFICATE = "ASCCM_AR_ANS_ANR"
SO_CRYPTOGRAPHY_IS_WEAK = "ACCM_ANS"
NO_NON_REPUDIATION = "BBB_XCV_ISCGKU_ANS"
NO_AUTHORITY_ACCESS = "BBB_XCV_AIA_PRES_ANS"
NO_REVOCATION_ACCESS = "BBB_XCV_REVOC_PRES_ANS"
NO_REVOCATION_DATA = "BBB_XCV_IRDPFC_ANS"
CHAIN_INCONCLUSIVE = "BBB_XCV_SUB_ANS"
CHAIN_UNKNOWN = "BBB_XCV_CCCBB_SIG_ANS"

TEST_CERTIFICATE_ERRORS = {NO_REVOCATION_DATA, CHAIN_INCONCLUSIVE}
WARNINGS = {
    SHA1_NAMES_CERTIFICATE,
    SO_CRYPTOGRAPHY_IS_WEAK,
    NO_NON_REPUDIATION,
    NO_AUTHORITY_ACCESS,
    NO_REVOCATION_ACCESS,
}
ERRORS = {
    Profile.EBMS: {NO_ASIC_MANIFEST, *TEST_CERTIFICATE_ERRORS},
    Profile.DPI: TEST_CERTIFICATE_ERRORS,
}
RECORDED = {NO_ASIC_MANIFEST, CHAIN_UNKNOWN, SO_CRYPTOGRAPHY_IS_WEAK}

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


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name)
def test_it_remarks_on_what_the_profile_demands_and_the_test_certificates_lack_and_nothing_else(
    dss: JavaWitness, ca: TestCA, make_package: MakePackage, tmp_path: Path, profile: Profile
) -> None:
    found = _validated(dss, ca, make_package(profile), tmp_path)

    (signature,) = found["signatures"]
    assert found["mimetype_present"] is (profile is Profile.DPI)
    assert signature["indication"] == (
        "INDETERMINATE" if profile is Profile.DPI else "TOTAL_FAILED"
    )
    assert _keys(signature["errors"]) == ERRORS[profile]
    assert _keys(signature["warnings"]) == WARNINGS


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name)
def test_sha1_points_out_the_certificate_and_nothing_else(
    dss: JavaWitness, ca: TestCA, make_package: MakePackage, tmp_path: Path, profile: Profile
) -> None:
    found = _validated(dss, ca, make_package(profile), tmp_path)

    (signature,) = found["signatures"]
    assert signature["certificate_digest"] == "SHA1"
    remarks = [each for each in signature["warnings"] if "SHA1" in each]
    assert {each.partition(": ")[2] for each in remarks} == {
        "The algorithm SHA1 is no longer considered reliable for signing certificate reference!"
    }


def test_a_recorded_package_lacks_the_same(dss: JavaWitness, ca: TestCA, tmp_path: Path) -> None:
    recorded = reference("examples/dokumentpakke/post.asice").read_bytes()

    found = _validated(dss, ca, recorded, tmp_path)

    (signature,) = found["signatures"]
    assert not found["mimetype_present"]
    assert (signature["format"], signature["certificate_digest"]) == ("XAdES-BASELINE-B", "SHA1")
    assert _keys(signature["errors"] + signature["warnings"]) == RECORDED


def test_each_remark_is_explained_in_the_document_and_each_explained_remark_is_made() -> None:
    text = (Path(__file__).parents[2] / "docs" / "interop.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"## What DSS remarks\n(.*?)\n## ", text, re.DOTALL)

    explained = set(re.findall(r"`([A-Z0-9]+(?:_[A-Z0-9]+)+)`", section))
    assert explained == WARNINGS | ERRORS[Profile.EBMS] | ERRORS[Profile.DPI] | RECORDED


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
