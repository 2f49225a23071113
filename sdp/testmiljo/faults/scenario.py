"""Scenarios: files that tell what is to go wrong, in order."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdp.errors import ConfigurationError
from sdp.testmiljo.faults.reading import FaultRefused, read_fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.testmiljo.faults.kinds import Planned


def read_scenario(path: str | Path) -> tuple[Planned, ...]:
    """Read a TOML file of `[[fault]]` tables; `Faults.play` plays them in their order.

    A table has the name of a fault as `fault`, the fault's own fields, and perhaps `times` and
    `on`, the name of a `Traffic`: all as the JSON API has them.

    Raises:
        ConfigurationError: the file cannot be read; or naming each table that is wrong by its
            number from 1, with the field and the rule it breaks.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}.") from error
    except RecursionError:
        raise ConfigurationError(f"{path} is nested too deep to be a scenario.") from None
    try:
        return tuple(_planned(_tables(content)))
    except FaultRefused as refused:
        raise ConfigurationError(f"The scenario in {path} is wrong: {refused}") from None


def _tables(content: dict[str, Any]) -> list[dict[str, Any]]:
    tables = content.get("fault")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise FaultRefused("it must have tables [[fault]].")
    if len(content) > 1:
        raise FaultRefused(f"it must have nothing beside [[fault]], as {_other(content)}.")
    return tables


def _planned(tables: Iterable[dict[str, Any]]) -> list[Planned]:
    planned: list[Planned] = []
    problems: list[str] = []
    for number, table in enumerate(tables, start=1):
        try:
            planned.append(read_fault(table))
        except FaultRefused as refused:
            problems.append(f"[[fault]] number {number}: {refused}")
    if problems:
        raise FaultRefused(" ".join(problems))
    return planned


def _other(content: dict[str, Any]) -> str:
    return next(name for name in content if name != "fault")
