from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdp.testmiljo import Testmiljo
from tests.interop.java_witness import DIFIS_CLIENT, DSS, JavaWitness


@pytest.fixture(scope="session")
def java() -> Iterator[JavaWitness]:
    """The libraries that receivers use, and Difi's client."""
    DIFIS_CLIENT.compile()
    with DIFIS_CLIENT.running() as witness:
        yield witness


@pytest.fixture(scope="session")
def dss() -> Iterator[JavaWitness]:
    """The European Commission's Digital Signature Services."""
    DSS.compile()
    with DSS.running() as witness:
        yield witness


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started
