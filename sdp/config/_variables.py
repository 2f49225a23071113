"""Settings from the variables `SDP_…` of the process environment."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PREFIX = "SDP_"
_STEP = "__"
_MEANT = 0.8
"""How alike a variable must be to a setting to be a misspelling; others belong to somebody else."""


def from_environ(environ: Mapping[str, str], known: Iterable[str]) -> dict[str, Any]:
    """Read the variables that are settings, as tables.

    Args:
        environ: the variables; those of others, such as a service named SDP, are passed over.
        known: every setting, with dots between its steps.

    Raises:
        ConfigurationError: a variable is all but the name of a setting.
    """
    variables = {_PREFIX + key.upper().replace(".", _STEP): key for key in known}
    tables = {variable.split(_STEP)[0] for variable in variables}
    settings: dict[str, Any] = {}
    for variable, value in sorted(environ.items()):
        if not variable.startswith(_PREFIX) or not value:
            continue
        if variable.split(_STEP)[0] not in tables:
            _refuse_misspelt(variable, variables)
            continue
        *steps, key = variable.removeprefix(_PREFIX).lower().split(_STEP)
        table = settings
        for name in steps:
            inner = table.get(name, {})
            table[name] = {"name": inner} if isinstance(inner, str) else inner
            table = table[name]
        table[key] = value
    return settings


def merged(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Lay settings over others, table by table; a name alone is a table with that name."""
    both = dict(lower)
    for key, value in upper.items():
        below = both.get(key)
        if isinstance(value, dict) and isinstance(below, str):
            below = {"name": below}
        are_tables = isinstance(value, dict) and isinstance(below, dict)
        both[key] = merged(below or {}, value) if are_tables else value
    return both


def _refuse_misspelt(variable: str, variables: Iterable[str]) -> None:
    for meant in difflib.get_close_matches(variable, variables, n=1, cutoff=_MEANT):
        raise ConfigurationError(
            f"The variable {variable} is no setting.", remedy=f"Did you mean {meant}?"
        )
