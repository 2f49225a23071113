"""Packages that others made open, and verify at their own date."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import UTC, datetime

import pytest

from sdp.dokumentpakke import open_pakke, read_asice
from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Identity, TrustStore, organisasjonsnummer
from tests.reference import reference

DIGDIR = "991825827"


@pytest.fixture
def test_trust() -> TrustStore:
    return TrustStore.from_path(reference("certs/test"))


def test_the_ebms_package_verifies_at_its_own_date(test_trust: TrustStore) -> None:
    moment = datetime(2014, 8, 26, 11, tzinfo=UTC)
    with (
        reference("examples/dokumentpakke/post.asice").open("rb") as asice,
        read_asice(asice, trust=test_trust, moment=moment) as pakke,
    ):
        assert pakke.is_trusted
        assert len(pakke.chain) == 3
        assert organisasjonsnummer(pakke.signer) == DIGDIR
        assert pakke.manifest.avsender == DIGDIR
        assert pakke.signing_time == datetime(2014, 8, 26, 10, 53, 5, 260_000, tzinfo=UTC)
        assert pakke.filer[0].filnavn == "hoveddokument.txt"
        assert len(pakke.filer) == 6
        for fil in pakke.filer:
            assert hashlib.sha256(pakke.read(fil.filnavn)).digest() == fil.sha256


def test_the_ebms_package_is_of_an_expired_signer_today(test_trust: TrustStore) -> None:
    with (
        reference("examples/dokumentpakke/post.asice").open("rb") as asice,
        pytest.raises(CertificateError) as refusal,
    ):
        read_asice(asice, trust=test_trust, moment=datetime.now(UTC))
    assert refusal.value.problem is CertificateProblem.EXPIRED


# The key that Digdir published with its examples has a certificate that is not of the profile.
@pytest.mark.filterwarnings("ignore:Parsed a serial number", "ignore:Attribute's length must be")
@pytest.mark.parametrize("kind", ["digital", "utskrift"])
def test_the_packages_of_todays_wire_decrypt_and_verify(kind: str, test_trust: TrustStore) -> None:
    moment = datetime(2022, 4, 1, tzinfo=UTC)
    identity = Identity.from_pkcs12(
        reference("examples/dpi/eksempel.p12"), "changeit", moment=moment
    )
    with (
        reference(f"examples/dpi/{kind}-dokumentpakke.cms").open("rb") as cms,
        open_pakke(cms, identity, trust=None, moment=moment) as pakke,
        zipfile.ZipFile(reference(f"examples/dpi/{kind}-dokumentpakke.zip")) as clear,
    ):
        assert organisasjonsnummer(pakke.signer) == DIGDIR
        assert pakke.manifest.avsender == DIGDIR
        assert not pakke.is_trusted
        names = {name for name in clear.namelist() if not name.startswith("META-INF/")}
        assert {fil.filnavn for fil in pakke.filer} == names - {"mimetype"}
        for fil in pakke.filer:
            assert pakke.read(fil.filnavn) == clear.read(fil.filnavn)
