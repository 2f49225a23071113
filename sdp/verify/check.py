"""Check of a set-up, its outcome, and advice about an error that it ran into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    EbmsError,
    Fault,
    HttpStatusError,
    IdentityError,
    InvalidInputError,
    NotSentError,
    ProblemError,
    RefusedError,
    SdpError,
    SignatureError,
    TokenError,
    UnauthorizedError,
    UnknownOutcomeError,
    UnreadableAnswerError,
    WireError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.verify.context import Context


class Verdict(StrEnum):
    """Verdict of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Whom(StrEnum):
    """Party to ask when a remedy does not help."""

    SELF = "your own operations people"
    NETWORK = "your own network people"
    ISSUER = "the issuer of the certificate, Buypass or Commfides"
    OPERATOR = "the operator of the broker or access point"
    DIGDIR = "Digdir, who runs Maskinporten and the contact register"
    MAKERS = "those who make this library"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a check. Nothing in it is personal.

    Attributes:
        verdict: how it went.
        came_back: what was found, in words.
        remedy: what to do about it; empty where there is nothing to do.
        ask: whom to ask, where that is not whom the check names.
    """

    verdict: Verdict
    came_back: str
    remedy: str = ""
    ask: Whom | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check.

    Attributes:
        number: its number, which stays the same between versions; the hundreds tell the group.
        name: what it is about, in a few words.
        does: what it does, in a sentence.
        ask: whom to ask when it fails, unless the failure itself tells.
        run: does it. An SdpError that it raises is a failure.
        needs: the numbers of the checks without which it makes no sense.
        needs_one_of: the numbers of those of which it needs any; the first is run where none is.
    """

    number: int
    name: str
    does: str
    ask: Whom
    run: Callable[[Context], Outcome]
    needs: tuple[int, ...] = ()
    needs_one_of: tuple[int, ...] = ()


def ok(came_back: str) -> Outcome:
    """Say that all is well."""
    return Outcome(Verdict.OK, came_back)


def warning(came_back: str, remedy: str, *, ask: Whom | None = None) -> Outcome:
    """Say that it works, and that something should be done before long."""
    return Outcome(Verdict.WARNING, came_back, remedy, ask)


def failed(came_back: str, remedy: str, *, ask: Whom | None = None) -> Outcome:
    """Say that something is wrong."""
    return Outcome(Verdict.FAILED, came_back, remedy, ask)


def skipped(came_back: str, remedy: str = "") -> Outcome:
    """Say that it was not done, and why."""
    return Outcome(Verdict.SKIPPED, came_back, remedy)


_DEFECT: Final = (
    "The message is not as it must be, or was changed on the way: check that no proxy rewrites it,"
    " and else report it as a defect of this library."
)
_EBMS: Final = {
    "EBMS:0001": "The operator does not know a value in the message, the sender among them; "
    "check that the organisation is registered there.",
    "EBMS:0002": "The operator does not offer something that the message asks for: ask what it is.",
    "EBMS:0003": "Values contradict each other: check that the sender may send for the"
    " organisation that the letter is from.",
    "EBMS:0005": "The operator could not reach somebody further on. Try again later; if it lasts,"
    " report it with the time of day.",
    "EBMS:0006": "There is nothing in the queue, which is no error of a pull; ask why a letter is"
    " answered so.",
    "EBMS:0007": _DEFECT,
    "EBMS:0008": _DEFECT,
    "EBMS:0009": _DEFECT,
    "EBMS:0010": "The operator has agreed on something else with the organisation: check that it is"
    " registered for sending, and with which certificate.",
    "EBMS:0011": _DEFECT,
    "EBMS:0101": "The signature or the certificate was not accepted: check that the certificate"
    " is registered with the operator, and has not been renewed since.",
    "EBMS:0102": "Something could not be decrypted at the operator's, where no message is"
    " encrypted: check that the address is the broker's.",
    "EBMS:0103": "The security policy was not followed: check the clock and the certificate.",
    "EBMS:0201": "The operator waits for a receipt in vain: confirm receipts when they are stored,"
    " and ask which one it is.",
    "EBMS:0202": "The operator could not pass the message on, and nobody has it. Try again later;"
    " if it lasts, report it with the time of day.",
    "EBMS:0301": "The operator has seen no receipt for a message: confirm receipts when they are"
    " stored, and ask which one it is.",
    "EBMS:0302": "The operator has seen a receipt that is not right: check that no proxy rewrites"
    " it, and else report it as a defect of this library.",
    "EBMS:0303": _DEFECT,
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
_OWN_PROXY: Final = (
    "A proxy of your own asks who you are: let this machine through, or write name and password"
    " in proxy, as http://name:password@host:port."
)
_FRESH_AND_REFUSED: Final = (
    "A token just given is refused, and so is the next. Compare this machine's clock with the right"
    " time; if it is right, the other side refuses good tokens: show it the words of the refusal."
)
_REVOCATION_WAY: Final = "Let this machine reach the issuers' OCSP and CRL addresses, over HTTP."
_OWN_SETTING: Final = "Correct what the message names, and run the check again."
_UNKNOWN: Final = "Report it, with the words above, as a defect of this library."


def advice(error: SdpError) -> tuple[str, Whom | None]:
    """Say what to do about an error, and whom to ask; None for whom the check names."""
    match error:
        case ConfigurationError() | IdentityError() | InvalidInputError():
            return error.remedy or _OWN_SETTING, Whom.SELF
        case NotSentError():
            return error.remedy or "Check address, firewall, proxy and TLS.", Whom.NETWORK
        case HttpStatusError(status=407) | ProblemError(status=407):
            return _OWN_PROXY, Whom.NETWORK
        case TokenError(code="HTTP status 407"):
            return _OWN_PROXY, Whom.NETWORK
        case TokenError() if error.fault is Fault.CLIENT and error.code.startswith("HTTP status"):
            # Maskinporten says why; what does not is as a rule something before it.
            return error.remedy or _STRANGE, Whom.NETWORK
        case TokenError():
            return error.remedy or _OTHERS_TROUBLE, Whom.DIGDIR
        case UnauthorizedError():
            return _FRESH_AND_REFUSED, None
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
        case RefusedError():
            return error.remedy or "Ask why, with the words of the refusal.", None
        case WireError():
            # A question that was not answered: nothing is lost, and the way is as for a letter.
            return f"{_WAY} Nothing is lost by trying again.", Whom.NETWORK
        case _:
            return error.remedy or _UNKNOWN, Whom.MAKERS if not error.remedy else None
