"""Evidence of the integration tests: the report of `sdp verify --json`, by national requirement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from sdp.errors import ConfigurationError
from sdp.gate.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sdp.plan.texts import Texts

_VERDICTS: Final = ("ok", "warning", "failed", "skipped")
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Evidence:
    """The verdicts of one run of `sdp verify`. What came back is left out: it is others' words.

    Attributes:
        environment: the name of the environment.
        day: the day of the run.
        is_whole: whether the run came to its end.
        verdicts: the verdict of each check, by its number.
    """

    environment: str
    day: date
    is_whole: bool
    verdicts: Mapping[int, str]

    @classmethod
    def from_path(cls, path: Path) -> Evidence:
        """Read a report.

        Raises:
            ConfigurationError: the file is no such report.
        """
        try:
            told = json.loads(read_file(path))
            verdicts = {int(each["number"]): str(each["verdict"]) for each in told["checks"]}
            environment = str(told["environment"])
            day = datetime.fromisoformat(told["started"]).date()
            found = cls(environment, day, bool(told["whole"]), verdicts)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _no_report(path) from None
        if not set(verdicts.values()) <= set(_VERDICTS) or len(environment) > _LONGEST:
            raise _no_report(path)
        return found

    def told(self, numbers: Iterable[int], texts: Texts) -> str:
        """Tell the verdicts of some checks; empty for none."""
        return ", ".join(
            f"{number} {texts('document.verdict.' + self.verdicts[number])}"
            if number in self.verdicts
            else f"{number} {texts('document.verdict.not_run')}"
            for number in numbers
        )


def _no_report(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path.name} is not a report of sdp verify.",
        remedy="Write one with sdp verify … --json > report.json",
    )
