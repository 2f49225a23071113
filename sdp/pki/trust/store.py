"""Trust store: the CA certificates that are trusted, and validation of chains against them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from sdp.errors import CertificateError, CertificateProblem, ConfigurationError
from sdp.pki.certificates import certificates_in, in_order, is_issued_by, read_certificate, written
from sdp.pki.trust import end_entity
from sdp.pki.trust.published import refuse_mixture

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sdp.pki.revocation.policy import RevocationCheck
    from sdp.pki.trust.end_entity import Usage

_CERTIFICATE_SUFFIXES = frozenset({".cer", ".crt", ".der", ".pem"})


class TrustStore:
    """The CA certificates that an environment trusts.

    Self-signed certificates are anchors; the others help to complete chains. Test and production
    have different ones and must not share a store. Revocation is checked if `revocation` is given.

    Raises:
        ConfigurationError: there is no anchor, or test and production are mixed.
    """

    def __init__(
        self,
        anchors: Iterable[x509.Certificate],
        intermediates: Iterable[x509.Certificate] = (),
        *,
        revocation: RevocationCheck | None = None,
        policies: Iterable[str] = (),
    ) -> None:
        self.anchors = tuple(anchors)
        self.intermediates = tuple(intermediates)
        self._revocation = revocation
        self._policies = frozenset(policies)
        if not self.anchors:
            raise ConfigurationError(
                "The trust store holds no trust anchor.",
                remedy="Put the self-signed root certificates of Buypass and Commfides in it.",
            )
        refuse_mixture((*self.anchors, *self.intermediates))
        self._store = Store(list(self.anchors))

    @classmethod
    def from_certificates(cls, certificates: Iterable[x509.Certificate]) -> Self:
        """Make a store of CA certificates in any order."""
        unique = dict.fromkeys(certificates)
        return cls(
            anchors=[found for found in unique if _is_self_signed(found)],
            intermediates=[found for found in unique if not _is_self_signed(found)],
        )

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> Self:
        """Read a folder of certificate files (PEM or DER), or one PEM bundle.

        Raises:
            ConfigurationError: nothing is there, or a file is not a certificate.
        """
        found = [one for file in _files(Path(path)) for one in _read(file)]
        if not any(map(_is_self_signed, found)):
            raise ConfigurationError(
                f"The trust store {path} holds no trust anchor.",
                remedy="Put the self-signed root certificates of Buypass and Commfides in it; "
                "sdp trust fetch gets them.",
            )
        return cls.from_certificates(found)

    @property
    def checks_revocation(self) -> bool:
        """Whether revocation is checked."""
        return self._revocation is not None

    def with_revocation(self, revocation: RevocationCheck) -> Self:
        """Return the same store, which checks revocation too."""
        return type(self)(
            self.anchors, self.intermediates, revocation=revocation, policies=self._policies
        )

    def with_policies(self, policies: Iterable[str]) -> Self:
        """Return the same store, which accepts certificates issued under these policies alone."""
        return type(self)(
            self.anchors, self.intermediates, revocation=self._revocation, policies=policies
        )

    def validate(
        self,
        certificate: x509.Certificate,
        *,
        moment: datetime,
        usage: Usage,
        intermediates: Iterable[x509.Certificate] = (),
        organisasjonsnummer: str | None = None,
    ) -> tuple[x509.Certificate, ...]:
        """Validate a received certificate and return its chain, from it to its anchor.

        Checks, in this order: validity at `moment` and the RSA key (2048 to 4096 bits), the path
        (RFC 5280), what the certificate may be used for, its policy if the store names some, the
        organisation if given, and revocation if the store has a check for it.

        Args:
            certificate: the one to validate.
            moment: when it is used; must be aware.
            usage: what it is used for.
            intermediates: what the sender offered to complete the chain.
            organisasjonsnummer: whose it must be.

        Raises:
            CertificateError: `problem` says which check failed.
        """
        chain = self.chain(
            certificate,
            moment=moment,
            usage=usage,
            intermediates=intermediates,
            organisasjonsnummer=organisasjonsnummer,
        )
        if self._revocation is not None:
            self._revocation.check(chain, moment=moment)
        return chain

    def chain(
        self,
        certificate: x509.Certificate,
        *,
        moment: datetime,
        usage: Usage,
        intermediates: Iterable[x509.Certificate] = (),
        organisasjonsnummer: str | None = None,
    ) -> tuple[x509.Certificate, ...]:
        """Validate a certificate as `validate` does, all but revocation: nobody is asked.

        Raises:
            CertificateError: `problem` says which check failed.
        """
        # 1. Validity at the moment.
        end_entity.check_validity(certificate, moment)
        # 2. The key: RSA of 2048 to 4096 bits.
        end_entity.check_key(certificate)
        # 3. The path to an anchor (RFC 5280, section 6).
        chain = self._path(certificate, moment, (*intermediates, *self.intermediates))
        # 4. The use: an end entity, with the key usage.
        end_entity.check_usage(certificate, usage)
        # 5. The policy, where some are demanded.
        if self._policies:
            end_entity.check_policy(certificate, self._policies)
        # 6. The organisation.
        if organisasjonsnummer is not None:
            end_entity.check_organisation(certificate, organisasjonsnummer)
        return chain

    def _path(
        self,
        certificate: x509.Certificate,
        moment: datetime,
        intermediates: Sequence[x509.Certificate],
    ) -> tuple[x509.Certificate, ...]:
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
            issued = in_order(certificate, (*self.anchors, *intermediates))
            for certificate_of, issuer in pairwise(issued):
                if issuer.not_valid_after_utc < moment:
                    raise _expired_issuer(certificate_of, issuer) from error
            raise CertificateError(
                CertificateProblem.UNTRUSTED,
                f"The certificate {written(certificate.subject)} does not chain to a configured "
                f"trust anchor. It was issued by {written(certificate.issuer)}.",
                remedy="Check that the trust store is the one of this environment and is current.",
            ) from error
        return tuple(verified.chain)


def _expired_issuer(certificate: x509.Certificate, issuer: x509.Certificate) -> CertificateError:
    return CertificateError(
        CertificateProblem.EXPIRED,
        f"The CA certificate {written(issuer.subject)}, which issued "
        f"{written(certificate.subject)}, expired {issuer.not_valid_after_utc}.",
        remedy="Put the issuer's current CA certificate in the trust store, if there is one.",
    )


def _is_self_signed(certificate: x509.Certificate) -> bool:
    return is_issued_by(certificate, certificate)


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        return sorted(one for one in path.iterdir() if one.suffix.lower() in _CERTIFICATE_SUFFIXES)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> ConfigurationError:
    # ValueError: a path that no system takes.
    reason = error.strerror if isinstance(error, OSError) else "it is no path"
    return ConfigurationError(
        f"The trust store {path} cannot be read: {reason}.",
        remedy="Check environment.trust, and the permissions of the file or folder.",
    )


def _read(file: Path) -> list[x509.Certificate]:
    try:
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error
    try:
        found = certificates_in(data)
        return [read_certificate(each.public_bytes(Encoding.DER)) for each in found]
    except (ValueError, CertificateError) as error:
        what = "holds a certificate that cannot be read whole"
        raise ConfigurationError(
            f"{file} in the trust store {what if isinstance(error, CertificateError) else error}.",
            remedy="Keep only CA certificates there, as PEM or DER.",
        ) from error
