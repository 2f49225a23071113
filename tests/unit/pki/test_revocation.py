"""What each answer about revocation, and the want of one, comes to under each policy."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Policy, Usage
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.faults.kinds import RevocationFault
from tests.conftest import AVSENDER, POSTEN
from tests.examples import examples
from tests.unit.pki.issuer import CRL, OCSP, Issuer

UNTRUSTED_ANSWERS = [
    RevocationFault.STALE,
    RevocationFault.STRANGER,
    RevocationFault.MALFORMED,
    RevocationFault.WRONG_SERIAL,
]
BOTH_POLICIES = [Policy.SOFT, Policy.HARD]


@pytest.fixture
def issuer(moment: datetime) -> Issuer:
    return Issuer.at(moment)


def refusal(issuer: Issuer, issued: Issued, policy: Policy = Policy.HARD) -> CertificateError:
    with pytest.raises(CertificateError) as refused:
        issuer.revocation(policy).check(issued.chain, moment=issuer.time.now)
    return refused.value


def passes(issuer: Issuer, issued: Issued, policy: Policy = Policy.HARD) -> None:
    issuer.revocation(policy).check(issued.chain, moment=issuer.time.now)


def test_a_certificate_that_is_not_revoked_passes(issuer: Issuer) -> None:
    passes(issuer, issuer.leaf())
    assert issuer.urls == [OCSP, OCSP]  # the issuing CA first, then the leaf


def test_the_issuing_ca_itself_may_sign_ocsp_responses(issuer: Issuer) -> None:
    issuer.service.responder = issuer.ca.issuing
    passes(issuer, issuer.leaf(crl=False))


@pytest.mark.parametrize("policy", BOTH_POLICIES)
@pytest.mark.parametrize(("ocsp", "crl"), [(True, False), (False, True)], ids=["OCSP", "CRL"])
def test_a_revoked_certificate_fails_with_date_and_reason(
    issuer: Issuer, policy: Policy, *, ocsp: bool, crl: bool
) -> None:
    leaf = issuer.leaf(ocsp=ocsp, crl=crl)
    since = issuer.time.now - timedelta(days=2)
    issuer.ca.revoke(leaf.certificate.serial_number, since, x509.ReasonFlags.key_compromise)

    error = refusal(issuer, leaf, policy)

    assert error.problem is CertificateProblem.REVOKED
    assert str(since) in error.message
    assert "its private key is compromised" in error.message


@pytest.mark.parametrize("policy", BOTH_POLICIES)
def test_a_revoked_issuing_ca_fails_before_its_own_word_is_asked(
    issuer: Issuer, policy: Policy
) -> None:
    issuer.ca.revoke(issuer.ca.issuing.certificate.serial_number, issuer.time.now)

    error = refusal(issuer, issuer.leaf(), policy)

    assert error.problem is CertificateProblem.REVOKED
    assert "Business CA" in error.message
    assert len(issuer.asked) == 1


@pytest.mark.parametrize("policy", BOTH_POLICIES)
@pytest.mark.parametrize("fault", UNTRUSTED_ANSWERS)
def test_a_leaf_with_ocsp_alone_fails_on_an_answer_that_cannot_be_trusted(
    issuer: Issuer, policy: Policy, fault: RevocationFault
) -> None:
    checked = issuer.revocation(policy)
    leaf = issuer.leaf(crl=False)
    checked.check(leaf.chain[1:], moment=issuer.time.now)
    issuer.ocsp_fault = fault

    with pytest.raises(CertificateError) as refused:
        checked.check(leaf.chain, moment=issuer.time.now)

    assert refused.value.problem is CertificateProblem.REVOCATION_ANSWER
    assert f"OCSP {OCSP}: it" in refused.value.message


@pytest.mark.parametrize("policy", BOTH_POLICIES)
@pytest.mark.parametrize("fault", UNTRUSTED_ANSWERS[:3])
def test_a_leaf_with_a_list_alone_fails_on_a_list_that_cannot_be_trusted(
    issuer: Issuer, policy: Policy, fault: RevocationFault
) -> None:
    issuer.crl_fault = fault

    error = refusal(issuer, issuer.leaf(ocsp=False), policy)

    assert error.problem is CertificateProblem.REVOCATION_ANSWER
    assert f"CRL {CRL}/issuing.crl: it" in error.message


@pytest.mark.parametrize(
    "fault", [*UNTRUSTED_ANSWERS, RevocationFault.TRY_LATER, RevocationFault.DOWN]
)
@pytest.mark.parametrize("revoked", [False, True])
def test_the_list_settles_what_ocsp_does_not(
    issuer: Issuer, fault: RevocationFault, *, revoked: bool
) -> None:
    issuer.ocsp_fault = fault
    leaf = issuer.leaf()
    if revoked:
        issuer.ca.revoke(leaf.certificate.serial_number, issuer.time.now)
        assert refusal(issuer, leaf, Policy.SOFT).problem is CertificateProblem.REVOKED
    else:
        passes(issuer, leaf)
    assert f"{CRL}/issuing.crl" in issuer.urls


def test_an_answer_that_cannot_be_trusted_outweighs_one_that_never_came(issuer: Issuer) -> None:
    issuer.ocsp_fault = RevocationFault.DOWN
    issuer.crl_fault = RevocationFault.STRANGER

    error = refusal(issuer, issuer.leaf(), Policy.SOFT)

    assert error.problem is CertificateProblem.REVOCATION_ANSWER


def test_nobody_answering_fails_under_hard_and_names_everybody(issuer: Issuer) -> None:
    issuer.ocsp_fault = issuer.crl_fault = RevocationFault.DOWN

    error = refusal(issuer, issuer.leaf())

    assert error.problem is CertificateProblem.REVOCATION_UNREACHABLE
    assert OCSP in error.message
    assert f"{CRL}/root.crl" in error.message
    assert "soft" in error.remedy


def test_nobody_answering_passes_under_soft_with_a_warning_that_names_no_holder(
    issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.ocsp_fault = issuer.crl_fault = RevocationFault.DOWN

    with caplog.at_level(logging.DEBUG, "sdp.pki"):
        passes(issuer, issuer.leaf(), Policy.SOFT)

    warned = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert any(OCSP in line for line in warned)
    assert sum("passes unchecked" in line for line in warned) == 2
    assert {record.name for record in caplog.records} == {"sdp.pki"}
    assert AVSENDER not in caplog.text
    assert "Etaten" not in caplog.text


def test_a_responder_that_asks_to_be_asked_later_is_one_that_does_not_answer(
    issuer: Issuer,
) -> None:
    issuer.ocsp_fault = RevocationFault.TRY_LATER
    issuer.crl_fault = RevocationFault.DOWN

    error = refusal(issuer, issuer.leaf())

    assert error.problem is CertificateProblem.REVOCATION_UNREACHABLE
    assert "TRY_LATER" in error.message


def test_a_certificate_that_names_nobody_passes_under_soft_and_fails_under_hard(
    issuer: Issuer,
) -> None:
    leaf = issuer.leaf(ocsp=False, crl=False)

    passes(issuer, leaf, Policy.SOFT)
    error = refusal(issuer, leaf)

    assert error.problem is CertificateProblem.REVOCATION_UNREACHABLE
    assert "it names neither OCSP nor a CRL over HTTP" in error.message


def test_off_asks_nobody(issuer: Issuer) -> None:
    leaf = issuer.leaf()
    issuer.ca.revoke(leaf.certificate.serial_number, issuer.time.now)
    passes(issuer, leaf, Policy.OFF)
    assert not issuer.asked


class TestHistory:
    @pytest.mark.parametrize(("ocsp", "crl"), [(True, False), (False, True)], ids=["OCSP", "CRL"])
    def test_a_later_revocation_does_not_count(
        self, issuer: Issuer, *, ocsp: bool, crl: bool
    ) -> None:
        leaf = issuer.leaf(ocsp=ocsp, crl=crl)
        since = issuer.time.now - timedelta(days=10)
        issuer.ca.revoke(leaf.certificate.serial_number, since)
        checked = issuer.revocation()

        checked.check(leaf.chain, moment=since - timedelta(seconds=1))
        with pytest.raises(CertificateError, match="was revoked"):
            checked.check(leaf.chain, moment=since)

    @pytest.mark.parametrize("policy", BOTH_POLICIES)
    @pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(minutes=1)])
    def test_a_revocation_a_little_ahead_of_our_clock_counts(
        self, issuer: Issuer, policy: Policy, ahead: timedelta
    ) -> None:
        leaf = issuer.leaf()
        issuer.ca.revoke(leaf.certificate.serial_number, issuer.time.now + ahead)
        assert refusal(issuer, leaf, policy).problem is CertificateProblem.REVOKED

    def test_a_certificate_that_has_expired_since_is_not_asked_about(self, issuer: Issuer) -> None:
        leaf, moment = issuer.leaf(), issuer.time.now
        issuer.time.pass_(days=1000)

        issuer.revocation(Policy.SOFT).check(leaf.chain, moment=moment)
        assert issuer.urls == [OCSP]  # the issuing CA has not expired
        with pytest.raises(CertificateError, match="has expired since") as refused:
            issuer.revocation().check(leaf.chain, moment=moment)
        assert refused.value.problem is CertificateProblem.REVOCATION_UNREACHABLE


class TestInTheTrustStore:
    def test_a_store_checks_revocation_when_it_is_told_to(self, issuer: Issuer) -> None:
        leaf = issuer.leaf()
        issuer.ca.revoke(leaf.certificate.serial_number, issuer.time.now)
        trust = issuer.ca.trust

        trust.validate(leaf.certificate, moment=issuer.time.now, usage=Usage.SIGNING)
        with pytest.raises(CertificateError) as refused:
            trust.with_revocation(issuer.revocation()).validate(
                leaf.certificate, moment=issuer.time.now, usage=Usage.SIGNING
            )
        assert refused.value.problem is CertificateProblem.REVOKED

    def test_a_chain_that_does_not_hold_makes_nobody_be_asked(self, issuer: Issuer) -> None:
        trust = issuer.ca.trust.with_revocation(issuer.revocation())
        stranger = (
            TestCA.create(issuer.time.now).issue(AVSENDER, "Etaten", moment=issuer.time.now)
        ).certificate
        ours = issuer.leaf().certificate

        with pytest.raises(CertificateError):
            trust.validate(stranger, moment=issuer.time.now, usage=Usage.SIGNING)
        with pytest.raises(CertificateError):
            trust.validate(
                ours, moment=issuer.time.now, usage=Usage.SIGNING, organisasjonsnummer=POSTEN
            )
        assert not issuer.asked


@pytest.mark.slow
@pytest.mark.parametrize("ocsp", [True, False])
def test_no_changed_byte_makes_a_revoked_certificate_good(moment: datetime, *, ocsp: bool) -> None:
    issuer = Issuer.at(moment)
    leaf = issuer.leaf(ocsp=ocsp, crl=not ocsp)
    issuer.ca.revoke(leaf.certificate.serial_number, moment)

    @settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 10_000), st.integers(1, 255))
    def changed(at: int, bits: int) -> None:
        def flipped(answer: bytes) -> bytes:
            at_most = at % len(answer)
            return answer[:at_most] + bytes([answer[at_most] ^ bits]) + answer[at_most + 1 :]

        issuer.on_the_way = flipped
        with pytest.raises(CertificateError) as refused:
            issuer.revocation().check(leaf.chain[:2], moment=moment)
        assert refused.value.problem in {
            CertificateProblem.REVOKED,
            CertificateProblem.REVOCATION_ANSWER,
            CertificateProblem.REVOCATION_UNREACHABLE,
        }

    changed()
