"""Errors of keys and certificates: one's own, and those of others."""

from __future__ import annotations

from enum import Enum

from sdp.errors.base import Fault, Retry, SdpError


class IdentityError(SdpError):
    """The sender's own key or certificate cannot be used."""


class WrongPasswordError(IdentityError):
    """The password does not open the key store."""


class MissingKeyError(IdentityError):
    """The file, key store or token has no such key or certificate, or does not exist."""


class KeyMismatchError(IdentityError):
    """The private key does not belong to the certificate."""


class UnsupportedKeystoreError(IdentityError):
    """A file of this kind cannot be read; the remedy gives the command that converts it."""


class UnsupportedKeyError(IdentityError):
    """The wires do not support a key of this kind or size."""


class IdentityExpiredError(IdentityError):
    """The sender's certificate has expired."""


class IdentityNotYetValidError(IdentityError):
    """The sender's certificate is not valid yet."""


class PinLockedError(IdentityError):
    """The token is locked after too many wrong PINs. Even the right one no longer works."""


class KeyUnavailableError(IdentityError):
    """The key cannot be used now: the HSM or service that holds it does not answer, or fails."""

    fault = Fault.UNKNOWN
    retry = Retry.LATER


class CertificateProblem(Enum):
    """Why a certificate is not trusted."""

    UNTRUSTED = "does not chain to a configured trust anchor"
    EXPIRED = "has expired"
    NOT_YET_VALID = "is not valid yet"
    KEY_USAGE = "may not be used for this purpose"
    POLICY = "is issued under no policy that is accepted"
    ORGANISATION = "belongs to another organisation, or to none that can be read"
    REVOKED = "has been revoked"
    REVOCATION_ANSWER = "has a revocation answer that cannot be trusted"
    REVOCATION_UNREACHABLE = "cannot be checked for revocation, because nobody answers"
    FORMAT = "cannot be read as an X.509 certificate this library can use"


class CertificateError(SdpError):
    """Somebody else's certificate is not trusted; `problem` says why.

    Where nobody answered about revocation, the same may succeed later.
    """

    fault = Fault.UNKNOWN

    def __init__(self, problem: CertificateProblem, message: str, *, remedy: str = "") -> None:
        self.problem = problem
        if problem is CertificateProblem.REVOCATION_UNREACHABLE:
            self.retry = Retry.LATER
        super().__init__(message, remedy=remedy)


class OwnCertificateError(IdentityError, CertificateError):
    """The sender's own certificate cannot be used with the trust store; `problem` says why."""

    fault = Fault.CLIENT
