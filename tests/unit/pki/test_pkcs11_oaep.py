"""Padding that OpenSSL put on is taken off, and wrong padding cannot be told from wrong padding."""

from __future__ import annotations

import hashlib
import os
import sys
from types import FrameType
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdp.pki import OaepHash
from sdp.pki.keys import token_unwrapping
from sdp.pki.keys.token_unwrapping import unpadded
from sdp.testmiljo.ca import new_key
from tests.examples import examples

HASHES: dict[OaepHash, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
PAIRS: list[tuple[OaepHash, OaepHash]] = [(one, other) for one in HASHES for other in HASHES]
KEY = os.urandom(32)
LENGTH = 256


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


def block_of(key: RSAPrivateKey, message: bytes, hash_name: OaepHash, mgf: OaepHash) -> bytes:
    """What RSA alone gives, before the padding is taken off."""
    numbers = key.private_numbers()
    padding = OAEP(MGF1(HASHES[mgf]), HASHES[hash_name], None)
    encrypted = int.from_bytes(key.public_key().encrypt(message, padding), "big")
    return pow(encrypted, numbers.d, numbers.public_numbers.n).to_bytes(LENGTH, "big")


@pytest.mark.slow
@given(message=st.binary(max_size=LENGTH - 2 * 32 - 2), pair=st.sampled_from(PAIRS))
@settings(deadline=None, max_examples=examples(0.5), suppress_health_check=list(HealthCheck))
def test_padding_by_openssl_is_taken_off(
    key: RSAPrivateKey, message: bytes, pair: tuple[OaepHash, OaepHash]
) -> None:
    block = block_of(key, message, *pair)
    assert unpadded(block, hash_name=pair[0], mgf_hash_name=pair[1]) == message


@pytest.mark.parametrize(("hash_name", "mgf_hash_name"), PAIRS)
def test_a_block_with_any_byte_changed_is_no_message(
    hash_name: OaepHash, mgf_hash_name: OaepHash, key: RSAPrivateKey
) -> None:
    block = block_of(key, KEY, hash_name, mgf_hash_name)
    for place in range(LENGTH):
        changed = block[:place] + bytes([block[place] ^ 1]) + block[place + 1 :]
        assert unpadded(changed, hash_name=hash_name, mgf_hash_name=mgf_hash_name) is None


def mask(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-256."""
    counters = (number.to_bytes(4, "big") for number in range(length // 32 + 1))
    return b"".join(hashlib.sha256(seed + number).digest() for number in counters)[:length]


def block_with(data: bytes, first: int = 0) -> bytes:
    """A block that holds whatever data block, in the right masks."""
    seed = os.urandom(32)
    masked = strxor(data, mask(seed, len(data)))
    return bytes([first]) + strxor(seed, mask(masked, 32)) + masked


def strxor(left: bytes, right: bytes) -> bytes:
    length = len(left)
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(length, "big")


LABEL = hashlib.sha256(b"").digest()
ZEROS = bytes(LENGTH - 1 - 32 - 32 - 1 - 32)
WRONG = {
    "first byte": block_with(LABEL + ZEROS + b"\1" + KEY, first=1),
    "label": block_with(LABEL[:-1] + b"!" + ZEROS + b"\1" + KEY),
    "first zero": block_with(LABEL + b"\2" + ZEROS[1:] + b"\1" + KEY),
    "last zero": block_with(LABEL + ZEROS[1:] + b"\xff\1" + KEY),
    "other mark": block_with(LABEL + ZEROS + b"\x81" + bytes(32)),
    "no mark": block_with(LABEL + ZEROS + bytes(33)),
    "seed": bytes(1) + os.urandom(32) + block_with(LABEL + ZEROS + b"\1" + KEY)[33:],
    "everything": bytes(LENGTH),
}


@pytest.mark.parametrize("message", [b"", b"\0", b"\1", KEY], ids=["empty", "0", "1", "key"])
def test_what_is_made_here_is_right_where_nothing_is_wrong(message: bytes) -> None:
    zeros = bytes(LENGTH - 1 - 32 - 32 - 1 - len(message))
    block = block_with(LABEL + zeros + b"\1" + message)
    assert unpadded(block, hash_name="sha256", mgf_hash_name="sha256") == message


@pytest.mark.parametrize("fault", WRONG)
def test_a_block_with_any_fault_is_no_message(fault: str) -> None:
    assert unpadded(WRONG[fault], hash_name="sha256", mgf_hash_name="sha256") is None


def test_every_wrong_block_is_gone_through_in_the_same_steps() -> None:
    steps = {steps_of(block) for block in WRONG.values()}
    assert len(steps) == 1
    right = steps_of(block_with(LABEL + ZEROS + b"\1" + KEY))
    assert len(right) > LENGTH
    assert right[:-2] == steps.pop()[:-2]


def steps_of(block: bytes) -> tuple[tuple[str, str, int], ...]:
    """Every line that is run, in order."""
    steps: list[tuple[str, str, int]] = []

    def note(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename == token_unwrapping.__file__:
            steps.append((frame.f_code.co_name, event, frame.f_lineno))
            return note
        return None

    before = sys.gettrace()
    sys.settrace(note)
    try:
        unpadded(block, hash_name="sha256", mgf_hash_name="sha256")
    finally:
        sys.settrace(before)
    return tuple(steps)
