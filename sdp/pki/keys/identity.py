"""Key of our own with its certificate chain: the base of every identity, and the one from files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import (
    TYPE_CHECKING,
    Final,
    Generic,
    Literal,
    NoReturn,
    Protocol,
    Self,
    TypeVar,
    runtime_checkable,
)

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    IdentityExpiredError,
    IdentityNotYetValidError,
    KeyMismatchError,
    OwnCertificateError,
    UnreadablePackageError,
    UnsupportedKeyError,
    check_moment,
    not_picklable,
)
from sdp.pki.certificates import LARGEST_KEY, SMALLEST_KEY, organisasjonsnummer
from sdp.pki.keys import keystore
from sdp.pki.keys.secret import masked
from sdp.pki.trust.end_entity import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from sdp.pki.keys.secret import SecretValue
    from sdp.pki.trust.store import TrustStore


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


K = TypeVar("K")

_REMEDIES: Final = {
    CertificateProblem.UNTRUSTED: "Check that environment.trust is of the environment that the"
    " certificate was issued for, and holds its issuer; sdp trust fetch gets the published ones.",
    CertificateProblem.KEY_USAGE: "Use the certificate for signing (digitalSignature or"
    " nonRepudiation) with its key; identity.alias chooses among several in one PKCS#12 file.",
    CertificateProblem.EXPIRED: "Renew it with its issuer, and configure the new one.",
}
_PADDING: Final = PKCS1v15()
_PREHASHED: Final = Prehashed(hashes.SHA256())
_HASHES: Final[dict[OaepHash, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - the written profile has it, so old packages must open
    "sha256": hashes.SHA256(),
}


class CertifiedKey(ABC, Generic[K]):
    """A key with its certificate chain.

    Args:
        key: the key.
        chain: its certificate first, then issuers.
        moment: when the certificate must be valid; must be aware.
        source: the file or token that they are from, for errors.

    Raises:
        KeyMismatchError: the key does not belong to the certificate.
        UnsupportedKeyError: the key is not RSA of 2048..4096 bits.
        IdentityExpiredError, IdentityNotYetValidError: the certificate is not valid at `moment`.
    """

    def __init__(
        self,
        key: K,
        chain: Sequence[x509.Certificate],
        *,
        moment: datetime,
        source: str = "",
    ) -> None:
        self._key = key
        self._chain = tuple(chain)
        self._source = source
        check_key(self._public_numbers(), self.certificate, source)
        check_validity(self.certificate, moment, source)

    @abstractmethod
    def _public_numbers(self) -> rsa.RSAPublicNumbers:
        """Tell the public half of the key."""

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

        Nobody is asked whether the certificate has been revoked.

        Raises:
            OwnCertificateError: the certificate does not chain to the trust store, or is not one
                to sign with.
        """
        try:
            chain = trust.without_revocation().validate(
                self.certificate, moment=moment, usage=Usage.SIGNING, intermediates=self._chain[1:]
            )
        except CertificateError as error:
            raise self._unusable(error) from error
        return type(self)(self._key, chain, moment=moment, source=self._source)

    def __reduce__(self) -> NoReturn:
        raise not_picklable(
            "an identity, which holds a private key",
            "read it in each process, from its file or token",
        )

    def _unusable(self, error: CertificateError) -> OwnCertificateError:
        message = error.message
        if self._source:
            message = f"{message} It is the own certificate, from {self._source}."
        return OwnCertificateError(
            error.problem, message, remedy=_REMEDIES.get(error.problem, error.remedy)
        )


class Identity(CertifiedKey[rsa.RSAPrivateKey]):
    """A key with its certificate chain. Signs and decrypts; both `Signer` and `Decryptor`.

    Raises:
        KeyMismatchError: the key does not belong to the certificate.
        UnsupportedKeyError: the key is not RSA of 2048..4096 bits.
        IdentityExpiredError, IdentityNotYetValidError: the certificate is not valid at `moment`.
    """

    @classmethod
    def from_pkcs12(
        cls,
        source: Path | str | bytes,
        password: SecretValue,
        *,
        alias: str | None = None,
        moment: datetime,
    ) -> Self:
        """Read a PKCS#12 file (`.p12`, `.pfx`), or its bytes.

        Args:
            source: the file.
            password: opens it.
            alias: chooses among several keys: the alias (friendly name) of one, or the serial
                number of its certificate in hexadecimal. Without it, the one whose certificate may
                sign is taken, of several the one that is valid.
            moment: when the certificate must be valid; must be aware.

        Raises:
            WrongPasswordError: the password does not open it.
            MissingKeyError: it is not there, holds no private key or no certificate, or holds
                several keys and does not show which one is meant.
            UnsupportedKeystoreError: it is a Java key store, or not a key store at all.
            IdentityError: as for the class.
        """
        # Whoever prints the locals of a failed call finds no password here, nor a key below.
        password = masked(password)
        key, chain = keystore.read_pkcs12(source, password, alias=alias, moment=moment)
        return cls(key, chain, moment=moment, source=keystore.named(source))

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
        private_key, chain = keystore.read_pem(certificate, hidden, password)
        return cls(private_key, chain, moment=moment, source=keystore.named(certificate))

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

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self  # nothing in it changes

    def __repr__(self) -> str:
        return (
            f"Identity({self.certificate.subject.rfc4514_string()!r}, "
            f"expires={self.certificate.not_valid_after_utc.isoformat()})"
        )


def check_key(key: rsa.RSAPublicNumbers, certificate: x509.Certificate, source: str = "") -> None:
    """Refuse a key that is not RSA of 2048..4096 bits, or not that of the certificate.

    Raises:
        UnsupportedKeyError: kind or size.
        KeyMismatchError: it is the key of another certificate.
    """
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise UnsupportedKeyError(
            f"The certificate{_from(source)} has no RSA key, and the wires sign with RSA alone.",
            remedy="Order a virksomhetssertifikat with an RSA key.",
        )
    if public_key.public_numbers() != key:
        raise KeyMismatchError(
            f"The private key does not belong to the certificate{_from(source)}.",
            remedy="Use the key that the certificate was ordered with.",
        )
    bits = key.n.bit_length()
    if not SMALLEST_KEY <= bits <= LARGEST_KEY:
        raise UnsupportedKeyError(
            f"The RSA key{_from(source)} is {bits} bits; the wires take 2048 to 4096.",
            remedy="Order a virksomhetssertifikat with a key of 2048 to 4096 bits.",
        )


def check_validity(certificate: x509.Certificate, moment: datetime, source: str = "") -> None:
    """Refuse a certificate that is not valid at a moment, which must be aware.

    Raises:
        IdentityExpiredError, IdentityNotYetValidError: it is not.
    """
    check_moment(moment)
    if moment > certificate.not_valid_after_utc:
        raise IdentityExpiredError(
            f"The certificate{_from(source)} expired {certificate.not_valid_after_utc}.",
            remedy="Renew it with its issuer, and configure the new one.",
        )
    if moment < certificate.not_valid_before_utc:
        raise IdentityNotYetValidError(
            f"The certificate{_from(source)} is not valid before "
            f"{certificate.not_valid_before_utc}.",
            remedy="Check the clock of this machine, or wait.",
        )


def _from(source: str) -> str:
    return f" in {source}" if source else ""
