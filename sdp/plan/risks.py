"""Risks of a plan: scores from 1 to 5, their colours, and what is red without a measure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.plan.model import Risiko

_YELLOW: Final = 6
_RED: Final = 15


class Colour(StrEnum):
    """The colour of a score: green below 6, yellow from 6, red from 15."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"

    @classmethod
    def of(cls, score: int) -> Colour:
        """Return the colour of a score from 1 to 25."""
        if score >= _RED:
            return cls.RED
        return cls.YELLOW if score >= _YELLOW else cls.GREEN


@dataclass(frozen=True, slots=True)
class Assessment:
    """The risks as they are assessed.

    Attributes:
        scored: those with likelihood and consequence, the highest score first.
        unscored: those without.
        counts: how many have each pair of likelihood and consequence.
    """

    scored: tuple[Risiko, ...]
    unscored: tuple[Risiko, ...]
    counts: Counter[tuple[int, int]]

    @property
    def red_without_measure(self) -> tuple[Risiko, ...]:
        """Those that are red and have no measure that somebody owns."""
        return tuple(
            each
            for each in self.scored
            if Colour.of(score(each) or 0) is Colour.RED and not (each.tiltak and each.eier)
        )


def score(risk: Risiko) -> int | None:
    """Multiply likelihood and consequence; None unless both are given."""
    if risk.sannsynlighet is None or risk.konsekvens is None:
        return None
    return risk.sannsynlighet * risk.konsekvens


def residual(risk: Risiko) -> int | None:
    """Multiply what is left of both after the measure; None unless both are given."""
    if risk.rest_sannsynlighet is None or risk.rest_konsekvens is None:
        return None
    return risk.rest_sannsynlighet * risk.rest_konsekvens


def assessed(risks: Iterable[Risiko]) -> Assessment:
    """Part risks into those with a score and those without."""
    told = list(risks)
    scored = [each for each in told if score(each) is not None]
    return Assessment(
        tuple(sorted(scored, key=lambda each: -(score(each) or 0))),
        tuple(each for each in told if score(each) is None),
        Counter(
            (each.sannsynlighet, each.konsekvens)
            for each in scored
            if each.sannsynlighet is not None and each.konsekvens is not None
        ),
    )
