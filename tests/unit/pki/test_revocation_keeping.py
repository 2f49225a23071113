"""Answers are kept for as long as they say, and nobody waits longer than allowed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from sdp.errors import CertificateError, CertificateProblem, NotSentError
from sdp.pki import FetchRequest, Policy, Revocation, RevocationLimits
from sdp.pki.cache import Cache
from sdp.testmiljo.faults.kinds import RevocationFault
from tests.unit.pki.issuer import CRL, OCSP, Issuer


@pytest.fixture
def issuer(moment: datetime) -> Issuer:
    return Issuer.at(moment)


class TestKeeping:
    def test_an_answer_is_kept_until_its_next_update(self, issuer: Issuer) -> None:
        checked, chain = issuer.revocation(), issuer.leaf().chain
        checked.check(chain, moment=issuer.time.now)
        issuer.time.pass_(minutes=59)
        checked.check(chain, moment=issuer.time.now)
        assert len(issuer.asked) == 2
        issuer.time.pass_(minutes=1)
        checked.check(chain, moment=issuer.time.now)
        assert len(issuer.asked) == 4

    def test_a_revocation_is_kept_as_well(self, issuer: Issuer) -> None:
        checked, leaf = issuer.revocation(), issuer.leaf()
        issuer.ca.revoke(leaf.certificate.serial_number, issuer.time.now)
        for _ in range(3):
            with pytest.raises(CertificateError, match="was revoked"):
                checked.check(leaf.chain, moment=issuer.time.now)
        assert len(issuer.asked) == 2

    def test_one_list_serves_every_certificate_of_its_issuer(self, issuer: Issuer) -> None:
        checked = issuer.revocation()
        for _ in range(3):
            checked.check(issuer.leaf(ocsp=False).chain, moment=issuer.time.now)
        assert issuer.urls == [OCSP, f"{CRL}/issuing.crl"]

    def test_an_answer_that_cannot_be_trusted_is_not_kept(self, issuer: Issuer) -> None:
        checked, chain = issuer.revocation(), issuer.leaf(crl=False).chain[:2]
        issuer.ocsp_fault = RevocationFault.MALFORMED
        with pytest.raises(CertificateError):
            checked.check(chain, moment=issuer.time.now)
        issuer.ocsp_fault = None
        checked.check(chain, moment=issuer.time.now)

    def test_the_answer_about_one_certificate_is_not_taken_for_another(
        self, issuer: Issuer
    ) -> None:
        checked, good, bad = issuer.revocation(), issuer.leaf(), issuer.leaf()
        issuer.ca.revoke(bad.certificate.serial_number, issuer.time.now)
        checked.check(good.chain, moment=issuer.time.now)
        with pytest.raises(CertificateError, match="was revoked"):
            checked.check(bad.chain, moment=issuer.time.now)


class TestSilence:
    def test_who_does_not_answer_is_left_alone_for_a_while(self, issuer: Issuer) -> None:
        checked = issuer.revocation(Policy.SOFT, RevocationLimits(quiet_seconds=30))
        chain = issuer.leaf(crl=False).chain[:2]
        issuer.ocsp_fault = RevocationFault.DOWN
        for _ in range(5):
            checked.check(chain, moment=issuer.time.now)
        assert len(issuer.asked) == 1
        issuer.ocsp_fault = None
        issuer.time.pass_(seconds=31)
        checked.check(chain, moment=issuer.time.now)
        assert len(issuer.asked) == 2

    def test_a_fetch_that_fails_as_sockets_do_is_no_answer(self, issuer: Issuer) -> None:
        def fetch(request: FetchRequest) -> bytes:
            raise ConnectionRefusedError("refused")

        checked = Revocation(Policy.HARD, fetch, clock=issuer.time)
        with pytest.raises(CertificateError) as refusal:
            checked.check(issuer.leaf().chain, moment=issuer.time.now)
        assert refusal.value.problem is CertificateProblem.REVOCATION_UNREACHABLE


class TestTimeLimits:
    def test_a_whole_chain_takes_no_longer_than_allowed(self, issuer: Issuer) -> None:
        def fetch(request: FetchRequest) -> bytes:
            issuer.asked.append(request)
            issuer.time.pass_(seconds=request.timeout_seconds)
            raise NotSentError(f"{request.url} does not answer in time.")

        limits = RevocationLimits(total_seconds=7, request_seconds=3)
        checked = Revocation(
            Policy.SOFT,
            fetch,
            limits=limits,
            clock=issuer.time,
            monotonic=issuer.time.monotonic,
        )
        start = issuer.time.now
        checked.check(issuer.leaf().chain, moment=start)

        assert issuer.time.now - start == timedelta(seconds=7)
        # The leaf's OCSP address is that of the issuing CA, and silent.
        assert [request.timeout_seconds for request in issuer.asked] == [3, 3, 1]

    def test_an_answer_is_asked_for_once_however_many_threads_want_it(self, issuer: Issuer) -> None:
        threads, honest = 8, issuer.fetch
        all_here = threading.Barrier(threads)
        answer_now = threading.Event()

        def fetch(request: FetchRequest) -> bytes:
            answer_now.wait(10)
            return honest(request)

        checked = Revocation(Policy.HARD, fetch, clock=issuer.time)
        chain = issuer.leaf().chain

        def check() -> None:
            all_here.wait(10)
            checked.check(chain, moment=issuer.time.now)

        with ThreadPoolExecutor(threads) as pool:
            done = [pool.submit(check) for _ in range(threads)]
            answer_now.set()
            for each in done:
                each.result(10)
        assert len(issuer.asked) == 2


def test_only_the_values_used_last_are_kept(moment: datetime) -> None:
    cache: Cache[int, str] = Cache(2)
    until = moment + timedelta(hours=1)
    cache.keep(1, "answer", until)
    cache.keep(2, "answer", until)
    assert cache.kept(1, moment) == "answer"
    cache.keep(3, "answer", until)
    kept = [cache.kept(key, moment) for key in (1, 2, 3)]
    assert kept == ["answer", None, "answer"]


def test_a_value_is_kept_until_it_expires(moment: datetime) -> None:
    cache: Cache[int, str] = Cache(2)
    cache.keep(1, "answer", moment)
    assert cache.kept(1, moment - timedelta(seconds=1)) == "answer"
    assert cache.kept(1, moment) is None
