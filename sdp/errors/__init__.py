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
│   ├── OutboxKeyError           the key it is encrypted with is missing, or another one
│   ├── OutboxSchemaError        its database has another version of the schema
│   └── UnreadableLetterError    what it has stored of a letter was changed, moved or purged
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

from sdp.errors.base import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    DocumentError,
    Fault,
    IdentityError,
    IdentityExpiredError,
    IdentityNotYetValidError,
    InvalidInputError,
    KeyMismatchError,
    KeyUnavailableError,
    MissingKeyError,
    OutboxError,
    OutboxKeyError,
    OutboxSchemaError,
    OutboxUnavailableError,
    OwnCertificateError,
    PackageError,
    PackageTooLargeError,
    PinLockedError,
    Problem,
    RecipientUnreachableError,
    Retry,
    SdpError,
    SignatureError,
    UnreadableLetterError,
    UnreadablePackageError,
    UnsupportedKeyError,
    UnsupportedKeystoreError,
    WrongPasswordError,
    check_moment,
    not_picklable,
)
from sdp.errors.wires import (
    AlreadyReceivedError,
    EbmsError,
    HttpStatusError,
    NotSentError,
    Pending,
    ProblemError,
    RefusedError,
    SoapFaultError,
    TokenError,
    UnauthorizedError,
    UnknownOutcomeError,
    UnreadableAnswerError,
    WireError,
)

__all__ = [
    "AlreadyReceivedError",
    "CertificateError",
    "CertificateProblem",
    "ConfigurationError",
    "DocumentError",
    "EbmsError",
    "Fault",
    "HttpStatusError",
    "IdentityError",
    "IdentityExpiredError",
    "IdentityNotYetValidError",
    "InvalidInputError",
    "KeyMismatchError",
    "KeyUnavailableError",
    "MissingKeyError",
    "NotSentError",
    "OutboxError",
    "OutboxKeyError",
    "OutboxSchemaError",
    "OutboxUnavailableError",
    "OwnCertificateError",
    "PackageError",
    "PackageTooLargeError",
    "Pending",
    "PinLockedError",
    "Problem",
    "ProblemError",
    "RecipientUnreachableError",
    "RefusedError",
    "Retry",
    "SdpError",
    "SignatureError",
    "SoapFaultError",
    "TokenError",
    "UnauthorizedError",
    "UnknownOutcomeError",
    "UnreadableAnswerError",
    "UnreadableLetterError",
    "UnreadablePackageError",
    "UnsupportedKeyError",
    "UnsupportedKeystoreError",
    "WireError",
    "WrongPasswordError",
    "check_moment",
    "not_picklable",
]
