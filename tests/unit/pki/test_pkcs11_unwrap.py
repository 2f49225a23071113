"""Keys are unwrapped by what the token is able to, and every failure looks the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sdp.errors import (
    KeyUnavailableError,
    UnreadablePackageError,
    UnsupportedKeyError,
)
from sdp.pki import OaepHash
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.pki.keys.token_unwrapping import unpadded
from sdp.testmiljo.ca import TestCA
from tests.unit.pki.test_pkcs11_token import PIN, TOKEN, SoftHsm

if TYPE_CHECKING:
    from pkcs11 import Mechanism

    from sdp.pki.keys.token_unwrapping import Unwrapping

HASHES: dict[OaepHash, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
PAIRS: list[tuple[OaepHash, OaepHash]] = [(one, other) for one in HASHES for other in HASHES]
KEY = os.urandom(32)
LENGTH = 256


@pytest.fixture(scope="session")
def hsm(ca: TestCA, moment: datetime) -> SoftHsm:
    return SoftHsm.once(ca, moment)


@pytest.fixture
def identity(hsm: SoftHsm, moment: datetime) -> Iterator[Pkcs11Identity]:
    with hsm.open(moment) as identity:
        yield identity


def wrapped(key: RSAPrivateKey, hash_name: OaepHash, mgf_hash_name: OaepHash) -> bytes:
    padding = OAEP(MGF1(HASHES[mgf_hash_name]), HASHES[hash_name], None)
    return key.public_key().encrypt(KEY, padding)


@pytest.mark.parametrize(("hash_name", "mgf_hash_name"), PAIRS)
def test_a_wrapped_key_is_unwrapped_whatever_the_hashes(
    hash_name: OaepHash, mgf_hash_name: OaepHash, identity: Pkcs11Identity, hsm: SoftHsm
) -> None:
    encrypted = wrapped(hsm.issued.key, hash_name, mgf_hash_name)
    for _ in range(2):
        clear = identity.unwrap(encrypted, hash_name=hash_name, mgf_hash_name=mgf_hash_name)
        assert clear == KEY


@pytest.mark.parametrize(("hash_name", "mgf_hash_name"), PAIRS)
def test_every_failure_reads_the_same_even_before_the_first_success(
    hash_name: OaepHash, mgf_hash_name: OaepHash, identity: Pkcs11Identity, hsm: SoftHsm
) -> None:
    good = wrapped(hsm.issued.key, hash_name, mgf_hash_name)
    wrong_hash = wrapped(hsm.issued.key, "sha256" if hash_name == "sha1" else "sha1", hash_name)
    other_key = wrapped(hsm.without.key, hash_name, mgf_hash_name)
    said = set()
    for bad in (
        b"", bytes(LENGTH), b"\xff" * LENGTH, good[:-1], good + b"\0", b"\0" + good[:-1],
        bytes([good[0] ^ 1]) + good[1:], wrong_hash, other_key,
    ):  # fmt: skip
        with pytest.raises(UnreadablePackageError) as failure:
            identity.unwrap(bad, hash_name=hash_name, mgf_hash_name=mgf_hash_name)
        said.add((str(failure.value), failure.value.__context__, failure.value.__cause__))
    assert said == {("The package cannot be decrypted.", None, None)}
    clear = identity.unwrap(good, hash_name=hash_name, mgf_hash_name=mgf_hash_name)
    assert clear == KEY


def test_a_key_that_may_only_sign_unwraps_nothing(hsm: SoftHsm, moment: datetime) -> None:
    restrict(hsm, "DECRYPT")
    with hsm.open(moment, key_label="DECRYPT", chain=hsm.without.chain_pem()) as signs:
        assert len(signs.sign(bytes(32))) == LENGTH
        with pytest.raises(UnsupportedKeyError, match="CKA_DECRYPT"):
            signs.unwrap(bytes(LENGTH), hash_name="sha256", mgf_hash_name="sha256")


def test_a_key_that_may_only_decrypt_signs_nothing(hsm: SoftHsm, moment: datetime) -> None:
    restrict(hsm, "SIGN")
    encrypted = wrapped(hsm.without.key, "sha256", "sha256")
    with hsm.open(moment, key_label="SIGN", chain=hsm.without.chain_pem()) as decrypts:
        assert decrypts.unwrap(encrypted, hash_name="sha256", mgf_hash_name="sha256") == KEY
        with pytest.raises(UnsupportedKeyError, match="CKA_SIGN"):
            decrypts.sign(bytes(32))


def restrict(hsm: SoftHsm, use: str) -> None:
    import pkcs11

    hsm.put(TOKEN, use, use.encode().hex(), hsm.without.key)
    with hsm.tokens[TOKEN].open(rw=True, user_pin=PIN) as session:
        wanted = {
            pkcs11.Attribute.LABEL: use,
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
        }
        (key,) = session.get_objects(wanted)
        key[getattr(pkcs11.Attribute, use)] = False


class Token:
    """Tokens that SoftHSM is not: what this one is able to is said by the test."""

    token = "etaten"

    def __init__(self, key: RSAPrivateKey, **abilities: bool) -> None:
        self._numbers = key.private_numbers()
        self.abilities = abilities

    def decrypt(self, encrypted: bytes, mechanism: Mechanism, parameter: object = None) -> bytes:
        import pkcs11

        if self.abilities.get("is_gone"):
            raise pkcs11.DeviceError
        if not self.abilities.get(mechanism.name):
            raise pkcs11.MechanismInvalid
        number = int.from_bytes(encrypted, "big")
        block = pow(number, self._numbers.d, self._numbers.public_numbers.n).to_bytes(LENGTH, "big")
        if mechanism.name == "RSA_PKCS_OAEP":
            # One that takes the parameters and does SHA-1 all the same.
            clear = unpadded(block, hash_name="sha1", mgf_hash_name="sha1")
            if clear is None:
                raise pkcs11.GeneralError
            return clear
        return block.lstrip(b"\0") if self.abilities.get("strips_zeros") else block


def unwrapping(hsm: SoftHsm, **abilities: bool) -> tuple[Token, Unwrapping]:
    from sdp.pki.keys.token_unwrapping import Unwrapping

    token = Token(hsm.issued.key, **abilities)
    return token, Unwrapping(token, hsm.issued.key.public_key())


@pytest.mark.parametrize(
    "abilities",
    [{}, {"RSA_PKCS_OAEP": True}, {"RSA_X_509": True, "strips_zeros": True}],
    ids=["neither", "other hashes", "blocks cut short"],
)
def test_a_token_that_is_not_able_to_is_said_to_be_so(
    abilities: dict[str, bool], hsm: SoftHsm
) -> None:
    _, unable = unwrapping(hsm, **abilities)
    with pytest.raises(UnsupportedKeyError, match="unwraps no key with OAEP, sha256") as refusal:
        unable.unwrap(wrapped(hsm.issued.key, "sha256", "sha256"), "sha256", "sha256")
    assert "CKM_RSA_X_509" in refusal.value.remedy


def test_a_token_that_does_not_heed_the_hashes_is_not_believed(hsm: SoftHsm) -> None:
    _, able = unwrapping(hsm, RSA_PKCS_OAEP=True, RSA_X_509=True)
    for hashes_of_it in PAIRS:
        assert able.unwrap(wrapped(hsm.issued.key, *hashes_of_it), *hashes_of_it) == KEY


def test_a_token_that_fails_is_not_told_as_an_unreadable_package(hsm: SoftHsm) -> None:
    token, able = unwrapping(hsm, RSA_X_509=True, is_gone=True)
    good = wrapped(hsm.issued.key, "sha256", "sha256")
    with pytest.raises(KeyUnavailableError, match="DeviceError"):
        able.unwrap(good, "sha256", "sha256")
    token.abilities["is_gone"] = False
    assert able.unwrap(good, "sha256", "sha256") == KEY
    token.abilities["is_gone"] = True
    with pytest.raises(KeyUnavailableError, match="DeviceError"):
        able.unwrap(good, "sha256", "sha256")
    token.abilities["is_gone"] = False
    assert able.unwrap(good, "sha256", "sha256") == KEY
