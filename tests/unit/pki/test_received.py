from __future__ import annotations

import warnings
from datetime import datetime

import pytest
from asn1crypto import keys as asn1_keys  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Identity, TrustStore, Usage, read_certificate
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


def with_key(issued: Issued, modulus: int | None, exponent: int) -> bytes:
    """Put another RSA key into a certificate; its signature holds no longer."""
    certificate = asn1_x509.Certificate.load(issued.certificate.public_bytes(Encoding.DER))
    key = {
        "modulus": modulus or issued.key.public_key().public_numbers().n,
        "public_exponent": exponent,
    }
    info = certificate["tbs_certificate"]["subject_public_key_info"]
    info["public_key"] = asn1_keys.RSAPublicKey(key)
    der: bytes = certificate.dump(force=True)
    return der


@pytest.mark.parametrize("bits", [257, 1024, 2040, 100_000])
def test_an_exponent_that_makes_each_check_slow_is_refused(
    avsender_issued: Issued, bits: int
) -> None:
    with pytest.raises(CertificateError) as refused:
        read_certificate(with_key(avsender_issued, None, (1 << (bits - 1)) + 1))

    assert refused.value.problem is CertificateProblem.FORMAT


@pytest.mark.parametrize("exponent", [3, 17, 65537, (1 << 255) + 1])
def test_the_exponents_that_the_standard_allows_are_read(
    avsender_issued: Issued, exponent: int
) -> None:
    der = with_key(avsender_issued, None, exponent)
    assert read_certificate(der).public_bytes(Encoding.DER) == der


@pytest.mark.parametrize("bits", [4104, 16_384, 1_000_000])
def test_a_giant_key_is_refused_and_issues_nothing(
    avsender_issued: Issued, trust: TrustStore, moment: datetime, bits: int
) -> None:
    giant = read_certificate(with_key(avsender_issued, (1 << bits) - 1, 65537))

    with pytest.raises(CertificateError, match=f"RSA key of {bits} bits"):
        trust.validate(giant, moment=moment, usage=Usage.SIGNING)
    # Beside the right issuer it stands in nobody's way.
    trust.validate(
        avsender_issued.certificate,
        moment=moment,
        usage=Usage.SIGNING,
        intermediates=[giant, *avsender_issued.chain[1:]],
    )
