"""The facts about published CA certificates are those of the certificates themselves."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from sdp.errors import ConfigurationError
from sdp.pki import TrustStore
from sdp.pki.trust import anchors, published
from sdp.pki.trust.published import CaEnvironment
from tests.reference import reference
from tests.witness import program

FOLDERS = {CaEnvironment.TEST: "certs/test", CaEnvironment.PRODUCTION: "certs/prod"}


def files(environment: CaEnvironment) -> list[Path]:
    return sorted(reference(FOLDERS[environment]).iterdir())


def openssl_fingerprint(file: Path) -> str:
    form = "PEM" if b"-----BEGIN" in file.read_bytes() else "DER"
    said = subprocess.run(
        [program("openssl"), "x509", "-inform", form, "-in", file, "-noout",
         "-fingerprint", "-sha256"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return said.strip().partition("=")[2].replace(":", "").lower()


@pytest.mark.parametrize("environment", CaEnvironment)
def test_openssl_reads_the_fingerprints_that_the_library_knows(environment: CaEnvironment) -> None:
    known = {ca.sha256 for ca in published.PUBLISHED if ca.environment is environment}
    assert {openssl_fingerprint(file) for file in files(environment)} == known


@pytest.mark.parametrize("environment", CaEnvironment)
def test_name_and_expiry_are_those_of_the_certificate(environment: CaEnvironment) -> None:
    trust = TrustStore.from_path(reference(FOLDERS[environment]))
    for certificate in (*trust.anchors, *trust.intermediates):
        known = published.published(certificate)
        assert known is not None
        assert known.environment is environment
        assert f"CN={known.name}" in certificate.subject.rfc4514_string()
        assert known.expires == certificate.not_valid_after_utc.date()


def test_the_address_of_an_issuer_is_the_one_in_the_certificates_it_has_issued() -> None:
    checked = 0
    for environment in CaEnvironment:
        trust = TrustStore.from_path(reference(FOLDERS[environment]))
        for certificate in trust.intermediates:
            (issuer,) = (a for a in trust.anchors if a.subject == certificate.issuer)
            known, written = published.published(issuer), issuer_addresses(certificate)
            assert known is not None
            if written:
                assert known.url in written
                checked += 1
    assert checked == 7


def issuer_addresses(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return []
    return [
        found.access_location.value
        for found in access.value
        if found.access_method == AuthorityInformationAccessOID.CA_ISSUERS
    ]


def test_every_pair_of_a_test_and_a_production_ca_is_refused_together() -> None:
    test, production = (
        TrustStore.from_path(reference(FOLDERS[environment])) for environment in FOLDERS
    )
    for ours, theirs in itertools.product(
        (*test.anchors, *test.intermediates), (*production.anchors, *production.intermediates)
    ):
        with pytest.raises(ConfigurationError, match="mixes test and production"):
            TrustStore(anchors=[ours, theirs])


@pytest.mark.parametrize("environment", CaEnvironment)
def test_the_published_store_is_refused_in_the_other_environment(
    environment: CaEnvironment,
) -> None:
    trust = TrustStore.from_path(reference(FOLDERS[environment]))
    is_production = environment is CaEnvironment.PRODUCTION
    anchors.refuse_other_environment(trust, production=is_production)
    with pytest.raises(ConfigurationError, match=f"is for {environment}"):
        anchors.refuse_other_environment(trust, production=not is_production)
