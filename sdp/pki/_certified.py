"""A key of our own with its certificate, wherever the key is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from sdp.pki._fit import check_key, check_validity
from sdp.pki.end_entity import Usage
from sdp.pki.organisasjon import organisasjonsnummer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

    from sdp.pki.trust import TrustStore

K = TypeVar("K")


class CertifiedKey(ABC, Generic[K]):
    """A key with its certificate chain.

    Raises:
        KeyMismatchError: the key does not belong to the certificate.
        UnsupportedKeyError: the key is not RSA of 2048..4096 bits.
        IdentityExpiredError, IdentityNotYetValidError: the certificate is not valid at `moment`.
    """

    def __init__(self, key: K, chain: Sequence[x509.Certificate], *, moment: datetime) -> None:
        self._key = key
        self._chain = tuple(chain)
        check_key(self._public_numbers(), self.certificate)
        check_validity(self.certificate, moment)

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

        Raises:
            CertificateError: the certificate does not chain to the trust store.
        """
        chain = trust.validate(
            self.certificate, moment=moment, usage=Usage.SIGNING, intermediates=self._chain[1:]
        )
        return type(self)(self._key, chain, moment=moment)
