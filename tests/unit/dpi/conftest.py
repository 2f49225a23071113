from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import pytest

from sdp.dpi import DpiSettings, DpiWire
from sdp.maskinporten import Maskinporten, MaskinportenSettings
from sdp.pki import Identity, TrustStore
from sdp.wire import SentTo
from tests.conftest import AVSENDER
from tests.unit.dpi.counterpart import ISSUER, ROOT, AccessPoint
from tests.unit.ebms.counterpart import Clock, Package


class MakeWire(Protocol):
    def __call__(
        self,
        *,
        databehandler: str | None = AVSENDER,
        sent: Callable[[str], str | None] | None = None,
        signer: Identity | None = None,
        **settings: Any,
    ) -> DpiWire: ...


@pytest.fixture
def clock(moment: datetime) -> Clock:
    return Clock(moment)


@pytest.fixture
def package() -> Package:
    return Package()


@pytest.fixture
def access_point() -> AccessPoint:
    return AccessPoint()


@pytest.fixture
def make_wire(avsender_identity: Identity, trust: TrustStore, clock: Clock) -> MakeWire:
    def make(
        *,
        databehandler: str | None = AVSENDER,
        sent: Callable[[str], str | None] | None = None,
        signer: Identity | None = None,
        **settings: Any,
    ) -> DpiWire:
        key = signer or avsender_identity
        return DpiWire(
            DpiSettings(**{"url": ROOT, **settings}),
            signer=key,
            trust=trust,
            maskinporten=Maskinporten(
                MaskinportenSettings(ISSUER, "klient"), signer=key, clock=clock
            ),
            databehandler=databehandler,
            clock=clock,
            sent_to=SentTo(sent),
        )

    return make


@pytest.fixture
def wire(make_wire: MakeWire) -> DpiWire:
    return make_wire()
