from __future__ import annotations

from datetime import datetime

import pytest

from sdp.pki import Identity, TrustStore
from tests.unit.operations.stage import Stage


@pytest.fixture
def stage(
    avsender_identity: Identity,
    trust: TrustStore,
    postkasse_identity: Identity,
    printer_identity: Identity,
    moment: datetime,
) -> Stage:
    return Stage.build(
        signer=avsender_identity,
        trust=trust,
        postkasse=postkasse_identity,
        printer=printer_identity,
        moment=moment,
    )
