"""The chains in use, old and SEID 2, say where their revocation is told, and that is read."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Final

import pytest
from cryptography import x509

from sdp.errors import CertificateError, CertificateProblem, NotSentError
from sdp.pki import FetchRequest, Policy, Revocation, TrustStore, Usage
from sdp.pki.revocation import crl, ocsp
from tests.reference import reference

MOMENT: Final = datetime(2016, 5, 31, 12, 57, tzinfo=UTC)
TODAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
ROOT_LIST: Final = "http://crl.test4.buypass.no/crl/BPClass3T4RootCA.crl"


class Silence:
    """A network where nobody answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, request: FetchRequest) -> bytes:
        self.asked.append(request.url)
        raise NotSentError(f"{request.url} cannot be reached.")


def posten_2014() -> x509.Certificate:
    receipt = reference("examples/sdp-xml/leveringskvitteringStandardBusinessDocument.xml")
    found = re.search(r"<X509Certificate>([^<]+)<", receipt.read_text())
    assert found
    return x509.load_der_x509_certificate(base64.b64decode(found[1]))


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_every_published_issuing_ca_names_a_list_over_http(environment: str) -> None:
    trust = TrustStore.from_path(reference(f"certs/{environment}"))
    for certificate in trust.intermediates:
        assert crl.points(certificate)


def test_a_real_signer_names_a_responder_and_a_list_and_the_one_behind_ldap_is_left_out() -> None:
    signer = posten_2014()
    assert ocsp.addresses(signer) == ("http://ocsp.test4.buypass.no/ocsp/BPClass3T4CA3",)
    assert [point.url for point in crl.points(signer)] == [
        "http://crl.test4.buypass.no/crl/BPClass3T4CA3.crl"
    ]


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_without_a_network_every_issuing_ca_passes_under_soft_and_fails_under_hard(
    environment: str,
) -> None:
    trust = TrustStore.from_path(reference(f"certs/{environment}"))
    checked = 0
    for certificate in trust.intermediates:
        (anchor,) = (found for found in trust.anchors if found.subject == certificate.issuer)
        chain, network = (certificate, anchor), Silence()
        Revocation(Policy.SOFT, network, clock=lambda: TODAY).check(chain, moment=MOMENT)
        with pytest.raises(CertificateError) as refusal:
            Revocation(Policy.HARD, network, clock=lambda: TODAY).check(chain, moment=MOMENT)
        assert refusal.value.problem is CertificateProblem.REVOCATION_UNREACHABLE
        has_expired = certificate.not_valid_after_utc < TODAY
        assert bool(network.asked) != has_expired
        checked += not has_expired
    assert checked == 4


def test_a_recorded_receipt_validates_at_its_own_time_with_revocation_checked_softly() -> None:
    network = Silence()
    trust = TrustStore.from_path(reference("certs/test")).with_revocation(
        Revocation(Policy.SOFT, network, clock=lambda: TODAY)
    )
    chain = trust.validate(posten_2014(), moment=MOMENT, usage=Usage.SIGNING)
    assert len(chain) == 3
    assert network.asked == [ROOT_LIST]  # the signer has expired since, its issuer has not
