"""RSA-OAEP unwrapping with a key on a PKCS#11 token, in whichever way the token can.

Tokens differ: some know OAEP with any hash, some with SHA-1 alone, some take the parameters and do
not heed them. So the first unwrapping with each pair of hashes tries the ways on a key wrapped
here. What a stranger sends never decides the way, nor what is said of the token.

A token that does the RSA operation alone leaves the padding to us (RFC 8017, 7.1.2). What fails
must not show: whoever could tell a wrong first byte from other faults could decrypt with our key
(a padding oracle; Manger, 2001). So every block is gone through in the same steps to its end,
nothing branches on a secret byte, and one bit comes out. CPython itself promises nothing about
time.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from pkcs11 import MGF, Mechanism
from pkcs11.exceptions import PKCS11Error

from sdp.errors import (
    KeyUnavailableError,
    UnreadablePackageError,
    UnsupportedKeyError,
)
from sdp.pki.keys.token_session import LOST, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import rsa

    from sdp.pki.keys.identity import OaepHash

    Way = Callable[[bytes], bytes | None]

_HASHES: Final[dict[OaepHash, tuple[Mechanism, MGF, hashes.HashAlgorithm]]] = {
    "sha1": (
        Mechanism.SHA_1,
        MGF.SHA1,
        hashes.SHA1(),  # noqa: S303 - the written profile has it, so old packages must open
    ),
    "sha256": (Mechanism.SHA256, MGF.SHA256, hashes.SHA256()),
}


class Decrypts(Protocol):
    """A key on a token that decrypts with the token's own mechanisms."""

    @property
    def token(self) -> str:
        """The label of the token."""

    def decrypt(self, encrypted: bytes, mechanism: Mechanism, parameter: object = None) -> bytes:
        """Decrypt; raises PKCS11Error where the token refuses."""


class Unwrapping:
    """Unwraps with one key. The public key is its other half."""

    def __init__(self, key: Decrypts, public_key: rsa.RSAPublicKey) -> None:
        self._key = key
        self._public_key = public_key
        self._size = public_key.key_size // 8
        self._ways: dict[tuple[OaepHash, OaepHash], Way] = {}

    def unwrap(self, encrypted_key: bytes, hash_name: OaepHash, mgf_hash_name: OaepHash) -> bytes:
        """Unwrap a key.

        Raises:
            UnreadablePackageError: it cannot be unwrapped; always in the same words.
            UnsupportedKeyError: the token unwraps nothing with these hashes.
            IdentityError: the token cannot be used now.
        """
        pair = (hash_name, mgf_hash_name)
        way = self._ways.get(pair)
        if way is None:
            way = self._ways[pair] = self._working_way(*pair)
        clear = None
        if len(encrypted_key) == self._size:
            try:
                clear = way(encrypted_key)
            except (PKCS11Error, KeyUnavailableError):
                # Tokens tell of bad padding and of their own trouble in the same codes.
                self._check_that_it_works(way, *pair)
        if clear is None:
            raise UnreadablePackageError("The package cannot be decrypted.")
        return clear

    def _working_way(self, hash_name: OaepHash, mgf_hash_name: OaepHash) -> Way:
        mechanism, _, _ = _HASHES[hash_name]
        _, mgf, _ = _HASHES[mgf_hash_name]

        def by_the_token(encrypted: bytes) -> bytes | None:
            return self._key.decrypt(encrypted, Mechanism.RSA_PKCS_OAEP, (mechanism, mgf, None))

        def half_by_the_token(encrypted: bytes) -> bytes | None:
            block = self._key.decrypt(encrypted, Mechanism.RSA_X_509)
            if len(block) != self._size:
                return None
            return unpadded(block, hash_name=hash_name, mgf_hash_name=mgf_hash_name)

        refusals = []
        for way in (by_the_token, half_by_the_token):
            try:
                if self._works(way, hash_name, mgf_hash_name):
                    return way
                refusals.append("a wrong result")
            except LOST as error:
                raise self._gone(error) from error
            except PKCS11Error as error:
                refusals.append(reason_of(error))
        raise UnsupportedKeyError(
            f"The token {self._key.token} unwraps no key with OAEP, {hash_name} and MGF1 with "
            f"{mgf_hash_name} ({refusals[0]}), nor does it do RSA alone ({refusals[1]}).",
            remedy="Allow the key CKM_RSA_PKCS_OAEP with these hashes, or CKM_RSA_X_509.",
        )

    def _works(self, way: Way, hash_name: OaepHash, mgf_hash_name: OaepHash) -> bool:
        sample = os.urandom(32)
        padding = OAEP(MGF1(_HASHES[mgf_hash_name][2]), _HASHES[hash_name][2], None)
        return way(self._public_key.encrypt(sample, padding)) == sample

    def _check_that_it_works(self, way: Way, hash_name: OaepHash, mgf_hash_name: OaepHash) -> None:
        try:
            if not self._works(way, hash_name, mgf_hash_name):
                raise self._gone(None)
        except PKCS11Error as error:
            raise self._gone(error) from error

    def _gone(self, error: PKCS11Error | None) -> KeyUnavailableError:
        reason = "a wrong result" if error is None else reason_of(error)
        return KeyUnavailableError(f"The token {self._key.token} does not decrypt now: {reason}.")


def unpadded(block: bytes, *, hash_name: OaepHash, mgf_hash_name: OaepHash) -> bytes | None:
    """Return the message in a block as long as the modulus; None where the padding is wrong."""
    label = _hash(hash_name, b"")
    size = len(label)
    masked_seed, masked_data = block[1 : 1 + size], block[1 + size :]
    seed = _xor(masked_seed, _mask(masked_data, size, mgf_hash_name))
    data = _xor(masked_data, _mask(seed, len(masked_data), mgf_hash_name))
    wrong = block[0]
    for found, expected in zip(data, label, strict=False):
        wrong |= found ^ expected
    before_mark = 1
    for byte in data[size:]:
        # Small whole numbers: -1 >> 8 is -1, and anything from 0 to 255 gives 0.
        is_zero = (byte - 1) >> 8 & 1
        is_mark = ((byte ^ 1) - 1) >> 8 & 1
        wrong |= before_mark & (is_zero ^ 1) & (is_mark ^ 1)
        before_mark &= is_mark ^ 1
    wrong |= before_mark
    if wrong:
        return None
    return data[size:].partition(b"\1")[2]


def _mask(seed: bytes, length: int, hash_name: OaepHash) -> bytes:
    made = b""
    for counter in range(-(-length // len(_hash(hash_name, b"")))):
        made += _hash(hash_name, seed + counter.to_bytes(4, "big"))
    return made[:length]


def _hash(name: OaepHash, data: bytes) -> bytes:
    return hashlib.new(name, data, usedforsecurity=False).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
