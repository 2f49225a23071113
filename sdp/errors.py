"""Every error the library raises, and what a caller may do about each.

```
SdpError
├── InvalidInputError            a value breaks a rule of the specification
├── ConfigurationError           a setting is missing, unknown or contradictory
├── IdentityError                the sender's own key or certificate cannot be used
│   ├── WrongPasswordError
│   ├── MissingKeyError
│   ├── KeyMismatchError
│   ├── UnsupportedKeystoreError
│   ├── UnsupportedKeyError
│   ├── IdentityExpiredError
│   ├── IdentityNotYetValidError
│   ├── PinLockedError
│   ├── KeyUnavailableError      the HSM does not answer; trying again later may help
│   └── OwnCertificateError      a CertificateError of the sender's own certificate
├── CertificateError             somebody else's certificate is not trusted; `.problem` says why
├── RecipientUnreachableError    a letter cannot reach a person; `.reason` says why
├── OutboxError                  the outbox cannot do what it was asked
│   ├── OutboxUnavailableError   its database does not answer, or has no room
│   └── OutboxSchemaError        its database has another version of the schema
├── SignatureError               a signature or digest does not hold
├── PackageError                 a dokumentpakke cannot be made or read
│   ├── DocumentError            a document could not be read; `.filnavn` says which
│   ├── PackageTooLargeError
│   └── UnreadablePackageError
└── WireError                    something between us and the other side
    ├── NotSentError             nothing left this machine; trying again is safe
    ├── RefusedError             the other side refused
    │   ├── EbmsError            ... with an ebMS error code
    │   ├── SoapFaultError       ... with a SOAP fault and no ebMS header
    │   ├── ProblemError         ... with a problem of RFC 9457 (problem+json)
    │   ├── TokenError           Maskinporten refused to issue a token
    │   ├── UnauthorizedError    neither the token nor a fresh one was accepted
    │   └── HttpStatusError      ... with an HTTP status alone
    ├── AlreadyReceivedError     the other side has a message by these ids already
    ├── UnreadableAnswerError    an answer came that cannot be read or trusted
    └── UnknownOutcomeError      bytes went out and no answer came; `.pending` can be sent again
```

An error knows whose fault it is (`fault`), whether to try again (`retry`) and what to do
(`remedy`). No error text carries personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


class Fault(StrEnum):
    """Whose fault an error is."""

    CLIENT = "client"
    SERVER = "server"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """Whether the same thing may be tried again."""

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
        self.message = message
        self.remedy = remedy
        if retry is not None:
            self.retry = retry
        super().__init__(f"{message} {remedy}".rstrip())

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
        self.problems = tuple(problems)
        listed = "; ".join(str(problem) for problem in self.problems)
        super().__init__(f"{subject} is not valid: {listed}.", remedy=remedy)


def naive_moment() -> InvalidInputError:
    """Say that a datetime was given without a time zone, so that it is no moment."""
    return InvalidInputError(
        "The moment",
        [Problem("moment", "must be an aware datetime")],
        remedy="Give it a time zone, such as datetime.now(UTC).",
    )


class ConfigurationError(SdpError):
    """A setting is missing, unknown or contradictory."""


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
    """Somebody else's certificate is not trusted; `problem` says why."""

    fault = Fault.UNKNOWN

    def __init__(self, problem: CertificateProblem, message: str, *, remedy: str = "") -> None:
        self.problem = problem
        super().__init__(message, remedy=remedy)


class OwnCertificateError(IdentityError, CertificateError):
    """The sender's own certificate cannot be used with the trust store; `problem` says why."""

    fault = Fault.CLIENT


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
    """The outbox's database does not answer, is locked, or has no room; nothing was stored."""

    fault = Fault.UNKNOWN
    retry = Retry.LATER


class OutboxSchemaError(OutboxError):
    """The outbox's database has no tables, or those of another version of this library."""


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


class WireError(SdpError):
    """Something went wrong between this machine and the other side.

    Attributes:
        retry_after: how many seconds to wait before trying again, if the other side says so.
    """

    fault = Fault.UNKNOWN
    retry_after: float | None = None


class NotSentError(WireError):
    """No connection was made, so nothing left this machine: trying again is safe."""

    retry = Retry.LATER


class RefusedError(WireError):
    """The other side refused. Nothing was accepted."""

    fault = Fault.CLIENT


class EbmsError(RefusedError):
    """The broker refused with an ebMS error.

    Attributes:
        code: such as `EBMS:0103`.
        short_description: the code's name.
        description: the broker's own words.
        severity: `failure`, `error` or `warning`.
        ref_to_message: the id of the message that the error is about, if given.
    """

    _SERVER_CODES: ClassVar = frozenset({"EBMS:0004", "EBMS:0005"})

    def __init__(
        self,
        code: str,
        *,
        short_description: str = "",
        description: str = "",
        severity: str = "failure",
        ref_to_message: str | None = None,
    ) -> None:
        self.code = code
        self.short_description = short_description
        self.description = description
        self.severity = severity
        self.ref_to_message = ref_to_message
        if code in self._SERVER_CODES:
            self.fault, self.retry = Fault.SERVER, Retry.LATER
        words = " ".join(part for part in (short_description, description) if part)
        super().__init__(f"The broker refused the message: {code} {words}".rstrip())


