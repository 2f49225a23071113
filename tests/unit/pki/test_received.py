from __future__ import annotations

import warnings

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Identity, read_certificate


def test_a_serial_number_that_is_not_positive_never_lets_a_warning_out_as_an_error(
    avsender_identity: Identity,
) -> None:
    certificate = avsender_identity.certificate
    written = certificate.serial_number.to_bytes(20, "big").lstrip(b"\0")
    other = b"\x80" + written[1:]
    der = certificate.public_bytes(Encoding.DER).replace(written, other)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CertificateError) as refusal:
            read_certificate(der)
        assert refusal.value.problem is CertificateProblem.FORMAT
        # Such as Digdir's recorded messages are signed with.
        warnings.simplefilter("ignore")
        assert read_certificate(der).serial_number < 0
