from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from sdp.config import Environment
from sdp.ebms import EbmsWire
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.signing import Actor
from sdp.wire import SentTo
from tests.conftest import AVSENDER, EBOKS, POSTEN
from tests.unit.ebms.counterpart import Broker, Clock, Package

MakeWire = Callable[..., EbmsWire]


def actor(issued: Issued, organisasjonsnummer: str) -> Actor:
    return Actor(organisasjonsnummer, issued.certificate, issued.key)


@pytest.fixture(scope="session")
def broker_actor(ca: TestCA, moment: datetime) -> Actor:
    return actor(ca.issue(POSTEN, "Meldingsformidleren", moment=moment), POSTEN)


@pytest.fixture(scope="session")
def mailbox_actor(ca: TestCA, moment: datetime) -> Actor:
    return actor(ca.issue(EBOKS, "e-Boks", moment=moment), EBOKS)


@pytest.fixture(scope="session")
def stranger_actor(moment: datetime) -> Actor:
    """The broker's name and number, from a CA that nobody here trusts."""
    other = TestCA.create(moment)
    return actor(other.issue(POSTEN, "Meldingsformidleren", moment=moment), POSTEN)


@pytest.fixture
def clock(moment: datetime) -> Clock:
    return Clock(moment)


@pytest.fixture
def broker(broker_actor: Actor, clock: Clock) -> Broker:
    return Broker(broker_actor, clock)


@pytest.fixture
def package() -> Package:
    return Package()


@pytest.fixture
def make_wire(avsender_identity: Identity, trust: TrustStore, clock: Clock) -> MakeWire:
    def making(*, sent_to: SentTo | None = None, **given: Any) -> EbmsWire:
        return EbmsWire(
            environment=Environment(
                name="unit", production=False, broker_url="https://broker.example/api/"
            ),
            signer=avsender_identity,
            trust=trust,
            databehandler=AVSENDER,
            clock=clock,
            sent_to=SentTo() if sent_to is None else sent_to,
            **given,
        )

    return making


@pytest.fixture
def wire(make_wire: MakeWire) -> EbmsWire:
    return make_wire()
