"""Unwraps RSA-OAEP with a key on a token, in whichever way the token is able to.

Tokens differ: some know OAEP with any hash, some with SHA-1 alone, some take the parameters and do
not heed them. So the first unwrapping with each pair of hashes tries the ways on a key wrapped
here. What a stranger sends never decides the way, nor what is said of the token.
"""

from __future__ import annotations

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
from sdp.pki._oaep import unpadded
from sdp.pki._pkcs11_session import LOST, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import rsa

    from sdp.pki.signer import OaepHash

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
