"""Interfaces of a key that signs or decrypts, wherever it is: in a file, an HSM or a key vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from cryptography import x509

OaepHash = Literal["sha1", "sha256"]


class Signer(Protocol):
    """Signs on behalf of an organisation."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The signing certificate first, then its issuers as far as they are known."""

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest of 32 bytes with RSASSA-PKCS1-v1_5."""


@runtime_checkable
class Decryptor(Protocol):
    """Unwraps the keys of packages that were encrypted for an organisation."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that packages are encrypted for."""

    def unwrap(
        self, encrypted_key: bytes, *, hash_name: OaepHash, mgf_hash_name: OaepHash
    ) -> bytes:
        """Decrypt a key wrapped with RSAES-OAEP.

        Raises:
            UnreadablePackageError: always with the same text, whatever went wrong.
        """
