"""OCSP (RFC 6960) as pure functions: requests made and answers read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from sdp.pki.cache import remembered
from sdp.pki.certificates import SMALLEST_KEY, UNREADABLE, is_slow
from sdp.pki.revocation.status import (
    CLOCK_SKEW,
    Good,
    NoAnswerError,
    Revoked,
    Settled,
    UntrustedAnswerError,
    check_signature_hash,
    check_window,
)

if TYPE_CHECKING:
    from datetime import datetime

REQUEST_TYPE: Final = "application/ocsp-request"
NONCE_BYTES: Final = 32

MAX_AGE: Final = timedelta(days=7)
"""Life of an answer unless a setting says otherwise."""

_MOST_CERTIFICATES: Final = 10
"""Certificates of an answer that are looked at to find its signer."""

_LIFE_WITHOUT_END = timedelta(hours=1)
"""Age that an answer may have which does not say when the next one is due."""


@remembered(64)
def addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the responders that a certificate names, those over HTTP.

    Raises:
        UntrustedAnswerError: what it says of them cannot be read.
    """
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return ()
    except UNREADABLE as error:
        raise UntrustedAnswerError("the certificate's OCSP addresses cannot be read") from error
    return tuple(
        described.access_location.value
        for described in access.value
        if described.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(described.access_location, x509.UniformResourceIdentifier)
        and described.access_location.value.lower().startswith(("http://", "https://"))
    )


def request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> bytes:
    """Ask about one certificate.

    The certificate is named by SHA-1 hashes of its issuer, which every responder understands;
    nothing rests on their strength.
    """
    asked = _identified(certificate, issuer, hashes.SHA1())  # noqa: S303
    return (
        asked.add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
        .public_bytes(Encoding.DER)
    )


def read(
    answer: bytes,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    nonce: bytes,
    now: datetime,
    max_age: timedelta = MAX_AGE,
) -> tuple[Settled, x509.Certificate | None]:
    """Read what a responder says of a certificate.

    Args:
        answer: in DER.
        certificate: the one that was asked about.
        issuer: its issuer.
        nonce: what was sent along with the question.
        now: the time, aware.
        max_age: how old an answer may be that does not repeat the nonce, and how long any answer is
            good for, whatever it claims. Whoever holds back a revocation replays old answers.

    Returns:
        What it says; and the responder's certificate where its own revocation is yet to be
        checked, which its issuer has not exempted it from.

    Raises:
        UntrustedAnswerError: the answer is not to be believed, or not about this certificate.
        NoAnswerError: the responder declines to answer.
    """
    try:
        return _read(answer, certificate, issuer, nonce, now, max_age)
    except UNREADABLE as error:
        raise UntrustedAnswerError("it cannot be read as an OCSP response") from error


def _read(
    answer: bytes,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    nonce: bytes,
    now: datetime,
    max_age: timedelta,
) -> tuple[Settled, x509.Certificate | None]:
    # 1. An answer, and no refusal (RFC 6960, 4.2.1).
    response = ocsp.load_der_ocsp_response(answer)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise NoAnswerError(f"it declines to answer: {response.response_status.name}")
    # 2. Signed by the issuer, or by a responder that the issuer has appointed (4.2.2.2).
    signer = _signer(response, issuer)
    delegated = signer.public_key() != issuer.public_key()
    if delegated:
        _check_delegation(signer, issuer, now)
    # 3. Nothing critical that is not understood, and no other nonce than ours (4.4.1).
    _check_extensions(response)
    is_fresh = _has_nonce(response, nonce)
    # 4. About this certificate, and of now (3.2).
    status = _status(response, certificate, issuer, now, None if is_fresh else max_age)
    status = replace(status, until=min(status.until, now + max_age))
    # 5. The responder's own certificate, which the caller checks where it is not exempt.
    return status, signer if delegated and not _is_exempt(signer) else None


def _identified(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: hashes.HashAlgorithm
) -> ocsp.OCSPRequestBuilder:
    return ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm)


