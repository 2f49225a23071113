"""Which key on a token, which certificate with it, and what is said where they cannot be used."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sdp.errors import (
    IdentityExpiredError,
    KeyMismatchError,
    MissingKeyError,
    UnsupportedKeyError,
)
from sdp.testmiljo.ca import TestCA, new_key
from tests.conftest import AVSENDER
from tests.keys import oversized_key
from tests.unit.pki.test_pkcs11_token import LABEL, PIN, TOKEN, Refused, SoftHsm


@pytest.fixture(scope="session")
def hsm(ca: TestCA, moment: datetime) -> SoftHsm:
    return SoftHsm.once(ca, moment)


@pytest.fixture
def refused(hsm: SoftHsm, moment: datetime) -> Refused:
    return partial(hsm.refused, moment)


def test_a_key_that_is_not_there_is_answered_with_those_that_are(refused: Refused) -> None:
    error = refused(MissingKeyError, key_label="virksomhed", key_id=b"\x09")
    assert error.message == ("The token etaten holds no private key with label virksomhed, id 09.")
    assert LABEL in error.remedy
    assert "no private key" in refused(MissingKeyError, token="tom").remedy


def test_two_keys_with_one_label_are_told_apart_by_their_ids(
    refused: Refused, hsm: SoftHsm, moment: datetime
) -> None:
    assert "2 private keys" in refused(MissingKeyError, key_label="dobbel").message
    with hsm.open(moment, key_label="dobbel", key_id=b"\x05") as identity:
        assert identity.certificate == hsm.issued.certificate


def test_a_token_with_one_key_needs_no_name_for_it(hsm: SoftHsm, moment: datetime) -> None:
    with hsm.open(
        moment, token="bare-pin", key_label=None, chain=hsm.issued.chain_pem()
    ) as identity:
        assert identity.chain == hsm.issued.chain


def test_a_token_without_the_certificate_takes_it_from_a_file(
    refused: Refused, hsm: SoftHsm, moment: datetime, tmp_path: Path
) -> None:
    assert "PEM file" in refused(MissingKeyError, token="bare-pin").remedy
    assert "PEM file" in refused(KeyMismatchError, key_label="uten").remedy
    (tmp_path / "chain.pem").write_bytes(hsm.without.chain_pem())
    with hsm.open(moment, key_label="uten", chain=tmp_path / "chain.pem") as identity:
        assert identity.chain == hsm.without.chain


def test_a_chain_that_cannot_be_read(refused: Refused, tmp_path: Path) -> None:
    assert "cannot be read" in refused(MissingKeyError, chain=tmp_path / "borte.pem").message
    assert "no certificate" in refused(MissingKeyError, chain=b"tull").message


def test_a_certificate_of_another_key(refused: Refused, hsm: SoftHsm) -> None:
    error = refused(KeyMismatchError, chain=hsm.without.chain_pem())
    assert "does not belong" in error.message


def test_an_elliptic_curve_key_is_refused_with_the_reason(refused: Refused) -> None:
    error = refused(UnsupportedKeyError, key_label="elliptisk")
    assert "signs with RSA alone" in error.message


@pytest.mark.parametrize("bits", [1024, 4104])
def test_a_key_outside_2048_to_4096_bits(
    bits: int, refused: Refused, hsm: SoftHsm, ca: TestCA, moment: datetime
) -> None:
    key = oversized_key(bits) if bits > 4096 else new_key(bits)
    issued = ca.issue(AVSENDER, "Etaten", moment=moment, key=key)
    hsm.put(TOKEN, f"rsa-{bits}", f"{bits:04x}", issued.key)
    error = refused(UnsupportedKeyError, key_label=f"rsa-{bits}", chain=issued.chain_pem())
    assert f"{bits} bits" in error.message


@pytest.mark.slow
@pytest.mark.parametrize("bits", [3072, 4096])
def test_keys_up_to_4096_bits_are_taken(
    bits: int, hsm: SoftHsm, ca: TestCA, moment: datetime
) -> None:
    issued = ca.issue(AVSENDER, "Etaten", moment=moment, key=new_key(bits))
    hsm.put(TOKEN, f"rsa-{bits}", f"{bits:04x}", issued.key)
    with hsm.open(moment, key_label=f"rsa-{bits}", chain=issued.chain_pem()) as identity:
        assert len(identity.sign(bytes(32))) == bits // 8


def test_an_expired_certificate(
    refused: Refused, hsm: SoftHsm, ca: TestCA, moment: datetime
) -> None:
    old = ca.issue(
        AVSENDER,
        "Etaten",
        moment=moment,
        key=hsm.issued.key,
        not_before=moment - timedelta(days=9),
        not_after=moment - timedelta(days=1),
    )
    refused(IdentityExpiredError, chain=old.chain_pem())


def test_a_key_that_wants_the_pin_each_time_is_refused_with_the_reason(
    refused: Refused, hsm: SoftHsm
) -> None:
    import pkcs11
    from pkcs11.util.rsa import decode_rsa_private_key

    der = hsm.without.key.private_bytes(
        Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    with hsm.tokens[TOKEN].open(rw=True, user_pin=PIN) as session:
        session.create_object(
            decode_rsa_private_key(der)
            | {
                pkcs11.Attribute.LABEL: "hver gang",
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.ALWAYS_AUTHENTICATE: True,
            }
        )
    error = refused(UnsupportedKeyError, key_label="hver gang", chain=hsm.without.chain_pem())
    assert "the PIN for each use" in error.message
