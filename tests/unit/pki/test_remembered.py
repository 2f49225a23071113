"""What is read of one object is read once, and never taken for what was read of another."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.pki.cache import remembered
from sdp.pki.certificates import base64_der, der_of
from sdp.testmiljo.ca import TestCA


@pytest.fixture(scope="module")
def certificates() -> list[x509.Certificate]:
    moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    ca = TestCA.create(moment)
    return [
        ca.issue("991825827", f"Etat {number}", moment=moment).identity(moment).certificate
        for number in range(3)
    ]


def test_one_object_is_read_once_and_an_equal_one_not_again(
    certificates: list[x509.Certificate],
) -> None:
    read = list[x509.Certificate]()

    @remembered(4)
    def serial_number(certificate: x509.Certificate) -> int:
        read.append(certificate)
        return certificate.serial_number

    first = certificates[0]
    equal = x509.load_der_x509_certificate(first.public_bytes(Encoding.DER))
    for each in (first, first, equal, equal):
        assert serial_number(each) == first.serial_number
    assert read == [first]


def test_each_result_is_its_own_also_when_there_are_more_than_are_remembered(
    certificates: list[x509.Certificate],
) -> None:
    @remembered(2)
    def serial_number(certificate: x509.Certificate) -> int:
        return certificate.serial_number

    for each in (*certificates, *reversed(certificates), *certificates):
        assert serial_number(each) == each.serial_number


def test_an_object_that_takes_the_place_of_another_in_memory_is_not_taken_for_it() -> None:
    upper = remembered(2)(str.upper)
    for number in range(1000):
        assert upper(f"brev {number}") == f"BREV {number}"


def test_what_is_raised_is_raised_each_time() -> None:
    @remembered(2)
    def fail(_: str) -> str:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fail("brev")


def test_a_certificate_is_written_as_it_is(certificates: list[x509.Certificate]) -> None:
    for each in certificates * 2:
        assert der_of(each) == each.public_bytes(Encoding.DER)
        assert x509.load_der_x509_certificate(b64decode(base64_der(each))) == each
