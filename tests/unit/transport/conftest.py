from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.testmiljo.ca import TestCA


@pytest.fixture(scope="session")
def ca_pem(ca: TestCA) -> bytes:
    return ca.trust.anchors[0].public_bytes(Encoding.PEM)
