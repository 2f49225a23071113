"""Kinds of faults, and the traffic that each can happen to.

A fault that was added happens to the next request that it can happen to.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from sdp.testmiljo.world.keys import KRR_REST, KRR_SOAP

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeIs

    from sdp.testmiljo.validators.rejection import Ebms


class RevocationFault(Enum):
    """Defect of an answer about revocation."""

    DOWN = "it is status 503 and nothing more"
    SLOW = "it comes late"
    STALE = "it is a month old"
    STRANGER = "it is signed by a CA with the same names and other keys"
    MALFORMED = "it is cut in half"
    WRONG_SERIAL = "it is about another certificate; for OCSP alone"
    TRY_LATER = "it asks to be asked later; for OCSP alone"


class RestDefect(Enum):
    """Defect of an answer of the contact register over REST."""

    UNSIGNED = "application/json where application/jose was asked for"
    OTHER_ORGANISATION = "signed by another organisation of the environment"
    STRANGER = "signed with a certificate of another CA"
    TRUNCATED = "half of it"
    ONE_LEFT_OUT = "without the first person"
    NO_RESERVATION = "without reservasjon"
    STALE = "an hour old, as it says itself (iat)"
    UNKNOWN_FIELDS = "full of fields that nobody knows"


class SoapDefect(Enum):
    """Defect of an answer of the contact register over SOAP."""

    UNSIGNED = "no signature"
    OTHER_ORGANISATION = "signed by another organisation of the environment"
    STRANGER = "signed with a certificate of another CA"
    STALE = "an hour old"
    REPLAYED = "it confirms another question"
    WRAPPED = "the signed body moved, and another in its place"
    RE_ENCRYPTED = "encrypted for somebody else"
    NOT_ENCRYPTED = "in clear"
    TRUNCATED = "half of it"
    FAULT = "a SOAP fault"


class Traffic(Enum):
    """Subject of a request. Letters are sent on either wire, signals to the broker alone.

    Faults that can happen to any request happen to TOKEN and LOOKUP only where those are named.
    """

    LETTER = "a letter"
    SIGNAL = "a pull, a confirmation, or both"
    STATUSES = "what has become of a letter"
    RECEIPTS = "the list of receipts"
    DOWNLOAD = "the package of a message"
    READ = "the mark that a receipt has been read"
    TOKEN = "a token of Maskinporten"  # noqa: S105 - says what is asked for
    LOOKUP = "a question to the contact register"
    REVOCATION = "a question whether a certificate is revoked"


@dataclass(frozen=True, slots=True)
class RefuseWithEbms:
    """Refuse with an ebMS error, as a SOAP fault."""

    error: Ebms
    description: str = "refused on demand"


@dataclass(frozen=True, slots=True)
class RefuseWithStatus:
    """Refuse with an HTTP status and an empty body."""

    status: int


@dataclass(frozen=True, slots=True)
class RefuseWithSoapFault:
    """Refuse with a SOAP fault without an ebMS header. `code` is Sender or Receiver."""

    code: str = "Receiver"
    reason: str = "refused on demand"


@dataclass(frozen=True, slots=True)
class Delay:
    """Answer as usual, a number of seconds late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """Take the whole request and cut the connection; the message is accepted or not first."""

    accepted: bool = True


@dataclass(frozen=True, slots=True)
class TruncateAnswer:
    """Accept the message, and cut the connection after this many bytes of the answer.

    The bytes are those of the whole HTTP answer, its head before its body.
    """

    at: int


@dataclass(frozen=True, slots=True)
class CutRequest:
    """Cut the connection within the request, after this many bytes of its body.

    That is what a firewall or a proxy with a limit does. Nothing of the request is looked at.
    """

    at: int


@dataclass(frozen=True, slots=True)
class SignWithStranger:
    """Accept the message, and sign the answer with a key no CA of the environment has seen.

    The access point signs no answers: there it is the receipts in a list that are signed so.
    """


@dataclass(frozen=True, slots=True)
class RefuseWithProblem:
    """Refuse with problem+json. The title is that of the status unless another is given."""

    status: int
    detail: str = "refused on demand"
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ExpireToken:
    """Refuse the token as expired, with 401."""


@dataclass(frozen=True, slots=True)
class MoveDownloads:
    """List the receipts with their packages on another origin."""

    origin: str = "https://download.example"


@dataclass(frozen=True, slots=True)
class ReplayReceipt:
    """List first, once more, the receipt that was marked as read last."""


@dataclass(frozen=True, slots=True)
class AnswerTwice:
    """Answer as usual, and give the same old answer to the next request of the same kind.

    The broker never sees that next request, nor what it confirms, as behind a proxy that gives
    answers it has kept. The access point lists each receipt twice, once, and answers letters as
    usual.
    """


@dataclass(frozen=True, slots=True)
class RefuseToken:
    """Let Maskinporten give no token. `error` is a code of RFC 6749, section 5.2."""

    error: str
    description: str = "refused on demand"


@dataclass(frozen=True, slots=True)
class RefuseLookup:
    """Let the contact register refuse a question with an HTTP status, over REST or SOAP.

    `retry_after` is how many seconds it asks to be left alone, in Retry-After.
    """

    status: int
    retry_after: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the refusal."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


@dataclass(frozen=True, slots=True)
class FailRestLookup:
    """Answer a question about people over REST, and get the answer wrong."""

    how: RestDefect


@dataclass(frozen=True, slots=True)
class FailSoapLookup:
    """Answer a question to the contact register over SOAP, and get the answer wrong."""

    how: SoapDefect


@dataclass(frozen=True, slots=True)
class DropMailbox:
    """Close the mailbox of a digital letter while the letter is on its way to it.

    The letter is accepted and answered with a feil, and the register shows no mailbox any more.
    """


@dataclass(frozen=True, slots=True)
class FailRevocation:
    """Answer wrongly where one asks whether a certificate is revoked, by OCSP or by list.

    Clients ask by OCSP first and by list then, and keep an answer for an hour.
    """

    how: RevocationFault


@dataclass(frozen=True, slots=True)
class FailOcsp:
    """Answer wrongly where one asks by OCSP alone."""

    how: RevocationFault


@dataclass(frozen=True, slots=True)
class FailCrl:
    """Answer wrongly where one asks for a revocation list alone."""

    how: RevocationFault


@dataclass(frozen=True, slots=True)
class AcceptWithStatus:
    """Accept what is sent to the access point, and answer with another status, such as 200 or 202.

    Documented are 201 for a letter and 200 for the mark that a receipt has been read.
    """

    status: int = 200


CommonFault = RefuseWithStatus | Delay | LoseAnswer | TruncateAnswer | CutRequest
BrokerFault = (
    CommonFault
    | RefuseWithEbms
    | RefuseWithSoapFault
    | SignWithStranger
    | AnswerTwice
    | DropMailbox
)
AccessPointFault = CommonFault | RefuseWithProblem | ExpireToken | DropMailbox | AcceptWithStatus
ListFault = AccessPointFault | SignWithStranger | MoveDownloads | ReplayReceipt | AnswerTwice
TokenFault = CommonFault | RefuseToken
LookupFault = CommonFault | RefuseLookup
RestFault = LookupFault | FailRestLookup
SoapFault = LookupFault | FailSoapLookup
OcspFault = FailRevocation | FailOcsp
CrlFault = FailRevocation | FailCrl
Fault = BrokerFault | ListFault | TokenFault | RestFault | SoapFault | OcspFault | CrlFault

F = TypeVar("F", bound=Fault)


class Planned(NamedTuple):
    """A fault of a scenario: what goes wrong, how many times, and with which traffic.

    Attributes:
        times: None for as long as faults are not cleared.
    """

    fault: Fault
    times: int | None = 1
    on: Traffic | None = None


def befalls_broker(fault: Fault) -> TypeIs[BrokerFault]:
    """Tell whether the fault can happen to a request to the broker."""
    return isinstance(fault, BrokerFault)


def befalls_access_point(fault: Fault) -> TypeIs[AccessPointFault]:
    """Tell whether the fault can happen to any request to the access point."""
    return isinstance(fault, AccessPointFault)


def befalls_list(fault: Fault) -> TypeIs[ListFault]:
    """Tell whether the fault can happen when receipts are listed."""
    return isinstance(fault, ListFault)


def befalls_token(fault: Fault) -> TypeIs[TokenFault]:
    """Tell whether the fault can happen when a token is asked for."""
    return isinstance(fault, TokenFault)


def befalls_lookup(fault: Fault) -> TypeIs[LookupFault]:
    """Tell whether the fault can happen to any question to the contact register."""
    return isinstance(fault, LookupFault)


