"""Which certificates are trusted, and why one is not."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from sdp.errors import CertificateError, CertificateProblem, ConfigurationError
from sdp.pki.anchors import refuse_mixture
from sdp.pki.organisasjon import organisasjonsnummer as organisation_of

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sdp.pki.revocation import RevocationCheck

_CERTIFICATE_SUFFIXES = frozenset({".cer", ".crt", ".der", ".pem"})


class Usage(Enum):
    """What a certificate is about to be used for."""

    SIGNING = "signing"
    ENCRYPTION = "encryption"

    def is_allowed_by(self, allowed: x509.KeyUsage) -> bool:
        """Whether the key usage of a certificate allows this."""
        match self:
            case Usage.SIGNING:
                return allowed.digital_signature or allowed.content_commitment
            case Usage.ENCRYPTION:
                return allowed.key_encipherment or allowed.data_encipherment


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
        path = Path(path)
        if path.is_dir():
            files = sorted(f for f in path.iterdir() if f.suffix.lower() in _CERTIFICATE_SUFFIXES)
        else:
            files = [path]
        return cls.from_certificates(found for file in files for found in _read(file))

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

        Checked are the path (RFC 5280), validity at `moment` of every certificate in it, key usage,
        the policy, where the store names some, and, if given, the organisation; and then
        revocation, where the store has a check for it. A
        certificate without the key usage extension may be used for anything.

        Args:
            certificate: the one to validate.
            moment: when it is used; must be aware.
            usage: what it is used for.
            intermediates: what the sender offered to complete the chain.
            organisasjonsnummer: whose it must be.

        Raises:
            CertificateError: `problem` says which check failed.
        """
        _check_validity(certificate, moment)
        _check_key(certificate)
        chain = self._path(certificate, moment, intermediates)
        _check_usage(certificate, usage)
        if self._policies:
            _check_policy(certificate, self._policies)
        if organisasjonsnummer is not None:
            _check_organisation(certificate, organisasjonsnummer)
        if self._revocation is not None:
            self._revocation.check(chain, moment=moment)
        return chain

    def _path(
        self,
        certificate: x509.Certificate,
        moment: datetime,
        intermediates: Iterable[x509.Certificate],
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
            verified = verifier.verify(certificate, [*intermediates, *self.intermediates])
        except (VerificationError, ValueError, x509.DuplicateExtension) as error:
            raise CertificateError(
                CertificateProblem.UNTRUSTED,
                f"The certificate {_name(certificate)} does not chain to a configured trust "
                f"anchor. It was issued by {_written(certificate.issuer)}.",
                remedy="Check that the trust store is the one of this environment and is current.",
            ) from error
        return tuple(verified.chain)


def _check_validity(certificate: x509.Certificate, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("moment must be an aware datetime")
    if moment > certificate.not_valid_after_utc:
        raise CertificateError(
            CertificateProblem.EXPIRED,
            f"The certificate {_name(certificate)} expired {certificate.not_valid_after_utc}.",
            remedy="Fetch the current certificate of that organisation.",
        )
    if moment < certificate.not_valid_before_utc:
        raise CertificateError(
            CertificateProblem.NOT_YET_VALID,
            f"The certificate {_name(certificate)} is not valid before "
            f"{certificate.not_valid_before_utc}.",
            remedy="Check the clock of this machine.",
        )


def _check_key(certificate: x509.Certificate) -> None:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unreadable() from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise CertificateError(
            CertificateProblem.FORMAT,
            f"The certificate {_name(certificate)} has no RSA key, and the wire knows no other.",
        )


def _check_usage(certificate: x509.Certificate, usage: Usage) -> None:
    try:
        allowed = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except (ValueError, x509.DuplicateExtension) as error:
        raise _unreadable() from error
    if not usage.is_allowed_by(allowed):
        raise CertificateError(
            CertificateProblem.KEY_USAGE,
            f"The certificate {_name(certificate)} may not be used for {usage.value}.",
        )


def _check_policy(certificate: x509.Certificate, accepted: Collection[str]) -> None:
    try:
        stated = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
        policies = {policy.policy_identifier.dotted_string for policy in stated}
    except x509.ExtensionNotFound:
        policies = set()
    except (ValueError, x509.DuplicateExtension) as error:
        raise _unreadable() from error
    if policies.isdisjoint(accepted):
        raise CertificateError(
            CertificateProblem.POLICY,
            f"The certificate {_name(certificate)} is issued under "
            f"{' and '.join(sorted(policies)) or 'no policy'}, and that is not accepted.",
            remedy="Check environment.certificate_policies.",
        )


def _check_organisation(certificate: x509.Certificate, expected: str) -> None:
    found = organisation_of(certificate)
    if found != expected:
        raise CertificateError(
            CertificateProblem.ORGANISATION,
            f"The certificate belongs to organisation {found}, and {expected} was expected.",
        )


def _name(certificate: x509.Certificate) -> str:
    return _written(certificate.subject)


def _written(name: x509.Name) -> str:
    try:
        return name.rfc4514_string()
    except ValueError:
        return "(a name that cannot be read)"


def _unreadable() -> CertificateError:
    return CertificateError(
        CertificateProblem.FORMAT, "The certificate is damaged, or of a kind that is not known."
    )


def _is_self_signed(certificate: x509.Certificate) -> bool:
    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _read(file: Path) -> list[x509.Certificate]:
    try:
        data = file.read_bytes()
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except OSError as error:
        raise ConfigurationError(
            f"The trust store {file} cannot be read: {error.strerror}."
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"{file} in the trust store is not a certificate.",
            remedy="Keep only CA certificates there, as PEM or DER.",
        ) from error
