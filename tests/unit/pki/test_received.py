from __future__ import annotations

import warnings
from typing import Literal

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Identity, read_certificate


@pytest.mark.parametrize("filtering", ["error", "ignore"])
@pytest.mark.parametrize("first", [0xFF, 0x00])
def test_a_serial_number_that_is_not_positive_is_refused(
    first: int, filtering: Literal["error", "ignore"], avsender_identity: Identity
) -> None:
    certificate = avsender_identity.certificate
    written = certificate.serial_number.to_bytes(20, "big").lstrip(b"\0")
    other = bytes([first]) + (written[1:] if first else bytes(len(written) - 1))
    der = certificate.public_bytes(Encoding.DER).replace(written, other)

    with warnings.catch_warnings():
        warnings.simplefilter(filtering)
        with pytest.raises(CertificateError) as refusal:
            read_certificate(der)
    assert refusal.value.problem is CertificateProblem.FORMAT
