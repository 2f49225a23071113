"""Validation in flows: pure first, then the questions about revocation as effects."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain as joined
from typing import TYPE_CHECKING, Protocol, TypeVar

from sdp.pki.certificates import der_of
from sdp.pki.revocation.policy import Revocation, revocation_flow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from cryptography import x509

    from sdp.pki.trust.end_entity import Usage
    from sdp.pki.trust.store import TrustStore
    from sdp.transport.effects import Flow

T = TypeVar("T")


class ChainValidator(Protocol):
    """Validates received certificates; `TrustStore` is one."""

    def validate(
        self,
        certificate: x509.Certificate,
        *,
        moment: datetime,
        usage: Usage,
        intermediates: Iterable[x509.Certificate] = (),
        organisasjonsnummer: str | None = None,
    ) -> tuple[x509.Certificate, ...]:
        """Validate a certificate and return its chain, as `TrustStore.validate` does."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Evidence that a validation rests on.

    Attributes:
        certificates: the chain, in DER, the signer's certificate first.
        answers: the answers about revocation, OCSP or CRL, in DER.
    """

    certificates: tuple[bytes, ...]
    answers: tuple[bytes, ...]


class DeferredValidation:
    """Validation whose questions about revocation are asked afterwards; one use."""

    def __init__(self, trust: TrustStore) -> None:
        self._trust = trust.without_revocation()
        self._revocation = trust.revocation
        self._chains: list[tuple[tuple[x509.Certificate, ...], datetime]] = []

    def validate(
        self,
        certificate: x509.Certificate,
        *,
        moment: datetime,
        usage: Usage,
        intermediates: Iterable[x509.Certificate] = (),
        organisasjonsnummer: str | None = None,
    ) -> tuple[x509.Certificate, ...]:
        """Validate a certificate, and note its chain for `checking`.

        Raises:
            CertificateError: `problem` says which check failed.
        """
        chain = self._trust.validate(
            certificate,
            moment=moment,
            usage=usage,
            intermediates=intermediates,
            organisasjonsnummer=organisasjonsnummer,
        )
        if (chain, moment) not in self._chains:
            self._chains.append((chain, moment))
        return chain

    def grounds(self) -> Grounds:
        """Return what the validation rests on, once revocation has been checked."""
        chains = [chain for chain, _ in self._chains]
        check = self._revocation
        answers = (
            [check.answers(chain) for chain in chains] if isinstance(check, Revocation) else ()
        )
        ders = (der_of(each) for chain in chains for each in chain)
        return Grounds(
            tuple(dict.fromkeys(ders)), tuple(dict.fromkeys(joined.from_iterable(answers)))
        )

    def checking(self) -> Flow[None]:
        """Ask about the revocation of every chain that was validated.

        Raises:
            CertificateError: a certificate does not pass.
        """
        for chain, moment in self._chains:
            yield from revocation_flow(self._revocation, chain, moment=moment)


def validating(trust: TrustStore, read: Callable[[ChainValidator], T]) -> Flow[T]:
    """Read something signed, then ask about the revocation of each chain that it rests on.

    Validation itself is pure. The questions are effects of the flow, so whoever drives it asks them
    over connections of its own. Nobody is asked for what does not hold otherwise.

    Args:
        trust: the trust anchors, and how revocation is checked.
        read: reads and verifies, with the validator that it is given in place of the store.

    Returns:
        The result of `read`, when no certificate that it validated has been revoked.

    Raises:
        CertificateError: `problem` says which check failed.
    """
    deferred = DeferredValidation(trust)
    result = read(deferred)
    yield from deferred.checking()
    return result


def validating_with_grounds(
    trust: TrustStore, read: Callable[[ChainValidator], T]
) -> Flow[tuple[T, Grounds]]:
    """Do as `validating` does, and return what the result rests on too, to be kept as evidence."""
    deferred = DeferredValidation(trust)
    result = read(deferred)
    yield from deferred.checking()
    return result, deferred.grounds()
