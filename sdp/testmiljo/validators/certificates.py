"""Trust in certificates: the organisation in them, and the chain to a CA of this environment."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

_LONGEST_CHAIN = 5
_MOST_REMEMBERED = 256

# Where the three generations of Norwegian business certificates keep the organisation number.
_ORGANISATION_NUMBER = (
    (x509.ObjectIdentifier("2.5.4.97"), re.compile(r"NTRNO-(\d{9})")),
    (NameOID.SERIAL_NUMBER, re.compile(r"(\d{9})")),
    (NameOID.COMMON_NAME, re.compile(r"(\d{9})\b.*")),
)


@lru_cache(_MOST_REMEMBERED)
def read_certificate(der: bytes) -> x509.Certificate:
    """Read a certificate to its end; the same bytes are read once.

    Raises:
        ValueError: it is none, or holds something that cannot be read.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        # cryptography reads these no sooner than they are asked for, and only then complains.
        _ = certificate.subject, certificate.issuer, certificate.extensions
        certificate.public_key()
    except (UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise ValueError(str(error)) from error
    return certificate


@lru_cache(_MOST_REMEMBERED)
def read_base64_certificate(text: str) -> x509.Certificate:
    """Read a certificate as XML and JSON carry it; the same text is read once.

    Raises:
        ValueError: it is no base64, or no certificate.
    """
    return read_certificate(base64.b64decode(text, validate=True))


def organisation_of(certificate: x509.Certificate) -> str | None:
    """Return the organisation number in the subject, or None where there is none."""
    for attribute, pattern in _ORGANISATION_NUMBER:
        for value in certificate.subject.get_attributes_for_oid(attribute):
            if match := pattern.fullmatch(str(value.value)):
                return match[1]
    return None


class Trust:
    """Decides whether a business certificate is genuine here."""

    def __init__(self, authorities: Iterable[x509.Certificate]) -> None:
        self._authorities = tuple(authorities)
        self._chain_of = lru_cache(_MOST_REMEMBERED)(self._built_chain)

    def check(
        self, leaf: x509.Certificate, moment: datetime, refuse: Callable[[str], Exception]
    ) -> tuple[x509.Certificate, ...]:
        """Return the chain from the certificate to a root of this environment.

        The signatures in a chain are verified once, its validity each time.

        Raises:
            Exception: what `refuse` makes, where the certificate is not to be trusted.
        """
        if not _may_sign(leaf):
            raise refuse("the certificate is not one for signing")
        chain = self._chain_of(leaf)
        if chain is None:
            raise refuse("the certificate is not issued by a CA of this environment")
        for certificate in chain:
            if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
                raise refuse("the certificate, or one above it, is not valid now")
        return chain

    def _built_chain(self, leaf: x509.Certificate) -> tuple[x509.Certificate, ...] | None:
        chain = [leaf]
        while not _is_root(chain[-1]):
            issuer = self._issuer_of(chain[-1])
            if issuer is None or len(chain) == _LONGEST_CHAIN:
                return None
            chain.append(issuer)
        return tuple(chain) if chain[-1] in self._authorities else None

    def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        for authority in self._authorities:
            if _is_authority(authority) and _issued(authority, certificate):
                return authority
        return None


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer and _issued(certificate, certificate)


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature or usage.content_commitment
