"""An organisation's own key and certificate, read from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from sdp.errors import (
    IdentityExpiredError,
    IdentityNotYetValidError,
    KeyMismatchError,
    UnreadablePackageError,
    UnsupportedKeyError,
)
from sdp.pki import _keystore
from sdp.pki.organisasjon import organisasjonsnummer
from sdp.pki.trust import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from sdp.pki.signer import OaepHash
    from sdp.pki.trust import TrustStore

_PADDING: Final = PKCS1v15()
_PREHASHED: Final = Prehashed(hashes.SHA256())
_HASHES: Final[dict[OaepHash, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - the written profile has it, so old packages must open
    "sha256": hashes.SHA256(),
}


class Identity:
    """A key with its certificate chain. Signs and decrypts; both `Signer` and `Decryptor`.

    Raises:
        KeyMismatchError: the key does not belong to the certificate.
        UnsupportedKeyError: the key is not RSA of 2048..4096 bits.
        IdentityExpiredError, IdentityNotYetValidError: the certificate is not valid at `moment`.
    """

    def __init__(
        self,
        key: rsa.RSAPrivateKey,
        chain: Sequence[x509.Certificate],
        *,
        moment: datetime,
    ) -> None:
        certificate = chain[0]
        _check_key(key, certificate)
        _check_validity(certificate, moment)
        self._key = key
        self._chain = tuple(chain)

    @classmethod
    def from_pkcs12(
        cls, source: Path | str | bytes, password: str | bytes, *, moment: datetime
    ) -> Self:
        """Read a PKCS#12 file (`.p12`, `.pfx`), or its bytes.

        Raises:
            WrongPasswordError: the password does not open it.
            MissingKeyError: it is not there, or holds no private key or no certificate.
            UnsupportedKeystoreError: it is a Java key store, or no key store at all.
            IdentityError: as for the class.
        """
        key, chain = _keystore.read_pkcs12(source, _as_bytes(password))
        return cls(key, chain, moment=moment)

    @classmethod
    def from_pem(
        cls,
        certificate: Path | str | bytes,
        key: Path | str | bytes,
        password: str | bytes | None = None,
        *,
        moment: datetime,
    ) -> Self:
        """Read a PEM file with the certificate, issuers after it, and one with the private key.

        Raises:
            WrongPasswordError: the key is encrypted and the password is missing or wrong.
            MissingKeyError: a file is not there or holds no such thing.
            IdentityError: as for the class.
        """
        secret = None if password is None else _as_bytes(password)
        private_key, chain = _keystore.read_pem(certificate, key, secret)
        return cls(private_key, chain, moment=moment)

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The certificate first, then its issuers as far as they are known."""
        return self._chain

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate of the key."""
        return self._chain[0]

    @property
    def organisasjonsnummer(self) -> str:
        """The organisation in the certificate.

        Raises:
            CertificateError: the certificate names none.
        """
        return organisasjonsnummer(self.certificate)

    def with_chain_from(self, trust: TrustStore, *, moment: datetime) -> Self:
        """Return the same identity with its chain completed up to a trust anchor.

        Raises:
            CertificateError: the certificate does not chain to the trust store.
        """
        chain = trust.validate(
            self.certificate, moment=moment, usage=Usage.SIGNING, intermediates=self._chain[1:]
        )
        return type(self)(self._key, chain, moment=moment)

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest of 32 bytes with RSASSA-PKCS1-v1_5."""
        return self._key.sign(digest, _PADDING, _PREHASHED)

    def unwrap(
        self, encrypted_key: bytes, *, hash_name: OaepHash, mgf_hash_name: OaepHash
    ) -> bytes:
        """Decrypt a key wrapped with RSAES-OAEP.

        Raises:
            UnreadablePackageError: always with the same words, whatever went wrong.
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


def _check_key(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise UnsupportedKeyError(
            "The certificate has no RSA key, and the wire signs with RSA alone.",
            remedy="Order a virksomhetssertifikat with an RSA key.",
        )
    if public_key.public_numbers() != key.public_key().public_numbers():
        raise KeyMismatchError(
            "The private key does not belong to the certificate.",
            remedy="Use the key that the certificate was ordered with.",
        )
    if not 2048 <= key.key_size <= 4096:
        raise UnsupportedKeyError(
            f"The RSA key is {key.key_size} bits; the wire takes 2048 to 4096.",
            remedy="Order a virksomhetssertifikat with a key of 2048 to 4096 bits.",
        )


def _check_validity(certificate: x509.Certificate, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("moment must be an aware datetime")
    if moment > certificate.not_valid_after_utc:
        raise IdentityExpiredError(
            f"The certificate expired {certificate.not_valid_after_utc}.",
            remedy="Renew it with its issuer, and configure the new one.",
        )
    if moment < certificate.not_valid_before_utc:
        raise IdentityNotYetValidError(
            f"The certificate is not valid before {certificate.not_valid_before_utc}.",
            remedy="Check the clock of this machine, or wait.",
        )


def _as_bytes(password: str | bytes) -> bytes:
    return password.encode() if isinstance(password, str) else password
