"""The choice of connection: own integration, Integrasjonspunkt, KS Fiks or a supplier."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Connection(StrEnum):
    """The ways to connect."""

    EGEN = "egen"
    INTEGRASJONSPUNKT = "integrasjonspunkt"
    KS_FIKS = "ks_fiks"
    LEVERANDOR = "leverandor"


QUESTIONS: Final = (
    *("developers", "python", "operations", "standard_system", "supplier_offers"),
    *("municipality", "many_systems", "large_volume", "other_messages"),
)
"""The questions of the interview; each is answered yes or no."""

_POINTS: Final[Mapping[str, Mapping[bool, Mapping[Connection, int]]]] = {
    "developers": {
        True: {Connection.EGEN: 3},
        False: {Connection.EGEN: -4, Connection.LEVERANDOR: 2},
    },
    "python": {True: {Connection.EGEN: 2}, False: {Connection.EGEN: -1}},
    "operations": {
        True: {Connection.EGEN: 2, Connection.INTEGRASJONSPUNKT: 2},
        False: {
            Connection.EGEN: -3,
            Connection.INTEGRASJONSPUNKT: -3,
            Connection.LEVERANDOR: 2,
            Connection.KS_FIKS: 1,
        },
    },
    "standard_system": {
        True: {Connection.LEVERANDOR: 1, Connection.KS_FIKS: 1},
        False: {Connection.EGEN: 1},
    },
    "supplier_offers": {True: {Connection.LEVERANDOR: 3}, False: {Connection.LEVERANDOR: -4}},
    "municipality": {True: {Connection.KS_FIKS: 3}, False: {Connection.KS_FIKS: -9}},
    "many_systems": {
        True: {Connection.EGEN: 1, Connection.INTEGRASJONSPUNKT: 1},
        False: {Connection.LEVERANDOR: 1},
    },
    "large_volume": {True: {Connection.EGEN: 1, Connection.KS_FIKS: 1}, False: {}},
    "other_messages": {
        True: {Connection.INTEGRASJONSPUNKT: 3},
        False: {Connection.INTEGRASJONSPUNKT: -1},
    },
}
"""The points that each answer adds to each way: judgements, told with the result."""


@dataclass(frozen=True, slots=True)
class Reason:
    """The weight of an answer for the way that was chosen."""

    question: str
    answer: bool
    points: int


@dataclass(frozen=True, slots=True)
class Advice:
    """The way that fits best, the points of each, and the reasons with the largest first."""

    connection: Connection
    points: Mapping[Connection, int]
    reasons: tuple[Reason, ...]

    @property
    def is_close(self) -> bool:
        """True if another way is nearly as good, so that the choice should be talked over."""
        first, second = sorted(self.points.values(), reverse=True)[:2]
        return first - second <= 1


def advise_connection(answers: Mapping[str, bool]) -> Advice:
    """Weigh the answers of the interview.

    Raises:
        KeyError: a question has no answer.
    """
    points = dict.fromkeys(Connection, 0)
    for question in QUESTIONS:
        for way, worth in _POINTS[question][answers[question]].items():
            points[way] += worth
    best = max(Connection, key=lambda way: points[way])
    reasons = [
        Reason(question, answers[question], worth)
        for question in QUESTIONS
        if (worth := _POINTS[question][answers[question]].get(best, 0))
    ]
    return Advice(best, points, tuple(sorted(reasons, key=lambda each: -abs(each.points))))
