"""The rule that tells a provider that delivers slower than it usually does. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sdp.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowRule:
    """Limits of what is slower than usual.

    A provider is slow when the median of its latest times to levering is more than `factor` times
    the median of those before, and more than `least`.

    Attributes:
        latest: how many leverings are the latest, 1 or more.
        usual: how many leverings before them tell what is usual. With fewer than `latest` of them,
            nothing is usual yet, and nothing is slow.
        factor: how many times the usual is slow; more than 1.
        least: no shorter time is slow, whatever is usual.

    Raises:
        InvalidInputError: a value breaks its rule.
    """

    latest: int = 20
    usual: int = 200
    factor: float = 3.0
    least: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        """Check every value."""
        problems = []
        if self.latest < 1:
            problems.append(Problem("latest", "must be 1 or more"))
        if self.usual < self.latest:
            problems.append(Problem("usual", "must not be less than latest"))
        if not self.factor > 1:
            problems.append(Problem("factor", "must be more than 1"))
        if self.least < timedelta():
            problems.append(Problem("least", "must not be less than zero"))
        if problems:
            raise InvalidInputError("SlowRule", problems)


@dataclass(frozen=True, slots=True)
class Slowness:
    """Medians of a provider that is slower than usual: of its latest leverings, and before."""

    now: timedelta
    usual: timedelta


def slower_than_usual(
    delivered: Sequence[timedelta], waiting: Sequence[timedelta], rule: SlowRule
) -> Slowness | None:
    """Compare the latest times to levering of a provider with those before.

    A letter that waits counts with its age, once that is longer than usual: a provider that
    delivers nothing any more is slow too.

    Args:
        delivered: times from acceptance to levering, the latest first.
        waiting: ages of letters that were accepted and have no levering.
        rule: the limits.

    Returns:
        The two medians; None if it is not slow, or nothing is usual yet.
    """
    before = delivered[rule.latest : rule.latest + rule.usual]
    if len(before) < rule.latest:
        return None
    usual = _median(before)
    late = sorted((age for age in waiting if age > usual), reverse=True)[: rule.latest]
    now = _median([*delivered[: rule.latest], *late])
    return Slowness(now, usual) if now > usual * rule.factor and now > rule.least else None


def _median(times: Sequence[timedelta]) -> timedelta:
    in_order = sorted(times)
    middle = len(in_order) // 2
    return (in_order[middle] + in_order[-middle - 1]) / 2
