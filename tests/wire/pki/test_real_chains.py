"""The CA certificates in use, old and new, and certificates that were issued under them."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest
from cryptography import x509

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import TrustStore, Usage, organisasjonsnummer
from tests.reference import reference


def store(environment: str) -> TrustStore:
    return TrustStore.from_path(reference(f"certs/{environment}"))


def middle(certificate: x509.Certificate) -> datetime:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return start + (end - start) / 2


def posten_2014() -> x509.Certificate:
    receipt = reference("examples/sdp-xml/leveringskvitteringStandardBusinessDocument.xml")
    found = re.search(r"<X509Certificate>([^<]+)<", receipt.read_text())
    assert found
    return x509.load_der_x509_certificate(base64.b64decode(found[1]))


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_every_published_ca_certificate_chains_within_its_own_environment(environment: str) -> None:
    trust = store(environment)
    assert len(trust.anchors) >= 5
    for certificate in trust.intermediates:
        chain = trust._path(certificate, middle(certificate), ())
        assert chain[-1] in trust.anchors


def test_no_published_test_certificate_chains_in_production_or_the_other_way() -> None:
    test, production = store("test"), store("prod")
    for ours, theirs in ((test, production), (production, test)):
        for certificate in ours.intermediates:
            with pytest.raises(CertificateError) as refusal:
                theirs._path(certificate, middle(certificate), ())
            assert refusal.value.problem is CertificateProblem.UNTRUSTED


def test_a_real_receipt_signer_validates_at_the_time_of_its_receipt() -> None:
    certificate = posten_2014()
    moment = datetime(2016, 5, 31, 12, 57, tzinfo=UTC)
    for usage in Usage:
        chain = store("test").validate(
            certificate, moment=moment, usage=usage, organisasjonsnummer="984661185"
        )
        assert len(chain) == 3


def test_the_same_certificate_is_expired_today() -> None:
    with pytest.raises(CertificateError) as refusal:
        store("test").validate(posten_2014(), moment=datetime.now(UTC), usage=Usage.SIGNING)
    assert refusal.value.problem is CertificateProblem.EXPIRED


def test_the_recipient_certificate_that_krr_gave_out_names_its_organisation() -> None:
    pem = reference("examples/krr-soap/testmottakersertifikatFraOppslagstjenesten.pem")
    certificate = x509.load_pem_x509_certificate(pem.read_bytes())
    assert organisasjonsnummer(certificate) == "984661185"
