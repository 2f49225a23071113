from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdp.testmiljo import Testmiljo
from tests.interop.as4.witness import Phase4
from tests.interop.java_witness import DIFIS_CLIENT, DIGIPOST, DSS, PHASE4, JavaWitness


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


@pytest.fixture(scope="session")
def digipost() -> Iterator[JavaWitness]:
    """Digipost's own validators of HTML letters and of print letters."""
    DIGIPOST.compile()
    with DIGIPOST.running() as witness:
        yield witness


@pytest.fixture(scope="session")
def phase4(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phase4]:
    """An AS4 implementation that is built for other networks than ours."""
    PHASE4.compile()
    with PHASE4.running() as witness:
        yield Phase4(witness, tmp_path_factory.mktemp("phase4"))


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started