def befalls_rest(fault: Fault) -> TypeIs[RestFault]:
    """Tell whether the fault can happen to a question about people over REST."""
    return isinstance(fault, RestFault)


def befalls_soap(fault: Fault) -> TypeIs[SoapFault]:
    """Tell whether the fault can happen to a question over SOAP."""
    return isinstance(fault, SoapFault)


def befalls_ocsp(fault: Fault) -> TypeIs[OcspFault]:
    """Tell whether the fault can happen to a question by OCSP."""
    return isinstance(fault, OcspFault)


def befalls_crl(fault: Fault) -> TypeIs[CrlFault]:
    """Tell whether the fault can happen where a revocation list is asked for."""
    return isinstance(fault, CrlFault)


_MEANT_FOR: Final[dict[type[Fault], tuple[Traffic, ...]]] = {
    DropMailbox: (Traffic.LETTER,),
    AcceptWithStatus: (Traffic.LETTER, Traffic.READ),
}
_BEFALLS: Final = {
    Traffic.LETTER: BrokerFault | AccessPointFault,
    Traffic.SIGNAL: BrokerFault,
    Traffic.STATUSES: AccessPointFault,
    Traffic.RECEIPTS: ListFault,
    Traffic.DOWNLOAD: AccessPointFault,
    Traffic.READ: AccessPointFault,
    Traffic.TOKEN: TokenFault,
    Traffic.LOOKUP: RestFault | SoapFault,
    Traffic.REVOCATION: OcspFault | CrlFault,
}


def traffic_of(fault: type[Fault]) -> tuple[Traffic, ...]:
    """Tell which traffic a kind of fault can happen to, on one wire or the other."""
    if fault in _MEANT_FOR:
        return _MEANT_FOR[fault]
    return tuple(traffic for traffic, faults in _BEFALLS.items() if issubclass(fault, faults))


def written_fault(fault: Fault, on: Traffic | None = None) -> str:
    """Write a fault for people to read, as documentation has it."""
    values = [getattr(fault, field.name) for field in dataclasses.fields(fault)]
    shown = ", ".join(_shown(value) for value in values if value is not None)
    where = f" on {on.name}" if on else ""
    return f"{type(fault).__name__}({shown}){where}"


def _shown(value: object) -> str:
    if isinstance(value, Enum):
        return str(getattr(value, "code", value.name))
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Place:
    """An address of the environment.

    Attributes:
        traffic: what requests to it are about.
        befalls: which faults can happen to them.
        wire: `ebms` or `dpi`, where it belongs to one.
    """

    method: str
    path: re.Pattern[str]
    traffic: Traffic
    befalls: Callable[[Fault], bool]
    wire: str = ""


_ID: Final = "[^/]+"
_PLACES: Final = tuple(
    Place(method, re.compile(path), traffic, befalls, wire)
    for method, path, traffic, befalls, wire in (
        ("POST", f"/api/{_ID}/{_ID}", Traffic.LETTER, befalls_broker, "ebms"),
        ("POST", "/api/?", Traffic.SIGNAL, befalls_broker, "ebms"),
        ("POST", "/dpi/messages/out", Traffic.LETTER, befalls_access_point, "dpi"),
        ("GET", f"/dpi/messages/out/{_ID}/statuses", Traffic.STATUSES, befalls_access_point, "dpi"),
        ("GET", "/dpi/messages/in", Traffic.RECEIPTS, befalls_list, "dpi"),
        ("GET", f"/dpi/messages/in/{_ID}", Traffic.DOWNLOAD, befalls_access_point, "dpi"),
        ("POST", f"/dpi/messages/in/{_ID}/read", Traffic.READ, befalls_access_point, "dpi"),
        ("POST", "/maskinporten/token", Traffic.TOKEN, befalls_token, ""),
        ("POST", f"{KRR_REST}/.+", Traffic.LOOKUP, befalls_rest, ""),
        ("POST", KRR_SOAP, Traffic.LOOKUP, befalls_soap, ""),
        ("GET", f"{KRR_REST}/.+", Traffic.LOOKUP, befalls_lookup, ""),
    )
)


def place_of(method: str, path: str) -> Place | None:
    """Find what requests to an address are about; None for the web page and the like."""
    for place in _PLACES:
        if place.method == method and place.path.fullmatch(path):
            return place
    return None
