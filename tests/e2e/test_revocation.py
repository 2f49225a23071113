"""Revocation over real HTTP on this machine, with openssl as the witness of both sides."""

from __future__ import annotations

import base64
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as parsers
from starlette.applications import Starlette

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Policy, Revocation, RevocationLimits, TrustStore, Usage
from sdp.pki.revocation import ocsp
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.faults.kinds import FailCrl, FailOcsp, RevocationFault
from sdp.testmiljo.faults.serving import Faults
from sdp.testmiljo.revocation import RevocationService, routes
from sdp.testmiljo.server import Listener, ServerThread
from sdp.testmiljo.world.keys import Addresses
from sdp.transport.fetching import HttpFetcher
from tests.conftest import AVSENDER
from tests.witness import program

LIMITS = RevocationLimits(total_seconds=8, request_seconds=2, quiet_seconds=0)
SLOW_SECONDS = 30.0
UNTRUSTED = [
    RevocationFault.STALE,
    RevocationFault.STRANGER,
    RevocationFault.MALFORMED,
    RevocationFault.WRONG_SERIAL,
]
UNREACHABLE = [RevocationFault.DOWN, RevocationFault.SLOW, RevocationFault.TRY_LATER]
UNTRUSTED_LISTS = UNTRUSTED[:3]
UNREACHABLE_LISTS = UNREACHABLE[:2]
POLICIES = [Policy.SOFT, Policy.HARD]


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Pki:
    ca: TestCA
    server: Addresses
    service: RevocationService
    faults: Faults

    def leaf(self, *, ocsp: bool = True, crl: bool = True) -> Issued:
        ca = replace(
            self.ca,
            ocsp_url=self.ca.ocsp_url if ocsp else None,
            crl_url=self.ca.crl_url if crl else None,
        )
        return ca.issue(AVSENDER, "Etaten", moment=now())

    def trust(self, policy: Policy, limits: RevocationLimits = LIMITS) -> TrustStore:
        return self.ca.trust.with_revocation(Revocation(policy, HttpFetcher(), limits=limits))

    def fail(
        self, *, ocsp: RevocationFault | None = None, crl: RevocationFault | None = None
    ) -> None:
        """Answer wrongly by OCSP, by list or by both from now on."""
        if ocsp is not None:
            self.faults.add(FailOcsp(ocsp), times=None)
        if crl is not None:
            self.faults.add(FailCrl(crl), times=None)

    def validate(self, leaf: Issued, policy: Policy = Policy.HARD) -> None:
        self.trust(policy).validate(leaf.certificate, moment=now(), usage=Usage.SIGNING)

    def problem(self, leaf: Issued, policy: Policy = Policy.HARD) -> CertificateProblem:
        with pytest.raises(CertificateError) as refusal:
            self.validate(leaf, policy)
        return refusal.value.problem


@pytest.fixture(scope="module")
def served() -> Iterator[Pki]:
    listener = Listener()
    places = Addresses(listener.port)
    ca = TestCA.create(now(), ocsp_url=places.ocsp_url, crl_url=places.crl_url)
    service = RevocationService(ca, clock=now)
    service.slow_seconds = SLOW_SECONDS
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    faults = Faults()
    server = ServerThread(Starlette(routes=routes(service, faults)), listener, tls)
    yield Pki(ca, places, service, faults)
    server.stop()


@pytest.fixture
def pki(served: Pki) -> Iterator[Pki]:
    responder = served.service.responder
    yield served
    served.service.responder = responder
    served.faults.clear()
    served.ca.revoked.clear()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("ocsp", "crl"), [(True, True), (True, False), (False, True)], ids=["both", "OCSP", "CRL"]
)
def test_good_passes_and_revoked_fails(pki: Pki, policy: Policy, *, ocsp: bool, crl: bool) -> None:
    leaf = pki.leaf(ocsp=ocsp, crl=crl)
    pki.validate(leaf, policy)
    pki.ca.revoke(leaf.certificate.serial_number, now())
    assert pki.problem(leaf, policy) is CertificateProblem.REVOKED


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("of_ocsp", "of_crl"),
    [
        *((fault, None) for fault in UNTRUSTED),
        *((None, fault) for fault in UNTRUSTED_LISTS),
        *((fault, fault) for fault in UNTRUSTED_LISTS),
        (RevocationFault.DOWN, RevocationFault.STRANGER),
        (RevocationFault.STRANGER, RevocationFault.DOWN),
    ],
)
def test_answers_that_cannot_be_trusted_fail(
    pki: Pki, policy: Policy, of_ocsp: RevocationFault | None, of_crl: RevocationFault | None
) -> None:
    pki.fail(ocsp=of_ocsp, crl=of_crl)
    leaf = pki.leaf(ocsp=of_ocsp is not None, crl=of_crl is not None)
    assert pki.problem(leaf, policy) is CertificateProblem.REVOCATION_ANSWER


