from __future__ import annotations

from datetime import datetime

import pytest

from sdp.testmiljo.ca import Issued, TestCA
from tests.unit.testmiljo.dpi_world import MAILBOX, World


@pytest.fixture(scope="session")
def dpi_mailbox_issued(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(MAILBOX, "Mailbox", moment=moment)


@pytest.fixture
def world(
    ca: TestCA, avsender_issued: Issued, dpi_mailbox_issued: Issued, moment: datetime
) -> World:
    return World(ca, avsender_issued, dpi_mailbox_issued, moment)
