"""Revocation is asked about by the flow that relies on a chain, over whatever drives it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    NotSentError,
    Retry,
    SignatureError,
    UnreadableAnswerError,
)
from sdp.pki import ChainValidator, FetchRequest, Policy, Revocation, TrustStore, Usage, validating
from sdp.testmiljo.ca import Issued
from sdp.transport.effects import Flow
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from tests.driver import FakeDriver
from tests.unit.pki.issuer import CRL, OCSP, Issuer


@pytest.fixture
def issuer(moment: datetime) -> Issuer:
    return Issuer.at(moment)


def driver(issuer: Issuer) -> FakeDriver:
    """A driver whose requests go to the services of the issuer."""

    def answer(request: HttpRequest) -> HttpResponse:
        posted = b"".join(request.body.chunks()) if request.method == "POST" else None
        asked = FetchRequest(request.url, request.timeout or 0, request.max_bytes, posted)
        return HttpResponse(200, {}, issuer.fetch(asked))

    return FakeDriver(answer)


def store(issuer: Issuer, policy: Policy = Policy.HARD, *, local: bool = False) -> TrustStore:
    clock = issuer.time
    revocation = Revocation(policy, local_addresses=local, clock=clock, monotonic=clock.monotonic)
    return issuer.ca.trust.with_revocation(revocation)


def relying(trust: TrustStore, leaf: Issued, moment: datetime) -> Flow[str]:
    """Read something that is signed with a certificate."""

    def read(validator: ChainValidator) -> str:
        validator.validate(leaf.certificate, moment=moment, usage=Usage.SIGNING)
        return "read"

    return validating(trust, read)


def test_what_is_read_is_returned_when_everybody_has_been_asked(issuer: Issuer) -> None:
    asked = driver(issuer)

    assert asked.run(relying(store(issuer), issuer.leaf(), issuer.time.now)) == "read"

    assert [(one.method, one.url) for one in asked.requests] == [("POST", OCSP)] * 2
    assert all(
        one.headers == {"Content-Type": "application/ocsp-request"} for one in asked.requests
    )


def test_what_is_read_is_not_returned_where_a_certificate_is_revoked(issuer: Issuer) -> None:
    leaf = issuer.leaf()
    issuer.ca.revoke(leaf.certificate.serial_number, issuer.time.now)

    with pytest.raises(CertificateError) as refused:
        driver(issuer).run(relying(store(issuer), leaf, issuer.time.now))

    assert refused.value.problem is CertificateProblem.REVOKED


def test_nobody_is_asked_for_what_does_not_hold_otherwise(issuer: Issuer) -> None:
    leaf, asked = issuer.leaf(), driver(issuer)

    def read(validator: ChainValidator) -> None:
        validator.validate(leaf.certificate, moment=issuer.time.now, usage=Usage.SIGNING)
        raise SignatureError("The signature does not hold.")

    with pytest.raises(SignatureError):
        asked.run(validating(store(issuer), read))
    assert asked.requests == []


def test_every_request_has_a_time_a_size_and_goes_to_public_addresses(issuer: Issuer) -> None:
    asked = driver(issuer)
    asked.run(relying(store(issuer), issuer.leaf(ocsp=False), issuer.time.now))

    of_ocsp, of_crl = asked.requests
    assert (of_ocsp.url, of_ocsp.max_bytes, of_ocsp.redirects) == (OCSP, 64 * 1024, 0)
    assert (of_crl.url, of_crl.max_bytes, of_crl.redirects) == (
        f"{CRL}/issuing.crl",
        32 * 1024 * 1024,
        3,
    )
    assert all(one.timeout is not None and 0 < one.timeout <= 5 for one in asked.requests)
    assert all(one.public_only for one in asked.requests)


def test_other_addresses_are_allowed_by_a_setting(issuer: Issuer) -> None:
    asked = driver(issuer)
    asked.run(relying(store(issuer, local=True), issuer.leaf(), issuer.time.now))
    assert not any(one.public_only for one in asked.requests)


@pytest.mark.parametrize(
    "failure", [NotSentError("nobody there"), ConnectionLostError("no answer within the timeout")]
)
def test_nobody_answering_may_be_otherwise_later(issuer: Issuer, failure: Exception) -> None:
    silent = FakeDriver(lambda _: failure)

    with pytest.raises(CertificateError) as refused:
        silent.run(relying(store(issuer), issuer.leaf(), issuer.time.now))

    assert refused.value.problem is CertificateProblem.REVOCATION_UNREACHABLE
    assert refused.value.retry is Retry.LATER
    assert "later" in refused.value.remedy
    silent.run(relying(store(issuer, Policy.SOFT), issuer.leaf(), issuer.time.now))


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(302, {"location": "https://other.example.no/"}, b""),
        HttpResponse(200, {}, b"<html>"),
        UnreadableAnswerError("The answer is larger than 65536 bytes."),
    ],
)
def test_an_answer_that_proves_nothing_is_refused_under_soft_too(
    issuer: Issuer, answer: HttpResponse | Exception
) -> None:
    with pytest.raises(CertificateError) as refused:
        FakeDriver(lambda _: answer).run(
            relying(store(issuer, Policy.SOFT), issuer.leaf(), issuer.time.now)
        )
    assert refused.value.problem is CertificateProblem.REVOCATION_ANSWER


def test_flows_that_wait_for_the_same_answer_lock_its_address(issuer: Issuer) -> None:
    asked = driver(issuer)
    asked.run(relying(store(issuer), issuer.leaf(), issuer.time.now))
    assert set(asked.locks) == {("revocation", OCSP)}


def test_an_answer_that_is_kept_is_not_asked_for(issuer: Issuer) -> None:
    asked, trust, leaf = driver(issuer), store(issuer), issuer.leaf()
    for seconds in range(3):
        asked.run(relying(trust, leaf, issuer.time.now + timedelta(seconds=seconds)))
    assert len(asked.requests) == 2


def test_a_check_of_the_users_own_is_called_in_the_flow(issuer: Issuer) -> None:
    checked = []

    class Check:
        def check(self, chain: object, *, moment: datetime) -> None:
            checked.append((chain, moment))

    leaf = issuer.leaf()
    trust = issuer.ca.trust.with_revocation(Check())

    assert driver(issuer).run(relying(trust, leaf, issuer.time.now)) == "read"
    assert checked == [(leaf.chain, issuer.time.now)]


def test_without_a_client_and_a_fetch_it_is_said_that_nobody_asks(issuer: Issuer) -> None:
    with pytest.raises(ConfigurationError, match="nothing is given that asks"):
        store(issuer).validate(
            issuer.leaf().certificate, moment=issuer.time.now, usage=Usage.SIGNING
        )