@pytest.mark.parametrize(
    ("of_ocsp", "of_crl"),
    [
        *((fault, None) for fault in UNREACHABLE),
        *((None, fault) for fault in UNREACHABLE_LISTS),
        *((fault, RevocationFault.DOWN) for fault in UNREACHABLE),
    ],
)
def test_nobody_answering_fails_under_hard_and_passes_under_soft(
    pki: Pki, of_ocsp: RevocationFault | None, of_crl: RevocationFault | None
) -> None:
    pki.fail(ocsp=of_ocsp, crl=of_crl)
    leaf = pki.leaf(ocsp=of_ocsp is not None, crl=of_crl is not None)
    assert pki.problem(leaf) is CertificateProblem.REVOCATION_UNREACHABLE
    pki.validate(leaf, Policy.SOFT)


@pytest.mark.parametrize("fault", [*UNTRUSTED, *UNREACHABLE], ids=lambda fault: fault.name)
def test_the_list_settles_what_the_responder_does_not(pki: Pki, fault: RevocationFault) -> None:
    pki.fail(ocsp=fault)
    leaf = pki.leaf()
    pki.validate(leaf)
    pki.ca.revoke(leaf.certificate.serial_number, now())
    assert pki.problem(leaf) is CertificateProblem.REVOKED
    assert pki.problem(leaf, Policy.SOFT) is CertificateProblem.REVOKED


@pytest.mark.parametrize("policy", POLICIES)
def test_a_revoked_issuing_ca_is_found(pki: Pki, policy: Policy) -> None:
    pki.ca.revoke(pki.ca.issuing.certificate.serial_number, now(), x509.ReasonFlags.ca_compromise)
    assert pki.problem(pki.leaf(), policy) is CertificateProblem.REVOKED


def test_a_certificate_that_names_nobody_passes_under_soft_alone(pki: Pki) -> None:
    leaf = pki.leaf(ocsp=False, crl=False)
    pki.validate(leaf, Policy.SOFT)
    assert pki.problem(leaf) is CertificateProblem.REVOCATION_UNREACHABLE


def test_nobody_listening_is_nobody_answering() -> None:
    listener = Listener()
    places = Addresses(listener.port)
    ca = TestCA.create(now(), ocsp_url=places.ocsp_url, crl_url=places.crl_url)
    listener.close()
    pki = Pki(ca, places, RevocationService(ca, clock=now), Faults())
    leaf = pki.leaf()
    assert pki.problem(leaf) is CertificateProblem.REVOCATION_UNREACHABLE
    pki.validate(leaf, Policy.SOFT)


def test_slow_answers_take_no_longer_than_the_limit(pki: Pki) -> None:
    pki.fail(ocsp=RevocationFault.SLOW, crl=RevocationFault.SLOW)
    limits = RevocationLimits(total_seconds=0.8, request_seconds=0.5)
    start = time.monotonic()
    with pytest.raises(CertificateError) as refusal:
        pki.trust(Policy.HARD, limits).validate(
            pki.leaf().certificate, moment=now(), usage=Usage.SIGNING
        )
    assert refusal.value.problem is CertificateProblem.REVOCATION_UNREACHABLE
    assert time.monotonic() - start < SLOW_SECONDS


def test_a_kept_answer_outlives_the_responder_that_gave_it(pki: Pki) -> None:
    trust, leaf = pki.trust(Policy.HARD), pki.leaf().certificate
    trust.validate(leaf, moment=now(), usage=Usage.SIGNING)
    pki.fail(ocsp=RevocationFault.DOWN, crl=RevocationFault.DOWN)
    trust.validate(leaf, moment=now(), usage=Usage.SIGNING)


def test_the_responder_answers_a_get_as_it_does_a_post(pki: Pki) -> None:
    leaf = pki.leaf().certificate
    asked = ocsp.request(leaf, pki.ca.issuing.certificate, bytes(32))
    got = httpx.get(
        f"{pki.server.ocsp_url}/{quote(base64.b64encode(asked).decode(), safe='')}", trust_env=False
    )
    posted = httpx.post(pki.server.ocsp_url, content=asked, trust_env=False)
    for answer in (got, posted):
        assert answer.headers["content-type"] == "application/ocsp-response"
        response = parsers.load_der_ocsp_response(answer.content)
        assert response.serial_number == leaf.serial_number
        assert response.certificate_status is parsers.OCSPCertStatus.GOOD


