"""A CA whose responder and lists are asked without a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from sdp.errors import NotSentError
from sdp.pki import FetchRequest, Policy, Revocation, RevocationLimits
from sdp.testmiljo.ca import Issued, TestCA, new_key
from sdp.testmiljo.faults.kinds import RevocationFault
from sdp.testmiljo.revocation import RevocationService
from tests.conftest import AVSENDER

OCSP = "http://pki.example.no/ocsp"
CRL = "http://pki.example.no/crl"


@cache
def _ca(moment: datetime) -> TestCA:
    return TestCA.create(moment, ocsp_url=OCSP, crl_url=CRL)


@cache
def _leaf_key() -> rsa.RSAPrivateKey:
    return new_key()


def _as_it_is(answer: bytes) -> bytes:
    return answer


@dataclass
class Time:
    """A clock that is moved by hand. Starts at a moment."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def monotonic(self) -> float:
        return self.now.timestamp()


@dataclass
class Issuer:
    """The CA, its services and what is wrong with them, what has been asked of them, and what
    becomes of answers on the way.
    """

    ca: TestCA
    time: Time
    service: RevocationService
    ocsp_fault: RevocationFault | None = None
    crl_fault: RevocationFault | None = None
    asked: list[FetchRequest] = field(default_factory=list)
    on_the_way: Callable[[bytes], bytes] = _as_it_is

    @classmethod
    def at(cls, moment: datetime) -> Issuer:
        ca = replace(_ca(moment), revoked={})
        time = Time(moment)
        return cls(ca, time, RevocationService(ca, clock=time))

    def leaf(self, *, ocsp: bool = True, crl: bool = True) -> Issued:
        """Issue a certificate that names the responder, the list, both or neither."""
        ca = replace(self.ca, ocsp_url=OCSP if ocsp else None, crl_url=CRL if crl else None)
        return ca.issue(
            AVSENDER, "Etaten", moment=self.time.now - timedelta(days=100), key=_leaf_key()
        )

    def fetch(self, request: FetchRequest) -> bytes:
        self.asked.append(request)
        fault = self.ocsp_fault if request.url == OCSP else self.crl_fault
        if fault is RevocationFault.DOWN:
            raise NotSentError(f"{request.url} cannot be reached.")
        if request.url == OCSP:
            assert request.content is not None
            return self.on_the_way(self.service.response(request.content, fault))
        name = request.url.rpartition("/")[2].removesuffix(".crl")
        found = self.service.revocation_list(name, fault)
        assert found is not None
        return self.on_the_way(found)

    def revocation(
        self, policy: Policy = Policy.HARD, limits: RevocationLimits | None = None
    ) -> Revocation:
        return Revocation(
            policy, self.fetch, limits=limits, clock=self.time, monotonic=self.time.monotonic
        )

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.asked]
