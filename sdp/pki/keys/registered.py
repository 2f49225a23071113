"""Key without a certificate, known by the id that it was registered under."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from sdp.errors import UnsupportedKeyError, not_picklable
from sdp.pki.certificates import LARGEST_KEY, SMALLEST_KEY
from sdp.pki.keys import keystore
from sdp.pki.keys.pkcs11 import open_token
from sdp.pki.keys.secret import Pin, masked, pin_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sdp.pki.keys.identity import Signer
    from sdp.pki.keys.secret import SecretValue


class RegisteredKey:
    """A key that others know by its id (`kid`, RFC 7515, 4.1.4), and not by a certificate.

    Attributes:
        key_id: the id that it is registered under.
        public_key: its public half.

    Raises:
        UnsupportedKeyError: the key is not RSA of 2048..4096 bits.
    """

    def __init__(
        self,
        key_id: str,
        public_key: object,
        sign: Callable[[bytes], bytes],
        *,
        close: Callable[[], object] = lambda: None,
    ) -> None:
        if (
            not isinstance(public_key, rsa.RSAPublicKey)
            or not SMALLEST_KEY <= public_key.key_size <= LARGEST_KEY
        ):
            raise UnsupportedKeyError(
                f"The key registered as {key_id} is not RSA of {SMALLEST_KEY} to {LARGEST_KEY}"
                " bits, and tokens are signed with RS256.",
                remedy="Make such a key, and register its public half.",
            )
        self.key_id = key_id
        self.public_key = public_key
        self._sign = sign
        self._close = close

    @classmethod
    def from_pem(
        cls, key_id: str, key: Path | str | bytes, password: SecretValue | None = None
    ) -> Self:
        """Read a private key from a PEM file, or its bytes.

        Raises:
            WrongPasswordError: it is encrypted, and the password is missing or wrong.
            MissingKeyError: it is not there, or holds no private key.
            UnsupportedKeyError: it is not RSA of 2048..4096 bits.
        """
        password = None if password is None else masked(password)
        hidden = masked(key) if isinstance(key, bytes) else key
        del key
        return cls._in_memory(key_id, keystore.read_key(hidden, password))

    @classmethod
    def from_pkcs12(
        cls,
        key_id: str,
        source: Path | str | bytes,
        password: SecretValue,
        *,
        alias: str | None = None,
        moment: datetime,
    ) -> Self:
        """Read a key from a PKCS#12 file. The certificate beside it is not used, nor its dates.

        Args:
            key_id: the id that it is registered under.
            source: the file, or its bytes.
            password: opens it.
            alias: chooses among several keys, as for `Identity.from_pkcs12`.
            moment: decides among several keys; aware.

        Raises:
            WrongPasswordError, MissingKeyError, UnsupportedKeystoreError: as for an `Identity`.
            UnsupportedKeyError: it is not RSA of 2048..4096 bits.
        """
        password = masked(password)
        key, _ = keystore.read_pkcs12(source, password, alias=alias, moment=moment)
        return cls._in_memory(key_id, key)

    @classmethod
    def from_token(
        cls, key_id: str, module: Path | str, token: str, pin: Pin, *, key_label: str | None = None
    ) -> Self:
        """Open a key on a PKCS#11 token. No certificate needs to be there.

        Raises:
            ConfigurationError: the extra is not installed.
            IdentityError: it cannot be opened; the type says why, as for a `Pkcs11Identity`.
        """
        source = pin_source(pin)
        del pin
        key = open_token(os.fspath(module), token, source, key_label, None)
        try:
            return cls(key_id, key.numbers.public_key(), key.sign, close=key.close)
        except BaseException:
            key.close()
            raise

    @classmethod
    def held_by(cls, signer: Signer, key_id: str) -> Self:
        """Take the key of a signer, where that is registered too. It is not closed from here."""
        return cls(key_id, signer.chain[0].public_key(), signer.sign)

    @classmethod
    def _in_memory(cls, key_id: str, key: rsa.RSAPrivateKey) -> Self:
        def sign(digest: bytes) -> bytes:
            return key.sign(digest, PKCS1v15(), Prehashed(hashes.SHA256()))

        return cls(key_id, key.public_key(), sign)

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest of 32 bytes with RSASSA-PKCS1-v1_5.

        Raises:
            IdentityError: the token that holds it cannot be used now; the type says why.
        """
        return self._sign(digest)

    def close(self) -> None:
        """Release the token that holds it, if one does."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise not_picklable("a registered key", "read it in each process, from its file or token")

    def __repr__(self) -> str:
        return f"RegisteredKey({self.key_id!r})"
