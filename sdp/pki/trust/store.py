"""Trust store: the CA certificates that are trusted, and validation of chains against them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import (
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from sdp.errors import CertificateError, CertificateProblem, ConfigurationError, check_moment
from sdp.gate.files import read_file
from sdp.pki.cache import Cache
from sdp.pki.certificates import (
    certificates_in,
    der_of,
    in_order,
    is_issued_by,
    read_certificate,
    written,
)
from sdp.pki.trust import end_entity
from sdp.pki.trust.published import refuse_mixture

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sdp.pki.revocation.policy import RevocationCheck
    from sdp.pki.trust.end_entity import Usage


_CERTIFICATE_SUFFIXES: Final = frozenset({".cer", ".crt", ".der", ".pem"})


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Read every certificate in a folder, or in one file.

    Raises:
        ConfigurationError: nothing is there, or a file holds something else; it is named.
    """
    return [one for file in _files(path) for one in _read(file)]


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
        data = read_file(file)
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


_VERDICT_LIFE: Final = timedelta(minutes=1)
_KEPT_VERDICTS: Final = 256


_Question: TypeAlias = tuple[bytes, "Usage", "str | None", tuple[bytes, ...]]
"""Certificate, use, organisation and intermediates; the certificates in DER."""


class _Verdict(NamedTuple):
    """A validated chain, when it was found good, and the validity of all its certificates."""

    chain: tuple[x509.Certificate, ...]
    moment: datetime
    not_before: datetime
    not_after: datetime


class TrustStore:
    """The CA certificates that an environment trusts.

    Self-signed certificates are anchors; the others help to complete chains. Test and production
    have different ones and must not share a store. Revocation is checked if `revocation` is given.

    Attributes:
        anchors: the self-signed certificates.
        intermediates: the others.
        revocation: the check of revocation, if there is one.

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
        self.anchors: tuple[x509.Certificate, ...] = tuple(anchors)
        self.intermediates: tuple[x509.Certificate, ...] = tuple(intermediates)
        self.revocation: RevocationCheck | None = revocation
        self._policies = frozenset(policies)
        if not self.anchors:
            raise ConfigurationError(
                "The trust store holds no trust anchor.",
                remedy="Put the self-signed root certificates of Buypass and Commfides in it.",
            )
        refuse_mixture((*self.anchors, *self.intermediates))
        self._path = PathValidator(self.anchors).path
        self._verdicts = Cache[_Question, _Verdict](_KEPT_VERDICTS)

    @classmethod
    def from_certificates(cls, certificates: Iterable[x509.Certificate]) -> Self:
        """Make a store of CA certificates in any order."""
        unique = dict.fromkeys(certificates)
        return cls(
            anchors=[found for found in unique if is_self_signed(found)],
            intermediates=[found for found in unique if not is_self_signed(found)],
        )

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> Self:
        """Read a folder of certificate files (PEM or DER), or one PEM bundle.

        Raises:
            ConfigurationError: nothing is there, or a file is not a certificate.
        """
        found = read_certificates(Path(path))
        if not any(map(is_self_signed, found)):
            raise ConfigurationError(
                f"The trust store {path} holds no trust anchor.",
                remedy="Put the self-signed root certificates of Buypass and Commfides in it; "
                "sdp trust fetch gets them.",
            )
        return cls.from_certificates(found)

    def __reduce__(self) -> tuple[object, ...]:
        # Certificates of cryptography are not pickled, so their DER is.
        anchors, intermediates = (
            [one.public_bytes(Encoding.DER) for one in group]
            for group in (self.anchors, self.intermediates)
        )
        return _restored, (type(self), anchors, intermediates, self.revocation, self._policies)

    @property
    def checks_revocation(self) -> bool:
        """True where revocation is checked."""
        return self.revocation is not None

    def with_revocation(self, revocation: RevocationCheck) -> Self:
        """Return the same store, which checks revocation too."""
        return type(self)(
            self.anchors, self.intermediates, revocation=revocation, policies=self._policies
        )

    def without_revocation(self) -> Self:
        """Return the same store, which asks nobody about revocation."""
        if self.revocation is None:
            return self
        same = object.__new__(type(self))
        vars(same).update(vars(self), revocation=None)
        return same

    def with_policies(self, policies: Iterable[str]) -> Self:
        """Return the same store, which accepts certificates issued under these policies alone."""
        return type(self)(
            self.anchors, self.intermediates, revocation=self.revocation, policies=policies
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
        organisation if given, and revocation if the store has a check for it. All but revocation is
        not done anew for a chain that was found good within the last minute.

        Args:
            certificate: the one to validate.
            moment: when it is used; must be aware.
            usage: what it is used for.
            intermediates: what the sender offered to complete the chain.
            organisasjonsnummer: whose it must be.

        Raises:
            CertificateError: `problem` says which check failed.
        """
        chain = self._chain(certificate, moment, usage, tuple(intermediates), organisasjonsnummer)
        # 7. Revocation (RFC 5280, section 6.3; RFC 6960), if the store checks it.
        if self.revocation is not None:
            self.revocation.check(chain, moment=moment)
        return chain

    def _chain(
        self,
        certificate: x509.Certificate,
        moment: datetime,
        usage: Usage,
        offered: tuple[x509.Certificate, ...],
        organisasjonsnummer: str | None,
    ) -> tuple[x509.Certificate, ...]:
        check_moment(moment)
        question = der_of(certificate), usage, organisasjonsnummer, tuple(map(der_of, offered))
        kept = self._verdicts.kept(question, moment)
        # Nothing can have changed within a minute and the chain's own validity.
        if (
            kept is not None
            and abs(moment - kept.moment) < _VERDICT_LIFE
            and kept.not_before <= moment <= kept.not_after
        ):
            return kept.chain
        # 1. Validity at the moment.
        end_entity.check_validity(certificate, moment)
        # 2. The key: RSA of 2048 to 4096 bits.
        end_entity.check_key(certificate)
        # 3. The path to an anchor (RFC 5280, section 6).
        chain = self._path(certificate, moment, (*offered, *self.intermediates))
        # 4. The use: an end entity, with the key usage.
        end_entity.check_usage(certificate, usage)
        # 5. The policy, where some are demanded.
        if self._policies:
            end_entity.check_policy(certificate, self._policies)
        # 6. The organisation.
        if organisasjonsnummer is not None:
            end_entity.check_organisation(certificate, organisasjonsnummer)
        not_before = max(one.not_valid_before_utc for one in chain)
        not_after = min(one.not_valid_after_utc for one in chain)
        verdict = _Verdict(chain, moment, not_before, not_after)
        self._verdicts.keep(question, verdict, moment + _VERDICT_LIFE)
        return chain


def _restored(
    kind: type[TrustStore],
    anchors: Iterable[bytes],
    intermediates: Iterable[bytes],
    revocation: RevocationCheck | None,
    policies: Iterable[str],
) -> TrustStore:
    return kind(
        map(read_certificate, anchors),
        map(read_certificate, intermediates),
        revocation=revocation,
        policies=policies,
    )
