"""Root of the errors, and errors that arise on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from sdp.gate import NoOffsetError, bounded

if TYPE_CHECKING:
    from collections.abc import Sequence


class Fault(StrEnum):
    """The side at fault for an error."""

    CLIENT = "client"
    SERVER = "server"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """The retry that an error allows."""

    NEVER = "never"
    """Not unchanged: correct the input or the set-up first."""
    LATER = "later"
    """The same call may succeed later."""
    SAME_MESSAGE = "same message"
    """Only the very same message, with the same ids, may be sent again."""


class SdpError(Exception):
    """The root of every error raised by this library.

    Attributes:
        message: what is wrong, and the rule that says so.
        remedy: what to do about it; empty if there is no advice to give.
        fault: whose fault it is.
        retry: whether to try again.
    """

    fault: Fault = Fault.CLIENT
    retry: Retry = Retry.NEVER

    def __init__(self, message: str, *, remedy: str = "", retry: Retry | None = None) -> None:
        self.message: str = message
        self.remedy = remedy
        if retry is not None:
            self.retry = retry
        super().__init__(f"{message} {remedy}".rstrip())

    @property
    def remote_text(self) -> str:
        """The other side's own words, masked; empty where it gave none.

        They are no part of `message`, since they may repeat anything.
        """
        return ""

    def show_remote_text(self) -> None:
        """Take the other side's own words into the message, because a setting asks for that."""
        words = self.remote_text
        if words and words not in self.message:
            self.message = f"{self.message} They say: {words}"
            self.args: tuple[object, ...] = (f"{self.message} {self.remedy}".rstrip(),)

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[SdpError], args: tuple[object, ...], state: dict[str, Any]) -> SdpError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


@dataclass(frozen=True, slots=True)
class Problem:
    """A field, and the rule that it breaks."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"


class InvalidInputError(SdpError):
    """A value breaks a rule of the specification. `problems` names each field and rule."""

    def __init__(self, subject: str, problems: Sequence[Problem], *, remedy: str = "") -> None:
        self.subject = subject
        self.problems: tuple[Problem, ...] = tuple(problems)
        listed = "; ".join(str(problem) for problem in self.problems)
        super().__init__(f"{subject} is not valid: {listed}.", remedy=remedy)


def not_picklable(what: str, remedy: str) -> TypeError:
    """Make the error that `pickle` raises for what belongs to one process, with reason and remedy.

    Args:
        what: the thing, and what it holds that no other process can have.
        remedy: what to do instead.
    """
    return TypeError(f"cannot pickle {what}; {remedy}")


def check_moment(moment: datetime) -> None:
    """Refuse what is no datetime, has no offset from UTC, or lies outside the years 1970 to 2999.

    Raises:
        InvalidInputError: it is one of these.
    """
    try:
        if isinstance(moment, datetime):
            bounded(moment)
            return
    except NoOffsetError:
        pass
    except ValueError as rule:
        raise InvalidInputError("The moment", [Problem("moment", str(rule))]) from None
    raise InvalidInputError(
        "The moment",
        [Problem("moment", "must be an aware datetime")],
        remedy="Give it a time zone, such as datetime.now(UTC).",
    )


class ConfigurationError(SdpError):
    """A setting is missing, unknown or contradictory."""


class RecipientUnreachableError(SdpError):
    """A letter cannot reach a person: not digitally, and by print only if it had an address.

    Attributes:
        reason: why, in words that hold no personal data.
    """

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        self.reason = reason
        super().__init__(reason, remedy=remedy)


class OutboxError(SdpError):
    """The outbox cannot do what it was asked; nothing was changed."""


class OutboxUnavailableError(OutboxError):
    """The outbox's database does not answer, is locked, full or gone; nothing was stored."""

    fault = Fault.UNKNOWN
    retry = Retry.LATER


class OutboxKeyError(OutboxError):
    """The key of an encrypted outbox is missing or another one; nothing was touched."""


class UnreadableLetterError(OutboxError):
    """A stored letter that was changed, moved or purged, or is of a newer version."""


class OutboxSchemaError(OutboxError):
    """The outbox's database has no tables, or those of another version of this library."""


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


class SignatureError(SdpError):
    """A signature or digest does not verify, or is not of the form the profile demands."""

    fault = Fault.UNKNOWN


class PackageError(SdpError):
    """A dokumentpakke cannot be made or read."""


class DocumentError(PackageError):
    """A document could not be read, or changed while it was read."""

    def __init__(
        self, filnavn: str, message: str, *, remedy: str = "", retry: Retry | None = None
    ) -> None:
        self.filnavn = filnavn
        super().__init__(message, remedy=remedy, retry=retry)


class PackageTooLargeError(PackageError):
    """The documents are larger than the package limit. Sizes are in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(
            f"The documents are {size} bytes together and the package limit is {limit} bytes.",
            remedy="Send fewer or smaller documents, or raise the limit if the receiver allows.",
        )


class UnreadablePackageError(PackageError):
    """A received package cannot be decrypted, unpacked or parsed.

    Padding, unwrapping and decryption failures give the same error on purpose.
    """

    fault = Fault.UNKNOWN
