"""Published CA certificates are known by fingerprint; test and production never share a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    NotSentError,
    Retry,
    WireError,
)
from sdp.pki import TrustStore
from sdp.pki.trust import anchors, published
from sdp.pki.trust.published import CaEnvironment, PublishedCa
from sdp.testmiljo.ca import TestCA
from sdp.transport.request import ConnectionLostError, HttpResponse
from tests.driver import FakeDriver

Answer = bytes | Exception
URL = "http://crt.example.no/root.cer"


@pytest.fixture(scope="module")
def root(ca: TestCA) -> x509.Certificate:
    return ca.root.certificate


@pytest.fixture
def known(root: x509.Certificate) -> PublishedCa:
    return as_known(root, CaEnvironment.TEST)


def as_known(certificate: x509.Certificate, environment: CaEnvironment) -> PublishedCa:
    return PublishedCa(
        name=certificate.subject.rfc4514_string(),
        environment=environment,
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        expires=certificate.not_valid_after_utc.date(),
        url=URL,
    )


def test_every_published_certificate_is_there_once_and_well_formed() -> None:
    assert len({known.sha256 for known in published.PUBLISHED}) == len(published.PUBLISHED) == 20
    for known in published.PUBLISHED:
        assert len(bytes.fromhex(known.sha256)) == 32
        assert known.url is None or known.url.startswith("http://")
        assert ("test" in known.name.lower()) == (known.environment is CaEnvironment.TEST)


def test_what_can_be_fetched_is_what_has_not_expired() -> None:
    moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    for environment in CaEnvironment:
        found = published.published_in(environment, moment)
        assert len(found) == 8
        assert all(known.url and known.expires > date(2026, 1, 1) for known in found)


def fetched(known: PublishedCa, answer: Answer, *, status: int = 200) -> x509.Certificate:
    given = answer if isinstance(answer, Exception) else HttpResponse(status, {}, answer)
    return FakeDriver(lambda _: given).run(anchors.fetch_published(known, timeout_seconds=3))


class TestFetching:
    @pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
    def test_the_right_certificate_is_returned(
        self, encoding: Encoding, known: PublishedCa, root: x509.Certificate
    ) -> None:
        driver = FakeDriver(lambda _: HttpResponse(200, {}, root.public_bytes(encoding)))

        assert driver.run(anchors.fetch_published(known, timeout_seconds=3)) == root

        (request,) = driver.requests
        assert (request.method, request.url, request.timeout) == ("GET", URL, 3)
        assert request.max_bytes == 64 * 1024

    def test_another_certificate_is_refused_with_both_fingerprints(
        self, known: PublishedCa, ca: TestCA
    ) -> None:
        other = ca.issuing.certificate
        with pytest.raises(CertificateError) as refusal:
            fetched(known, other.public_bytes(Encoding.DER))
        assert refusal.value.problem is CertificateProblem.UNTRUSTED
        assert known.sha256 in refusal.value.message
        assert other.fingerprint(hashes.SHA256()).hex() in refusal.value.message

    @pytest.mark.parametrize("answer", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----"])
    def test_what_is_no_certificate_is_refused(self, answer: bytes, known: PublishedCa) -> None:
        with pytest.raises(CertificateError) as refusal:
            fetched(known, answer)
        assert refusal.value.problem is CertificateProblem.FORMAT

    @pytest.mark.parametrize(
        "failure", [NotSentError("nobody there"), ConnectionLostError("no answer in time")]
    )
    def test_an_issuer_that_does_not_answer_is_told_as_such(
        self, failure: Exception, known: PublishedCa
    ) -> None:
        with pytest.raises(NotSentError):
            fetched(known, failure)

    @pytest.mark.parametrize("status", [204, 302, 404, 500])
    def test_another_status_may_be_another_one_later(self, status: int, known: PublishedCa) -> None:
        with pytest.raises(WireError, match=f"status {status}") as refusal:
            fetched(known, b"", status=status)
        assert refusal.value.retry is Retry.LATER

    def test_a_certificate_without_an_address_is_told_as_such(self, known: PublishedCa) -> None:
        with pytest.raises(ConfigurationError, match="No address is known"):
            fetched(replace(known, url=None), b"")


class TestReport:
    @pytest.mark.parametrize(
        ("days", "warning"), [(200, ""), (90, ""), (89, "expires soon"), (-1, "has expired")]
    )
    def test_expiry_is_warned_of_90_days_ahead(
        self, days: int, warning: str, ca: TestCA, root: x509.Certificate
    ) -> None:
        moment = root.not_valid_after_utc - timedelta(days=days)
        first, *_ = anchors.report(ca.trust, moment)
        assert first.days_left == days
        assert first.warning.startswith(warning)
        assert bool(first.warning) == bool(warning)

    def test_anchors_come_before_what_completes_chains(self, ca: TestCA, moment: datetime) -> None:
        root, issuing = anchors.report(ca.trust, moment)
        assert (root.name, root.is_anchor) == ("Testmiljo Root CA", True)
        assert (issuing.name, issuing.is_anchor) == ("Testmiljo Business CA", False)
        assert root.environment is None
        assert bytes.fromhex(root.sha256) == ca.root.certificate.fingerprint(hashes.SHA256())


class TestEnvironments:
    @pytest.fixture
    def mixed(self, ca: TestCA, monkeypatch: pytest.MonkeyPatch) -> list[x509.Certificate]:
        """A root that is taken for one of test, and one that is taken for one of production."""
        other = TestCA.create(ca.root.certificate.not_valid_before_utc).root.certificate
        told = (
            as_known(ca.root.certificate, CaEnvironment.TEST),
            as_known(other, CaEnvironment.PRODUCTION),
        )
        monkeypatch.setattr(published, "_BY_FINGERPRINT", {known.sha256: known for known in told})
        return [ca.root.certificate, other]

    def test_a_store_of_both_is_refused(self, mixed: list[x509.Certificate]) -> None:
        with pytest.raises(ConfigurationError, match="mixes test and production") as refusal:
            TrustStore.from_certificates(mixed)
        assert "a folder for each environment" in refusal.value.remedy

    def test_a_store_of_either_is_for_its_own_environment(
        self, mixed: list[x509.Certificate]
    ) -> None:
        test, production = (TrustStore.from_certificates([one]) for one in mixed)
        anchors.refuse_other_environment(test, production=False)
        anchors.refuse_other_environment(production, production=True)
        with pytest.raises(ConfigurationError, match="is for test") as refusal:
            anchors.refuse_other_environment(test, production=True)
        assert "sdp trust fetch --environment production" in refusal.value.remedy
        with pytest.raises(ConfigurationError, match="is for production"):
            anchors.refuse_other_environment(production, production=False)

    def test_a_store_of_unknown_cas_is_for_any(self, ca: TestCA) -> None:
        for production in (True, False):
            anchors.refuse_other_environment(ca.trust, production=production)
