"""Certificate revocation lists (RFC 5280, sections 5 and 6.3) as pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sdp.pki.cache import remembered
from sdp.pki.certificates import UNREADABLE
from sdp.pki.revocation.status import (
    Good,
    Revoked,
    Settled,
    UntrustedAnswerError,
    check_signature_hash,
    check_window,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_KEYS = (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list that holds: signed by the issuer, current, complete."""

    crl: x509.CertificateRevocationList
    until: datetime
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Point:
    """One address where a list that covers the certificate is, and all names of that list."""

    url: str
    names: frozenset[x509.GeneralName]


@remembered(64)
def points(certificate: x509.Certificate) -> tuple[Point, ...]:
    """Return where the lists for a certificate are, those over HTTP.

    Lists of another issuer (indirect) or of certain reasons alone are left out.

    Raises:
        UntrustedAnswerError: what it says of them cannot be read.
    """
    try:
        named = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    except UNREADABLE as error:
        raise UntrustedAnswerError("the certificate's CRL addresses cannot be read") from error
    return tuple(_points(named))


def _points(named: x509.CRLDistributionPoints) -> Iterator[Point]:
    for point in named:
        if point.crl_issuer is not None or point.reasons is not None or not point.full_name:
            continue
        names = frozenset(point.full_name)
        for name in point.full_name:
            if isinstance(name, x509.UniformResourceIdentifier) and name.value.lower().startswith(
                ("http://", "https://")
            ):
                yield Point(name.value, names)


def read(data: bytes, issuer: x509.Certificate, *, now: datetime) -> RevocationList:
    """Read a list in DER.

    Raises:
        UntrustedAnswerError: it is not the issuer's, not current, or of a kind that is not read.
    """
    try:
        return _read(data, issuer, now)
    except UNREADABLE as error:
        raise UntrustedAnswerError("it cannot be read as a certificate revocation list") from error


def _read(data: bytes, issuer: x509.Certificate, now: datetime) -> RevocationList:
    # 1. A list of the issuer, signed with its key (RFC 5280, 6.3.3, steps c, f and g).
    crl = x509.load_der_x509_crl(data)
    check_signature_hash(crl.signature_hash_algorithm)
    if crl.issuer != issuer.subject or not _may_sign_lists(issuer):
        raise UntrustedAnswerError("it is not a list of the issuer")
    key = issuer.public_key()
    if not isinstance(key, _KEYS) or not crl.is_signature_valid(key):
        raise UntrustedAnswerError("its signature is not that of the issuer")
    # 2. Of now (step a).
    if crl.next_update_utc is None:
        raise UntrustedAnswerError("it does not say when the next list is due")
    check_window(crl.last_update_utc, crl.next_update_utc, now, life=timedelta())
    # 3. Complete, and nothing critical in it that is not understood (steps b to e).
    for extension in crl.extensions:
        _check_extension(extension)
    return RevocationList(crl, crl.next_update_utc, data)


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _check_extension(extension: x509.Extension[x509.ExtensionType]) -> None:
    match extension.value:
        case x509.DeltaCRLIndicator():
            raise UntrustedAnswerError("it is a delta CRL, which is not supported")
        case x509.IssuingDistributionPoint(indirect_crl=True):
            raise UntrustedAnswerError("it is an indirect CRL, which is not supported")
        case x509.IssuingDistributionPoint() as scope:
            if scope.only_some_reasons is not None or scope.relative_name is not None:
                raise UntrustedAnswerError("it covers only some reasons or names")
        case x509.AuthorityKeyIdentifier() | x509.CRLNumber():
            pass
        case _:
            if extension.critical:
                raise UntrustedAnswerError("it has a critical extension that is not known")


def status(found: RevocationList, certificate: x509.Certificate, point: Point) -> Settled:
    """Look a certificate up.

    Raises:
        UntrustedAnswerError: the list does not cover it, or its entry cannot be read.
    """
    try:
        _check_scope(found.crl, certificate, point)
        entry = found.crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is None:
            return Good(found.until)
        return Revoked(_since(entry), _reason(entry), found.until)
    except UNREADABLE as error:
        raise UntrustedAnswerError("the entry of the certificate cannot be read") from error


def _check_scope(
    crl: x509.CertificateRevocationList, certificate: x509.Certificate, point: Point
) -> None:
    try:
        scope = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return
    left_out = (
        scope.only_contains_user_certs if _is_ca(certificate) else scope.only_contains_ca_certs
    )
    if left_out or scope.only_contains_attribute_certs:
        raise UntrustedAnswerError("it does not cover certificates of this kind")
    if scope.full_name and point.names.isdisjoint(scope.full_name):
        raise UntrustedAnswerError("it is the list of another distribution point")


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _since(entry: x509.RevokedCertificate) -> datetime:
    try:
        invalid = entry.extensions.get_extension_for_class(x509.InvalidityDate).value
    except x509.ExtensionNotFound:
        return entry.revocation_date_utc
    return min(entry.revocation_date_utc, invalid.invalidity_date_utc)


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified
