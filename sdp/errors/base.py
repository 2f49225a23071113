"""Root of the errors, and errors of input, configuration, recipients and the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

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
        self.message = message
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
            self.args = (f"{self.message} {self.remedy}".rstrip(),)

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