def _signer(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    check_signature_hash(response.signature_hash_algorithm)
    # Anybody on the way can write certificates into an answer.
    offered = response.certificates[:_MOST_CERTIFICATES]
    for candidate in (issuer, *(one for one in offered if not is_slow(one.public_key()))):
        if _is_named(candidate, response) and _has_signed(candidate, response):
            return candidate
    raise UntrustedAnswerError("its signature is not that of the responder it names")


def _is_named(candidate: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    if response.responder_name is not None:
        return response.responder_name == candidate.subject
    key_hash = x509.SubjectKeyIdentifier.from_public_key(candidate.public_key()).digest
    return response.responder_key_hash == key_hash


def _has_signed(candidate: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    algorithm = response.signature_hash_algorithm
    if algorithm is None:
        return False
    signature, signed = response.signature, response.tbs_response_bytes
    try:
        match candidate.public_key():
            case rsa.RSAPublicKey() as key if key.key_size >= SMALLEST_KEY:
                key.verify(signature, signed, padding.PKCS1v15(), algorithm)
            case ec.EllipticCurvePublicKey() as key:
                key.verify(signature, signed, ec.ECDSA(algorithm))
            case _:
                return False
    except InvalidSignature:
        return False
    return True


def _check_delegation(responder: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    try:
        responder.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise UntrustedAnswerError(
            "it is signed neither by the issuer nor by a responder that the issuer has appointed"
        ) from error
    try:
        purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        purposes = x509.ExtendedKeyUsage([])
    if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes or not _may_sign(responder):
        raise UntrustedAnswerError("it is signed by one that may not sign OCSP responses")
    if not responder.not_valid_before_utc <= now <= responder.not_valid_after_utc:
        raise UntrustedAnswerError("the certificate of the responder is not valid now")


def _may_sign(responder: x509.Certificate) -> bool:
    try:
        usage = responder.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature


def _is_exempt(responder: x509.Certificate) -> bool:
    try:
        responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        return False
    return True


def _check_extensions(response: ocsp.OCSPResponse) -> None:
    alone = len(list(response.responses)) == 1
    for extension in (*response.extensions, *(response.single_extensions if alone else ())):
        if extension.critical and not isinstance(extension.value, x509.OCSPNonce):
            raise UntrustedAnswerError("it has a critical extension that is not known")


def _has_nonce(response: ocsp.OCSPResponse, nonce: bytes) -> bool:
    try:
        returned = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return False  # many responders sign their answers beforehand
    if returned != nonce:
        raise UntrustedAnswerError("it answers another request: the nonce is not ours")
    return True


def _status(
    response: ocsp.OCSPResponse,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    now: datetime,
    max_age: timedelta | None,
) -> Settled:
    for single in response.responses:
        ours = _identified(certificate, issuer, single.hash_algorithm).build()
        if (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
            ours.serial_number,
            ours.issuer_name_hash,
            ours.issuer_key_hash,
        ):
            return _single(single, now, max_age)
    raise UntrustedAnswerError("it is about another certificate")


def _single(single: ocsp.OCSPSingleResponse, now: datetime, max_age: timedelta | None) -> Settled:
    this_update, next_update = single.this_update_utc, single.next_update_utc
    check_window(this_update, next_update, now, life=_LIFE_WITHOUT_END)
    until = next_update or now
    if max_age is not None:
        if this_update + max_age < now - CLOCK_SKEW:
            raise UntrustedAnswerError(
                f"it is dated {this_update}, and an answer without our nonce is believed for "
                f"{max_age} at most"
            )
        until = min(until, this_update + max_age)
    match single.certificate_status:
        case ocsp.OCSPCertStatus.GOOD:
            return Good(until)
        case ocsp.OCSPCertStatus.REVOKED if single.revocation_time_utc is not None:
            reason = single.revocation_reason or x509.ReasonFlags.unspecified
            return Revoked(single.revocation_time_utc, reason, until)
        case _:
            raise UntrustedAnswerError("the responder does not know the certificate")
