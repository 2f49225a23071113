from __future__ import annotations

import warnings

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Identity, read_certificate
from sdp.testmiljo.ca import Issued


def test_a_serial_number_that_is_not_positive_never_lets_a_warning_out_as_an_error(
    avsender_identity: Identity,
) -> None:
    certificate = avsender_identity.certificate
    serial = certificate.serial_number
    written = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
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


@pytest.mark.parametrize("kind", [0x0B, 0x0D, 0x1D])
def test_a_name_in_a_type_of_text_that_nobody_knows_is_no_certificate_to_read(
    avsender_issued: Issued, kind: int
) -> None:
    der = avsender_issued.certificate.public_bytes(Encoding.DER)
    name = b"Etaten"
    written = bytes((0x0C, len(name))) + name
    assert written in der

    with pytest.raises(CertificateError) as refused:
        read_certificate(der.replace(written, bytes((kind, len(name))) + name))

    assert refused.value.problem is CertificateProblem.FORMAT
