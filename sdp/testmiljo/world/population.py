"""Population of a stated mix: many synthetic people at once, for campaigns and load."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.world.register import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sdp.testmiljo.world.citizens import Citizens

MIX: Final[Mapping[Kind, int]] = {
    Kind.REACHABLE: 60,
    Kind.DIGIPOST: 10,
    Kind.RESERVED: 8,
    Kind.NOT_NOTIFIED: 7,
    Kind.STALE: 5,
    Kind.NO_MAILBOX: 10,
}
"""People of each kind in a hundred."""
FOREIGN: Final = 20
"""One person in so many has an address abroad."""

_HUNDRED: Final = sum(MIX.values())
_STEP: Final = 37
"""Prime to a hundred, so that each kind is spread over the whole hundred."""


@dataclass(frozen=True, slots=True)
class Resident:
    """One of the population, with a postal address that an agency would have."""

    personidentifikator: str = field(repr=False)
    kind: Kind
    is_abroad: bool

    def row(self, number: int) -> dict[str, str]:
        """Write the resident as a row of a CSV file."""
        place = (
            {"adresselinje2": "75001 Paris", "adresselinje3": "FRANCE", "landkode": "FR"}
            if self.is_abroad
            else {"postnummer": "0155", "poststed": "OSLO"}
        )
        return {
            "personidentifikator": self.personidentifikator,
            "nokkel": f"person-{number}",
            "kind": self.kind.name,
            "navn": f"Test Testesen {number}",
            "adresselinje1": f"{number} rue de Test" if self.is_abroad else f"Testveien {number}",
            **place,
        }


_COLUMNS: Final = (
    *("personidentifikator", "nokkel", "kind", "navn"),
    *("adresselinje1", "adresselinje2", "adresselinje3"),
    *("postnummer", "poststed", "landkode"),
)


def kinds() -> Iterator[Kind]:
    """Give the kinds of one person after the other, for ever, in the same order each time."""
    hundred = [kind for kind, share in MIX.items() for _ in range(share)]
    number = 0
    while True:
        yield hundred[number * _STEP % _HUNDRED]
        number += 1


def populate(citizens: Citizens, size: int) -> tuple[Resident, ...]:
    """Enter new synthetic people in the register, in the shares of `MIX`.

    Raises:
        ValueError: there are no more synthetic people.
    """
    return tuple(
        Resident(
            citizens.enter(None, kind).personidentifikator, kind, number % FOREIGN == FOREIGN - 1
        )
        for number, kind in zip(range(size), kinds(), strict=False)
    )


def write_population(path: Path, residents: tuple[Resident, ...]) -> None:
    """Write a population as CSV, one row for each, in UTF-8 with a heading.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(each.row(number) for number, each in enumerate(residents, start=1))
