"""Faults on demand: what can go wrong between a sender and the broker, made to go wrong."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.testmiljo.checks.rejection import Ebms


class Traffic(Enum):
    """What a request to the broker is about."""

    LETTER = "a letter"
    SIGNAL = "a pull, a confirmation, or both"


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
    """Accept the message, and cut the connection after this many bytes of the answer's body."""

    at: int


@dataclass(frozen=True, slots=True)
class SignWithStranger:
    """Accept the message, and sign the answer with a key no CA of the environment has seen."""


Fault = (
    RefuseWithEbms
    | RefuseWithStatus
    | RefuseWithSoapFault
    | Delay
    | LoseAnswer
    | TruncateAnswer
    | SignWithStranger
)


class Faults:
    """The faults that wait to happen, in order. Safe to share between threads."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, Traffic | None]] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault, *, times: int = 1, on: Traffic | None = None) -> None:
        """Make the next requests go wrong: `times` of them, of one kind or of any."""
        with self._lock:
            self._waiting.extend([(fault, on)] * times)

    def clear(self) -> None:
        """Let everything go well from here on."""
        with self._lock:
            self._waiting.clear()

    def take(self, traffic: Traffic) -> Fault | None:
        """Take the fault for this request off the list, if there is one."""
        with self._lock:
            for index, (fault, on) in enumerate(self._waiting):
                if on in (None, traffic):
                    del self._waiting[index]
                    return fault
        return None