class SoapFaultError(RefusedError):
    """The other side refused with a SOAP fault that holds no ebMS error.

    Attributes:
        code: the local name of the fault code, usually `Sender` or `Receiver`.
        reason: the other side's own words.
        status: the HTTP status.
    """

    def __init__(self, code: str, reason: str, status: int) -> None:
        self.code = code
        self.reason = reason
        self.status = status
        if code != "Sender":
            self.fault, self.retry = Fault.SERVER, Retry.LATER
        super().__init__(f"The message was refused with a SOAP fault ({code}): {reason}")


class HttpStatusError(RefusedError):
    """The other side refused with an HTTP status and no explanation."""

    _MOVED: ClassVar = (
        "Something on the way, or the address, leads elsewhere, and redirects are not followed:"
        " check the addresses of the environment, and that no proxy wants a login."
    )

    _REMEDIES: ClassVar = {
        301: _MOVED,
        302: _MOVED,
        303: _MOVED,
        307: _MOVED,
        308: _MOVED,
        400: "The message could not be read; report this as a defect.",
        401: "Check that the organisation and its certificate are registered there.",
        403: "Check that the organisation and its certificate are registered there.",
        404: "Check the addresses of the environment.",
        407: "A proxy asks who you are: write name and password in the setting proxy.",
        413: "The broker or a proxy on the way takes no message this large: send less in each,"
        " and ask for the limit.",
    }

    def __init__(self, status: int) -> None:
        self.status = status
        if status >= 500 or status == 429:
            self.fault, self.retry = Fault.SERVER, Retry.LATER
        super().__init__(
            f"The answer was HTTP status {status}, without an explanation.",
            remedy=self._REMEDIES.get(status, ""),
        )


class ProblemError(RefusedError):
    """The other side refused with a problem as in RFC 9457 (problem+json).

    Attributes:
        status: the HTTP status.
        title: the other side's own words; `detail` likewise. Empty if it gives none.
    """

    def __init__(self, status: int, *, title: str = "", detail: str = "", remedy: str = "") -> None:
        self.status = status
        self.title = title
        self.detail = detail
        if status >= 500 or status in {408, 429}:
            self.fault, self.retry = Fault.SERVER, Retry.LATER
        words = ": ".join(part for part in (title, detail) if part) or "no reason given"
        super().__init__(f"Refused with HTTP status {status}: {words}.", remedy=remedy)


class TokenError(RefusedError):
    """Maskinporten refused to issue a token.

    Attributes:
        code: the error code of OAuth 2.0 (RFC 6749), such as `invalid_grant`.
        description: Maskinporten's own words.
    """

    def __init__(self, code: str, description: str = "", *, remedy: str = "") -> None:
        self.code = code
        self.description = description
        words = f"{code}: {description}" if description else code
        super().__init__(f"Maskinporten refused to issue a token: {words}.", remedy=remedy)


class UnauthorizedError(RefusedError):
    """The token was not accepted, and neither was a fresh one."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(
            message,
            remedy=remedy
            or "Check the clock of this machine, and the scope of the token; else ask why a token"
            " that Maskinporten has just given is refused.",
        )


class AlreadyReceivedError(WireError):
    """The other side has a message by the ids of this letter already, so it has arrived.

    It is no refusal: something was accepted, by an earlier process or for another letter that was
    given the same ids.

    Attributes:
        meldings_id: the id of the letter.
        konversasjons_id: the id that its receipts carry.
    """

    fault = Fault.CLIENT

    def __init__(self, *, meldings_id: str, konversasjons_id: str) -> None:
        self.meldings_id = meldings_id
        self.konversasjons_id = konversasjons_id
        super().__init__(
            f"The letter {meldings_id} has arrived already: the other side has its ids.",
            remedy="If it was sent before, say by a process that ended, it need not be sent again; "
            "send(..., repeated=True) with the same ids tells so without an error. Do not give it "
            "new ids: the recipient would get it twice.",
        )


class UnreadableAnswerError(WireError):
    """The answer cannot be read or trusted, so it proves nothing."""


class Pending(Protocol):
    """What an `UnknownOutcomeError` holds: always a `sdp.wire.PendingMessage`, which says more."""

    @property
    def meldings_id(self) -> UUID:
        """The id of the letter."""

    @property
    def konversasjons_id(self) -> UUID:
        """The id that its receipts will carry."""

    def close(self) -> None:
        """Give the message up."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class UnknownOutcomeError(WireError):
    """The letter went out, and no answer said whether it was accepted.

    `pending` holds the very same message with the
    same ids (a `PendingMessage`); give it to `Client.resend`, or close it to give up.
    """

    retry = Retry.SAME_MESSAGE

    def __init__(self, message: str, *, pending: Pending, remedy: str = "") -> None:
        self.pending = pending
        super().__init__(
            message,
            remedy=remedy or "Send the same message again with Client.resend(error.pending).",
        )
