"""Certification path building and validation (RFC 5280, section 6)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.verification import (
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki.certificates import in_order, is_issued_by, written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class PathValidator:
    """Builds and validates paths to trust anchors. Safe to share between threads."""

    def __init__(self, anchors: Sequence[x509.Certificate]) -> None:
        self._anchors = tuple(anchors)
        self._store = Store(list(anchors))

    def path(
        self,
        certificate: x509.Certificate,
        moment: datetime,
        intermediates: Sequence[x509.Certificate],
    ) -> tuple[x509.Certificate, ...]:
        """Return the path from a certificate to an anchor, every certificate of it valid.

        Raises:
            CertificateError: there is none; the first expired issuer is named, if that is why.
        """
        # Business certificates carry no subjectAltName, so the leaf is not held to web rules.
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(moment)
            .extension_policies(
                ca_policy=ExtensionPolicy.webpki_defaults_ca(),
                ee_policy=ExtensionPolicy.permit_all(),
            )
            .build_client_verifier()
        )
        try:
            verified = verifier.verify(certificate, list(intermediates))
        except (VerificationError, ValueError, x509.DuplicateExtension) as error:
            known = in_order(certificate, (*self._anchors, *intermediates))
            for issued, issuer in pairwise(known):
                if issuer.not_valid_after_utc < moment:
                    raise _expired_issuer(issued, issuer) from error
            raise _untrusted(certificate) from error
        return tuple(verified.chain)


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is its own issuer, as trust anchors are."""
    return is_issued_by(certificate, certificate)


def _untrusted(certificate: x509.Certificate) -> CertificateError:
    return CertificateError(
        CertificateProblem.UNTRUSTED,
        f"The certificate {written(certificate.subject)} does not chain to a configured "
        f"trust anchor. It was issued by {written(certificate.issuer)}.",
        remedy="Check that the trust store is the one of this environment and is current.",
    )


def _expired_issuer(certificate: x509.Certificate, issuer: x509.Certificate) -> CertificateError:
    return CertificateError(
        CertificateProblem.EXPIRED,
        f"The CA certificate {written(issuer.subject)}, which issued "
        f"{written(certificate.subject)}, expired {issuer.not_valid_after_utc}.",
        remedy="Put the issuer's current CA certificate in the trust store, if there is one.",
    )
