"""What to do about an error that a check ran into, and whom to ask."""

from __future__ import annotations

from typing import Final

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    EbmsError,
    Fault,
    HttpStatusError,
    IdentityError,
    NotSentError,
    ProblemError,
    RefusedError,
    SdpError,
    SignatureError,
    SoapFaultError,
    TokenError,
    UnauthorizedError,
    UnknownOutcomeError,
    UnreadableAnswerError,
)
from sdp.integrasjonstest.check import Whom

_EBMS: Final = {
    "EBMS:0001": "The operator does not know a value in the message, the sender among them; "
    "check that the organisation is registered there.",
    "EBMS:0003": "Values contradict each other: check that the sender may send for the"
    " organisation that the letter is from.",
    "EBMS:0101": "The signature or the certificate was not accepted: check that the certificate"
    " is registered with the operator, and has not been renewed since.",
    "EBMS:0103": "The security policy was not followed: check the clock and the certificate.",
}
_OTHERS_TROUBLE: Final = (
    "The other side failed. Try again later; if it lasts, report it with the time of day."
)
_TRUST: Final = (
    "Whoever signed the answer is not whom it must come from, or the trust store is not that of"
    " the environment: check environment.trust and the address, and use nothing of the answer."
)
_STRANGE: Final = (
    "Check the address, and that no proxy answers in place of the other side; show the answer to"
    " the operator."
)
_WAY: Final = (
    "Something on the way cut the connection or held it too long. Check the time limits and the"
    " largest body that proxy and firewall let through, and read_timeout here."
)
_REVOCATION_WAY: Final = "Let this machine reach the issuers' OCSP and CRL addresses, over HTTP."


def advice(error: SdpError) -> tuple[str, Whom | None]:
    """Say what to do about an error, and whom to ask; None for whom the check names."""
    match error:
        case ConfigurationError() | IdentityError():
            return error.remedy, Whom.SELF
        case NotSentError():
            return error.remedy or "Check address, firewall, proxy and TLS.", Whom.NETWORK
        case TokenError() | UnauthorizedError():
            return error.remedy, Whom.DIGDIR
        case CertificateError(problem=CertificateProblem.REVOCATION_UNREACHABLE):
            return _REVOCATION_WAY, Whom.NETWORK
        case CertificateError() | SignatureError():
            return error.remedy or _TRUST, None
        case UnreadableAnswerError():
            return error.remedy or _STRANGE, None
        case UnknownOutcomeError(__cause__=SdpError() as cause):
            return advice(cause)
        case UnknownOutcomeError():
            return _WAY, Whom.NETWORK
        case EbmsError() if error.code in _EBMS:
            return _EBMS[error.code], None
        case RefusedError() if error.fault is Fault.SERVER:
            return _OTHERS_TROUBLE, None
        case EbmsError() | SoapFaultError() | ProblemError() | HttpStatusError():
            return error.remedy or "Ask why, with the words of the refusal.", None
        case _:
            return error.remedy, None
