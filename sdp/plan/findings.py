"""Findings about a plan: errors that stop it, and warnings that save money or law."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sdp.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sdp.plan.texts import Texts


class Level(StrEnum):
    """The weight of a finding."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a plan breaks, or one thing its owner should know.

    Attributes:
        code: the name of the rule; its words are in `words/findings.toml`.
        file: the file in the folder.
        row: the row of a CSV file or the line of a TOML file; None for the file as a whole.
        column: the column or setting; empty for the row as a whole.
        values: what the words are filled in with. Never a cell that may hold a person.
    """

    code: str
    level: Level
    file: str
    row: int | None = None
    column: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def rule(self, texts: Texts) -> str:
        """Tell the rule, in a language."""
        return texts(f"findings.{self.code}.rule", **self.values)

    def remedy(self, texts: Texts) -> str:
        """Tell what to do, in a language."""
        return texts(f"findings.{self.code}.remedy", **self.values)

    @property
    def place(self) -> str:
        """The place of the finding: file, row and column."""
        return ":".join(str(part) for part in (self.file, self.row, self.column) if part)


class Findings:
    """Collects findings while a folder is read."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def error(
        self, code: str, file: str, row: int | None = None, column: str = "", **values: object
    ) -> None:
        """Add an error."""
        self._found.append(Finding(code, Level.ERROR, file, row, column, values))

    def warning(
        self, code: str, file: str, row: int | None = None, column: str = "", **values: object
    ) -> None:
        """Add a warning."""
        self._found.append(Finding(code, Level.WARNING, file, row, column, values))

    @property
    def all(self) -> tuple[Finding, ...]:
        """Everything that was found, errors first, in the order of the files."""
        return tuple(sorted(self._found, key=lambda each: each.level is Level.WARNING))


class PlanError(InvalidInputError):
    """A plan breaks a rule. `findings` has each with file, row, column, rule and remedy."""

    def __init__(self, findings: Iterable[Finding], texts: Texts) -> None:
        self.findings: tuple[Finding, ...] = tuple(
            each for each in findings if each.level is Level.ERROR
        )
        told = [Problem(each.place, each.rule(texts)) for each in self.findings]
        remedies = dict.fromkeys(each.remedy(texts) for each in self.findings)
        super().__init__(texts("words.the_plan"), told, remedy=" ".join(remedies))
        listed = "; ".join(map(str, told))
        self.message: str = texts("words.not_valid", listed=listed)
        self.args: tuple[object, ...] = (f"{self.message} {self.remedy}",)
