from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from sdp.config import Environment
from sdp.domain import DigitalForsendelse
from sdp.ebms import EbmsWire
from sdp.pki import Identity, TrustStore
from sdp.wire import SentTo
from tests.conftest import AVSENDER
from tests.driver import first_request
from tests.unit.ebms.counterpart import Clock, Package, Taken


@pytest.fixture
def wire(avsender_identity: Identity, trust: TrustStore, moment: datetime) -> EbmsWire:
    return EbmsWire(
        environment=Environment(
            name="wire", production=False, broker_url="https://broker.example/api"
        ),
        signer=avsender_identity,
        trust=trust,
        databehandler=AVSENDER,
        clock=Clock(moment),
        sent_to=SentTo(),
    )


@pytest.fixture
def letter(wire: EbmsWire, digital_forsendelse: Callable[[], DigitalForsendelse]) -> Taken:
    """A letter as it goes out, taken apart by the standard library."""
    return Taken.apart(first_request(wire.send(digital_forsendelse(), Package())))
