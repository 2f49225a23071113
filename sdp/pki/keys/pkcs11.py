"""Identity whose key is on a PKCS#11 token: in an HSM, on a card, or in a service like one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn, Self

from cryptography.hazmat.primitives.asymmetric import rsa

from sdp.errors import ConfigurationError, KeyMismatchError, MissingKeyError, not_picklable
from sdp.pki.certificates import in_order
from sdp.pki.keys.identity import CertifiedKey
from sdp.pki.keys.keystore import read_chain
from sdp.pki.keys.secret import Pin, pin_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from sdp.pki.keys.identity import OaepHash
    from sdp.pki.keys.token_key import TokenKey

__all__ = ["Pin", "Pkcs11Identity"]


class Pkcs11Identity(CertifiedKey["TokenKey"]):
    """A key that never leaves its token, with its certificate chain.

    Signs and decrypts, from any number of threads; both `Signer` and `Decryptor`. The token serves
    one thread at a time. A lost session is opened again, once per call. Made by `from_token`.
    """

    def __init__(
        self,
        key: TokenKey,
        chain: Sequence[x509.Certificate],
        *,
        moment: datetime,
        source: str = "",
    ) -> None:
        from sdp.pki.keys.token_unwrapping import Unwrapping

        super().__init__(key, chain, moment=moment, source=source or f"the token {key.token}")
        self._unwrapping = Unwrapping(key, key.numbers.public_key())

    @classmethod
    def from_token(
        cls,
        module: Path | str,
        token: str,
        pin: Pin,
        *,
        key_label: str | None = None,
        key_id: bytes | None = None,
        chain: Path | str | bytes | None = None,
        moment: datetime,
    ) -> Self:
        """Open a key on a token. Needs the extra: `pip install 'sikker-digital-post[pkcs11]'`.

        Args:
            module: the PKCS#11 library that came with the HSM.
            token: the label of the token.
            pin: the user PIN. A value is kept, masked, to log in again when a session is lost. A
                function is called at each login instead, and what it returns is not kept.
            key_label: the label of the private key (CKA_LABEL).
            key_id: its id (CKA_ID). Neither is needed if the token holds only one private key.
            chain: a PEM file, or its bytes: the certificate first, then issuers. None looks for
                them on the token.
            moment: when the certificate must be valid; must be aware.

        Raises:
            ConfigurationError: the extra is not installed.
            UnsupportedKeystoreError: the module is not a PKCS#11 library, or cannot be initialised.
            MissingKeyError: no such module, token, key or certificate.
            WrongPasswordError: the token does not accept the PIN.
            PinLockedError: too many wrong PINs have locked it.
            KeyMismatchError: the key does not belong to the certificate.
            UnsupportedKeyError: the key is not RSA of 2048..4096 bits.
            IdentityExpiredError, IdentityNotYetValidError: the certificate, at `moment`.
            KeyUnavailableError: the token does not answer, or refuses.
        """
        source = pin_source(pin)
        # Whoever prints the locals of a failed call finds no PIN here.
        del pin
        given = None if chain is None else read_chain(chain)
        key = open_token(os.fspath(module), token, source, key_label, key_id)
        try:
            return cls(key, given or _chain_on_token(key), moment=moment)
        except BaseException:
            key.close()
            raise

    def _public_numbers(self) -> rsa.RSAPublicNumbers:
        return self._key.numbers

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest of 32 bytes with RSASSA-PKCS1-v1_5.

        Raises:
            IdentityError: the token cannot be used now; the type says why.
        """
        return self._key.sign(digest)

    def unwrap(
        self, encrypted_key: bytes, *, hash_name: OaepHash, mgf_hash_name: OaepHash
    ) -> bytes:
        """Decrypt a key wrapped with RSAES-OAEP.

        Raises:
            UnreadablePackageError: whatever is wrong with the key; always with the same text.
            IdentityError: the token cannot be used now.
        """
        return self._unwrapping.unwrap(encrypted_key, hash_name, mgf_hash_name)

    def close(self) -> None:
        """Release the token, and log out if nothing else in this process uses it."""
        self._key.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise not_picklable(
            "an identity on a token, which is logged in to", "open it in each process"
        )

    def __repr__(self) -> str:
        return (
            f"Pkcs11Identity({self.certificate.subject.rfc4514_string()!r}, "
            f"token={self._key.token!r}, "
            f"expires={self.certificate.not_valid_after_utc.isoformat()})"
        )


def open_token(
    module: str, token: str, pin: Callable[[], str], label: str | None, key_id: bytes | None
) -> TokenKey:
    """Open a key on a token, with or without a certificate beside it.

    Raises:
        ConfigurationError: the extra is not installed.
        IdentityError: it cannot be opened; the type says why.
    """
    try:
        from sdp.pki.keys.token_key import TokenKey
        from sdp.pki.keys.token_session import TokenSession
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "pkcs11":
            raise
        raise ConfigurationError(
            "A key on a token needs the package python-pkcs11.",
            remedy="Install: pip install 'sikker-digital-post[pkcs11]'",
        ) from error
    return TokenKey(TokenSession.share(module, token), pin, label=label, key_id=key_id)


def _chain_on_token(key: TokenKey) -> list[x509.Certificate]:
    ours = [found for found in key.certificates if _public_numbers(found) == key.numbers]
    if ours:
        # A certificate that was renewed with its old key lies beside the one before it.
        leaf = max(ours, key=lambda found: found.not_valid_after_utc)
        return in_order(leaf, key.certificates)
    remedy = "Put it there, or give the chain as a PEM file."
    if key.certificates:
        raise KeyMismatchError(
            f"No certificate on the token {key.token} belongs to the private key.", remedy=remedy
        )
    raise MissingKeyError(f"The token {key.token} holds no certificate.", remedy=remedy)


def _public_numbers(certificate: x509.Certificate) -> rsa.RSAPublicNumbers | None:
    public_key = certificate.public_key()
    return public_key.public_numbers() if isinstance(public_key, rsa.RSAPublicKey) else None
