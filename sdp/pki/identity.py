"""An organisation's own key and certificate, read from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from sdp.errors import UnreadablePackageError
from sdp.pki import _keystore
from sdp.pki._certified import CertifiedKey
from sdp.pki._secret import masked

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sdp.pki._secret import SecretValue
    from sdp.pki.signer import OaepHash

_PADDING: Final = PKCS1v15()
_PREHASHED: Final = Prehashed(hashes.SHA256())
_HASHES: Final[dict[OaepHash, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - the written profile has it, so old packages must open
    "sha256": hashes.SHA256(),
}


class Identity(CertifiedKey[rsa.RSAPrivateKey]):
    """A key with its certificate chain. Signs and decrypts; both `Signer` and `Decryptor`.

    Raises:
        KeyMismatchError: the key does not belong to the certificate.
        UnsupportedKeyError: the key is not RSA of 2048..4096 bits.
        IdentityExpiredError, IdentityNotYetValidError: the certificate is not valid at `moment`.
    """

    @classmethod
    def from_pkcs12(
        cls, source: Path | str | bytes, password: SecretValue, *, moment: datetime
    ) -> Self:
        """Read a PKCS#12 file (`.p12`, `.pfx`), or its bytes.

        Raises:
            WrongPasswordError: the password does not open it.
            MissingKeyError: it is not there, or holds no private key or no certificate.
            UnsupportedKeystoreError: it is a Java key store, or not a key store at all.
            IdentityError: as for the class.
        """
        # Whoever prints the locals of a failed call finds no password here, nor a key below.
        password = masked(password)
        key, chain = _keystore.read_pkcs12(source, password)
        return cls(key, chain, moment=moment)

    @classmethod
    def from_pem(
        cls,
        certificate: Path | str | bytes,
        key: Path | str | bytes,
        password: SecretValue | None = None,
        *,
        moment: datetime,
    ) -> Self:
        """Read a PEM file with the certificate, issuers after it, and one with the private key.

        Raises:
            WrongPasswordError: the key is encrypted and the password is missing or wrong.
            MissingKeyError: a file is not there or holds no such thing.
            IdentityError: as for the class.
        """
        password = None if password is None else masked(password)
        hidden = masked(key) if isinstance(key, bytes) else key
        del key
        private_key, chain = _keystore.read_pem(certificate, hidden, password)
        return cls(private_key, chain, moment=moment)

    def _public_numbers(self) -> rsa.RSAPublicNumbers:
        return self._key.public_key().public_numbers()

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest of 32 bytes with RSASSA-PKCS1-v1_5."""
        return self._key.sign(digest, _PADDING, _PREHASHED)

    def unwrap(
        self, encrypted_key: bytes, *, hash_name: OaepHash, mgf_hash_name: OaepHash
    ) -> bytes:
        """Decrypt a key wrapped with RSAES-OAEP.

        Raises:
            UnreadablePackageError: always with the same text, whatever went wrong.
        """
        padding = OAEP(mgf=MGF1(_HASHES[mgf_hash_name]), algorithm=_HASHES[hash_name], label=None)
        try:
            return self._key.decrypt(encrypted_key, padding)
        except ValueError:
            raise UnreadablePackageError("The package cannot be decrypted.") from None

    def __repr__(self) -> str:
        return (
            f"Identity({self.certificate.subject.rfc4514_string()!r}, "
            f"expires={self.certificate.not_valid_after_utc.isoformat()})"
        )