class TestWithOpenssl:
    """openssl asks the same responder and reads the same lists, and comes to the same verdicts."""

    def openssl(self, *arguments: object) -> str:
        command = [program("openssl"), *(str(argument) for argument in arguments)]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        return ran.stdout + ran.stderr

    def files(self, pki: Pki, leaf: Issued, folder: Path) -> Path:
        for name, found in (
            ("leaf", leaf.certificate),
            ("issuing", pki.ca.issuing.certificate),
            ("root", pki.ca.root.certificate),
        ):
            (folder / f"{name}.pem").write_bytes(found.public_bytes(Encoding.PEM))
        return folder

    def by_ocsp(self, pki: Pki, folder: Path) -> str:
        return self.openssl(
            "ocsp", "-issuer", folder / "issuing.pem", "-cert", folder / "leaf.pem",
            "-url", pki.server.ocsp_url, "-CAfile", folder / "root.pem",
            "-verify_other", folder / "issuing.pem", "-timeout", 2,
        )  # fmt: skip

    def by_crl(self, pki: Pki, folder: Path) -> str:
        lists = (
            httpx.get(f"{pki.server.crl_url}/{name}.crl", trust_env=False)
            for name in ("root", "issuing")
        )
        pem = b"".join(
            x509.load_der_x509_crl(answer.content).public_bytes(Encoding.PEM) for answer in lists
        )
        (folder / "lists.pem").write_bytes(pem)
        return self.openssl(
            "verify", "-crl_check_all", "-x509_strict", "-CRLfile", folder / "lists.pem",
            "-CAfile", folder / "root.pem", "-untrusted", folder / "issuing.pem",
            folder / "leaf.pem",
        )  # fmt: skip

    @pytest.mark.parametrize("appointed", [True, False])
    def test_a_good_certificate(self, pki: Pki, tmp_path: Path, *, appointed: bool) -> None:
        if not appointed:
            pki.service.responder = pki.ca.issuing
        leaf = pki.leaf()
        folder = self.files(pki, leaf, tmp_path)
        said = self.by_ocsp(pki, folder)
        assert "Response verify OK" in said
        assert "leaf.pem: good" in said
        assert "leaf.pem: OK" in self.by_crl(pki, folder)
        pki.validate(leaf)

    def test_a_revoked_certificate(self, pki: Pki, tmp_path: Path) -> None:
        leaf = pki.leaf()
        since = now() - timedelta(days=1)
        pki.ca.revoke(
            leaf.certificate.serial_number, since, x509.ReasonFlags.cessation_of_operation
        )
        folder = self.files(pki, leaf, tmp_path)
        said = self.by_ocsp(pki, folder)
        assert "Response verify OK" in said
        assert "leaf.pem: revoked" in said
        assert "cessationOfOperation" in said
        assert "certificate revoked" in self.by_crl(pki, folder)
        assert pki.problem(leaf) is CertificateProblem.REVOKED

    def test_a_revoked_issuing_ca(self, pki: Pki, tmp_path: Path) -> None:
        pki.ca.revoke(pki.ca.issuing.certificate.serial_number, now() - timedelta(days=1))
        leaf = pki.leaf()
        assert "certificate revoked" in self.by_crl(pki, self.files(pki, leaf, tmp_path))
        assert pki.problem(leaf) is CertificateProblem.REVOKED

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (RevocationFault.STRANGER, "Response Verify Failure"),
            (RevocationFault.STALE, "Status times invalid"),
            (RevocationFault.MALFORMED, "Error querying OCSP responder"),
            (RevocationFault.WRONG_SERIAL, "ERROR: No Status found"),
            (RevocationFault.TRY_LATER, "trylater"),
        ],
        ids=lambda value: value.name if isinstance(value, RevocationFault) else "",
    )
    def test_each_fault_of_the_responder(
        self, pki: Pki, tmp_path: Path, fault: RevocationFault, words: str
    ) -> None:
        folder = self.files(pki, pki.leaf(), tmp_path)
        pki.fail(ocsp=fault)
        assert words in self.by_ocsp(pki, folder)

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            # Told by the key identifier alone, before any signature is looked at.
            (RevocationFault.STRANGER, "unable to get certificate CRL"),
            (RevocationFault.STALE, "CRL has expired"),
        ],
        ids=lambda value: value.name if isinstance(value, RevocationFault) else "",
    )
    def test_each_fault_of_the_lists(
        self, pki: Pki, tmp_path: Path, fault: RevocationFault, words: str
    ) -> None:
        folder = self.files(pki, pki.leaf(), tmp_path)
        pki.fail(crl=fault)
        assert words in self.by_crl(pki, folder)
