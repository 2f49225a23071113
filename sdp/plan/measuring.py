"""Measuring of a plan: people counted by the lawful route, and example documents summed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.plan.model import Pakke, Personer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


@dataclass(slots=True)
class Tally:
    """Counts people as their routes are decided. It never sees who they are."""

    alle: int = 0
    postkasse: int = 0
    kan_varsles: int = 0
    print: int = 0
    ingen: int = 0
    ikke_varsles_uten_adresse: int = 0

    def count(self, *, informasjon: bool, vedtak: bool, has_address: bool) -> None:
        """Count one person.

        Args:
            informasjon: whether the lawful route of information is digital.
            vedtak: whether the lawful route of a vedtak is digital: notifiable and not reserved.
            has_address: whether the agency has a postal address.
        """
        self.alle += 1
        if informasjon or vedtak:
            self.postkasse += 1
            self.kan_varsles += vedtak
            self.ikke_varsles_uten_adresse += not vedtak and not has_address
        elif has_address:
            self.print += 1
        else:
            self.ingen += 1

    def people(self, day: date) -> Personer:
        """Return what was counted.

        Raises:
            ValueError: nobody was.
        """
        if not self.alle:
            raise ValueError("nobody was counted")
        return Personer(
            alle=self.alle,
            postkasse=self.postkasse,
            kan_varsles=self.kan_varsles,
            print=self.print,
            ingen=self.ingen,
            ikke_varsles_uten_adresse=self.ikke_varsles_uten_adresse,
            dato=day,
        )


@dataclass(frozen=True, slots=True)
class Packed:
    """One example document as it was packed: billable bytes, pages, and its digest."""

    bytes: int
    sider: int
    sha256: str


def package_of(examples: Sequence[Packed], day: date) -> Pakke:
    """Sum the examples of a service up: their mean size and pages, rounded up.

    Raises:
        ValueError: there are no examples.
    """
    if not examples:
        raise ValueError("no examples were packed")
    count = len(examples)
    return Pakke(
        bytes=-(-sum(each.bytes for each in examples) // count),
        sider=-(-sum(each.sider for each in examples) // count),
        antall=count,
        dato=day,
    )
