"""Meaning of each outcome of sending, for the letter and for the wire. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    HttpStatusError,
    IdentityError,
    NotSentError,
    ProblemError,
    RefusedError,
    Retry,
    SdpError,
    TokenError,
    UnauthorizedError,
    UnknownOutcomeError,
    WireError,
)
from sdp.outbox.states import Aarsak, Tilstand

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

SETTLED_BY_A_PERSON_AFTER: Final = timedelta(hours=24)
MOST_UNKNOWN: Final = 12
"""After so many unknown outcomes, or that long, a person decides."""

_OVERLOADED: Final = frozenset({429, 503})
_ABOUT_THE_SET_UP: Final = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405, 407})


@dataclass(frozen=True, slots=True)
class Utfall:
    """Meaning of an error.

    Attributes:
        til: the state of the letter.
        aarsak: why.
        grunn: the reason in words: field, rule and remedy; nothing private.
        brakes: whether the wire is left alone for a while.
        stops: whether no letter can be sent until somebody corrects the set-up.
        retry_after: how many seconds the other side asks to be left alone.
    """

    til: Tilstand
    aarsak: Aarsak
    grunn: str
    brakes: bool = False
    stops: bool = False
    retry_after: float | None = None


class LeaseOverError(SdpError):
    """The lease of the block was over before the letter went out."""


class UnforeseenError(SdpError):
    """Something failed that is a defect of this library or of what it uses."""


def judge(error: SdpError, *, may_have_arrived: bool) -> Utfall:
    """Say what an error means for the letter that it came of.

    Args:
        error: what sending raised.
        may_have_arrived: whether an earlier attempt may have arrived. A refusal of this attempt
            then says nothing of that one, and a person decides.
    """
    waits = Tilstand.UKJENT if may_have_arrived else Tilstand.KLAR
    words = _words(error)
    retry_after = getattr(error, "retry_after", None)
    match error:
        case LeaseOverError():
            return Utfall(waits, Aarsak.IKKE_SENDT, error.message)
        case UnforeseenError():
            return Utfall(Tilstand.UKJENT, Aarsak.UKJENT_UTFALL, error.message)
        case UnknownOutcomeError():
            return Utfall(
                Tilstand.UKJENT,
                Aarsak.UKJENT_UTFALL,
                error.message,  # its remedy is for a program; here the outbox sends it again
                brakes=_is_overload(error.__cause__),
                retry_after=retry_after or getattr(error.__cause__, "retry_after", None),
            )
        case NotSentError():
            return Utfall(waits, Aarsak.IKKE_SENDT, words, brakes=True, retry_after=retry_after)
        case _ if is_about_the_set_up(error):
            return Utfall(waits, Aarsak.BREMSET, words, brakes=True, stops=True)
        case _ if _may_pass(error):
            return Utfall(
                waits,
                Aarsak.BREMSET,
                words,
                brakes=isinstance(error, WireError | IdentityError),
                retry_after=retry_after,
            )
        case _:
            til = Tilstand.UAVKLART if may_have_arrived else Tilstand.AVVIST
            by_receiver = isinstance(error, RefusedError)
            return Utfall(
                til, Aarsak.AVVIST_AV_MOTTAKER if by_receiver else Aarsak.AVVIST_HER, words
            )


def is_about_the_set_up(error: SdpError) -> bool:
    """Tell whether an error would meet every letter: it says nothing of this one."""
    match error:
        case IdentityError():
            return error.retry is Retry.NEVER
        case ConfigurationError() | UnauthorizedError():
            return True
        case TokenError():
            return error.retry is not Retry.LATER
        case HttpStatusError() | ProblemError():
            return error.status in _ABOUT_THE_SET_UP
        case _:
            return False


def is_given_up(ukjent_siden: datetime, ukjente: int, moment: datetime) -> bool:
    """Tell whether a letter has been unknown for so long that a person decides."""
    return moment - ukjent_siden >= SETTLED_BY_A_PERSON_AFTER or ukjente >= MOST_UNKNOWN


@dataclass(frozen=True, slots=True)
class Backoff:
    """Growing waits with jitter: half of each is certain, and half is chance.

    Attributes:
        first: the first wait.
        longest: no wait is longer.
        chance: returns a number from 0 up to 1.
    """

    first: timedelta
    longest: timedelta
    chance: Callable[[], float]

    def wait(self, attempt: int) -> timedelta:
        """Return the wait after so many attempts in a row, 1 or more."""
        whole = min(self.first * (1 << min(attempt - 1, 30)), self.longest)
        return whole * (0.5 + 0.5 * self.chance())


def _may_pass(error: SdpError) -> bool:
    if error.retry is Retry.LATER or _is_overload(error):
        return True
    return (
        isinstance(error, CertificateError)
        and error.problem is CertificateProblem.REVOCATION_UNREACHABLE
    )


def _is_overload(error: BaseException | None) -> bool:
    return getattr(error, "status", None) in _OVERLOADED


def _words(error: SdpError) -> str:
    return f"{error.message} {error.remedy}".strip()
