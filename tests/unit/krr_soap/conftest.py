from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.signing import Actor
from tests.unit.krr_soap.counterpart import Clock, Register

DIFI = "991825827"
URL = "https://register.example/ws-v5"


@pytest.fixture(scope="session")
def register_actor(ca: TestCA, moment: datetime) -> Actor:
    issued = ca.issue(DIFI, "Direktoratet", moment=moment)
    return Actor(DIFI, issued.certificate, issued.key)


@pytest.fixture
def clock(moment: datetime) -> Clock:
    return Clock(moment)


@pytest.fixture
def register(register_actor: Actor, postkasse_identity: Identity, clock: Clock) -> Register:
    return Register(register_actor, postkasse_identity.certificate, clock)


@pytest.fixture
def krr_with(
    postkasse_identity: Identity, trust: TrustStore, clock: Clock
) -> Callable[..., KrrSoap]:
    """Posten asks, on behalf of whoever a test says."""

    def build(**settings: Any) -> KrrSoap:
        return KrrSoap(
            KrrSoapSettings(url=URL, **settings),
            signer=postkasse_identity,
            decryptor=postkasse_identity,
            trust=trust,
            clock=clock,
        )

    return build


@pytest.fixture
def krr(krr_with: Callable[..., KrrSoap]) -> KrrSoap:
    return krr_with()
