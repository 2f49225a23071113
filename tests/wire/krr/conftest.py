from __future__ import annotations

from datetime import datetime

import pytest

from tests.unit.krr_soap.counterpart import Clock


@pytest.fixture
def clock(moment: datetime) -> Clock:
    return Clock(moment)
