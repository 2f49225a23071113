"""The DPIA pre-check: nine criteria, answered by the agency in `personvern.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.plan.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sdp.plan.findings import Findings
    from sdp.plan.texts import Texts

FILE: Final = "personvern.csv"
COLUMNS: Final = ("id", "kriterium", "svar", "begrunnelse", "kilde")
_ENOUGH: Final = 2
"""With two criteria a DPIA is needed in most cases (WP 248 rev.01, section III.B)."""


@dataclass(frozen=True, slots=True)
class Kriterium:
    """One criterion, and the agency's answer; None until it has answered."""

    id: str
    kriterium: str
    svar: bool | None
    begrunnelse: str


@dataclass(frozen=True, slots=True)
class PreCheck:
    """The answers counted."""

    all: int
    yes: int
    open: int

    @property
    def is_needed(self) -> bool:
        """True if a DPIA is needed, as far as is answered."""
        return self.yes >= _ENOUGH

    def told(self, texts: Texts) -> str:
        """Tell the result; the open questions as well, if there are any."""
        counts = {"yes": self.yes, "all": self.all, "open": self.open}
        opened = texts("risks.dpia.open", **counts) if self.open or not self.all else ""
        if self.is_needed:
            return f"{texts('risks.dpia.needed', **counts)} {opened}".strip()
        return opened or texts("risks.dpia.not_needed", **counts)


def read_criteria(folder: Path, findings: Findings) -> tuple[Kriterium, ...]:
    """Read the answers; a file that does not exist has none."""
    found = []
    for cells in read_table(folder / FILE, COLUMNS, ("id", "svar"), findings):
        id_, answered = cells.needed("id"), bool(cells.text("svar"))
        yes = cells.flag("svar")
        svar = yes if answered else None
        if id_:
            found.append(Kriterium(id_, cells.text("kriterium"), svar, cells.text("begrunnelse")))
    return tuple(found)


def pre_check(criteria: Iterable[Kriterium]) -> PreCheck:
    """Count the answers."""
    told = list(criteria)
    return PreCheck(
        len(told),
        sum(each.svar is True for each in told),
        sum(each.svar is None for each in told),
    )
