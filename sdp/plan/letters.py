"""Letters of a service by the way they go: digital, print or none, by largest remainder."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from sdp.plan.model import Andeler, Personer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from sdp.plan.model import Slag, Tjeneste


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters in a year by the way they go. Their sum is the volume."""

    digital: int
    print: int
    none: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.digital + self.print + self.none


def largest_remainder(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Share whole things out by weight; the largest remainders get one more, ties in order.

    Raises:
        ValueError: there is no weight, or a negative one.
    """
    whole = sum(weights)
    if min(weights) < 0 or not whole:
        raise ValueError("weights must not be negative, and not all zero")
    exact = [total * weight / whole for weight in weights]
    shared = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda at: shared[at] - exact[at])
    for at in order[: total - sum(shared)]:
        shared[at] += 1
    return shared


def weights_of(fordeling: Personer | Andeler, slag: Slag) -> tuple[Fraction, Fraction, Fraction]:
    """Weigh digital, print and none as the law has it.

    A vedtak, and what is as important, is digital only for those who can be notified; others with
    a mailbox get print if they have an address. Information goes to everybody with a mailbox.
    """
    match fordeling:
        case Personer() if slag.must_notify:
            without = fordeling.postkasse - fordeling.kan_varsles
            unreached = fordeling.ikke_varsles_uten_adresse
            return (
                Fraction(fordeling.kan_varsles),
                Fraction(fordeling.print + without - unreached),
                Fraction(fordeling.ingen + unreached),
            )
        case Personer():
            return (
                Fraction(fordeling.postkasse),
                Fraction(fordeling.print),
                Fraction(fordeling.ingen),
            )
        case Andeler():
            digital = Fraction(fordeling.digital.value) / 100
            none = Fraction(fordeling.uten_adresse.value) / 100
            return digital, 1 - digital - none, none


def letters_of(
    tjeneste: Tjeneste, *, volume: int | None = None, points: Decimal | None = None
) -> Letters:
    """Share the letters of a service out.

    Args:
        tjeneste: the service.
        volume: other than the service's own.
        points: percentage points moved from print to digital; negative moves them back. No more
            is moved than there is.
    """
    digital, on_paper, none = weights_of(tjeneste.fordeling, tjeneste.slag)
    if points:
        moved = Fraction(points) / 100 * (digital + on_paper + none)
        moved = max(min(moved, on_paper), -digital)
        digital, on_paper = digital + moved, on_paper - moved
    total = int(tjeneste.volum.value) if volume is None else volume
    return Letters(*largest_remainder(total, (digital, on_paper, none)))


def held_on_paper(tjeneste: Tjeneste) -> int:
    """Count letters to people with a mailbox that the law wants on paper. Measured services only.

    The difference between counting everybody with a mailbox, and those who can be notified.
    """
    if not isinstance(tjeneste.fordeling, Personer) or not tjeneste.slag.must_notify:
        return 0
    people = tjeneste.fordeling
    everybody = (Fraction(people.postkasse), Fraction(people.print), Fraction(people.ingen))
    careless, _, _ = largest_remainder(int(tjeneste.volum.value), everybody)
    return careless - letters_of(tjeneste).digital
