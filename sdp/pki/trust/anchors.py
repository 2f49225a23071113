"""Reports of the CA certificates in a trust store, and fetching of published ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.x509.oid import NameOID

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    NotSentError,
    Retry,
    WireError,
)
from sdp.pki.certificates import certificates_in
from sdp.pki.trust.published import CaEnvironment, PublishedCa, fingerprint, published
from sdp.transport.request import ConnectionLostError, HttpRequest

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from sdp.pki.trust.store import TrustStore
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpResponse

EXPIRY_WARNING: Final = timedelta(days=90)
_MAX_CERTIFICATE_BYTES: Final = 64 * 1024
_MAX_REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class CaReport:
    """One certificate of a trust store.

    Attributes:
        name: its common name, or else its whole subject.
        is_anchor: whether chains may end in it; the others help to complete chains.
        environment: None for a CA that the library does not know.
        sha256: its fingerprint, in hexadecimal.
        expires: its last moment.
        days_left: whole days until then; negative afterwards.
        warning: what is the matter, from 90 days ahead; empty if nothing is.
    """

    name: str
    is_anchor: bool
    environment: CaEnvironment | None
    sha256: str
    expires: datetime
    days_left: int
    warning: str


def refuse_other_environment(trust: TrustStore, *, production: bool) -> None:
    """Refuse a trust store whose certificates are known to be of the other environment.

    Raises:
        ConfigurationError: naming one that is.
    """
    expected = CaEnvironment.PRODUCTION if production else CaEnvironment.TEST
    for certificate in (*trust.anchors, *trust.intermediates):
        known = published(certificate)
        if known is not None and known.environment is not expected:
            raise ConfigurationError(
                f"The trust store is for {known.environment}, since it holds {known.name!r}, and "
                f"the environment is {expected}.",
                remedy=f"Point environment.trust at the CA certificates of {expected}; "
                f"sdp trust fetch --environment {expected} gets them.",
            )


def report(trust: TrustStore, moment: datetime) -> tuple[CaReport, ...]:
    """Tell of every certificate in a trust store, anchors first."""
    return tuple(_told(found, trust, moment) for found in (*trust.anchors, *trust.intermediates))


def fetch_published(ca: PublishedCa, *, timeout_seconds: float) -> Flow[x509.Certificate]:
    """Fetch a CA certificate from its issuer, and check that it is the one that is known.

    Raises:
        ConfigurationError: no address is known.
        WireError: its issuer does not answer.
        CertificateError: something else came.
    """
    if ca.url is None:
        raise ConfigurationError(
            f"No address is known for {ca.name!r}.", remedy="Get it from its issuer by hand."
        )
    request = HttpRequest(
        "GET",
        ca.url,
        timeout=timeout_seconds,
        max_bytes=_MAX_CERTIFICATE_BYTES,
        redirects=_MAX_REDIRECTS,
        service="the issuer of a CA certificate",
    )
    try:
        response: HttpResponse = yield request
    except ConnectionLostError as lost:
        raise NotSentError(f"{ca.url} does not answer: {lost}.") from lost
    if response.status != 200:
        raise WireError(f"{ca.url} answers with HTTP status {response.status}.", retry=Retry.LATER)
    data = response.content
    try:
        certificate, *_ = certificates_in(data)
    except ValueError as error:
        raise CertificateError(
            CertificateProblem.FORMAT,
            f"What {ca.url} gives is not a certificate, and {ca.name!r} was expected.",
            remedy="Check whether a proxy changes answers on their way.",
        ) from error
    found = fingerprint(certificate)
    if found != ca.sha256:
        raise CertificateError(
            CertificateProblem.UNTRUSTED,
            f"What {ca.url} gives is not the certificate known as {ca.name!r}: its SHA-256 "
            f"fingerprint is {found}, and {ca.sha256} was expected.",
            remedy="Do not use it. Ask the issuer which fingerprint is right.",
        )
    return certificate


def _told(certificate: x509.Certificate, trust: TrustStore, moment: datetime) -> CaReport:
    known = published(certificate)
    expires = certificate.not_valid_after_utc
    return CaReport(
        name=_name(certificate),
        is_anchor=certificate in trust.anchors,
        environment=known.environment if known else None,
        sha256=fingerprint(certificate),
        expires=expires,
        days_left=(expires - moment).days,
        warning=_warning(expires, moment),
    )


def _warning(expires: datetime, moment: datetime) -> str:
    if expires < moment:
        return "has expired; it serves old letters and receipts alone"
    if expires - moment < EXPIRY_WARNING:
        return "expires soon; add the one that replaces it"
    return ""


def _name(certificate: x509.Certificate) -> str:
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        return str(attribute.value)
    return certificate.subject.rfc4514_string()
