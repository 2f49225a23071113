"""Reading settings from TOML and from variables `SDP_…`, and writing them as TOML."""

from __future__ import annotations

import difflib
import json
import tomllib
from typing import TYPE_CHECKING, Any, Final

from sdp.errors import ConfigurationError
from sdp.gate import decoded
from sdp.gate.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_PREFIX: Final = "SDP_"
_STEP: Final = "__"
_MEANT: Final = 0.8
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
    for key, given in upper.items():
        value, below = given, both.get(key)
        if isinstance(value, dict) and isinstance(below, str):
            below = {"name": below}
        elif isinstance(value, str) and isinstance(below, dict):
            value = {"name": value}
        are_tables = isinstance(value, dict) and isinstance(below, dict)
        both[key] = merged(below or {}, value) if are_tables else value
    return both


def _refuse_misspelt(variable: str, variables: Iterable[str]) -> None:
    for meant in difflib.get_close_matches(variable, variables, n=1, cutoff=_MEANT):
        raise ConfigurationError(
            f"The variable {variable} is no setting.", remedy=f"Did you mean {meant}?"
        )


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file in UTF-8, or in the other encodings of Windows.

    It may hold a password: errors of Python that carry its text are let go of.

    Raises:
        ConfigurationError: it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(decoded(_contents(path)))
    except tomllib.TOMLDecodeError as error:
        problem = f"is not TOML: {error}"
    except RecursionError:
        problem = "is nested too deep to be TOML that is meant"
    except ValueError as rule:
        problem = f"cannot be read: it {rule}"
    raise ConfigurationError(f"{path} {problem}.", remedy="Correct it, and save it as UTF-8.")


def _contents(path: Path) -> bytes:
    try:
        return read_file(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError:
        raise ConfigurationError(f"{path} cannot be read: it is no path.") from None


def write_toml(settings: Mapping[str, Any]) -> str:
    """Write plain values, then tables of them; empty tables are left out."""
    tables = {key: value for key, value in settings.items() if isinstance(value, dict) and value}
    lines = list(_lines({key: settings[key] for key in settings if key not in tables}))
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_lines(table)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        match value:
            case dict() if not value:
                continue
            case dict():
                yield f"{key} = {{ {', '.join(_lines(value))} }}"
            case bool():
                yield f"{key} = {str(value).lower()}"
            case int() | float():
                yield f"{key} = {value}"
            case tuple() | list():
                yield f"{key} = [{', '.join(map(_text, value))}]"
            case _:
                yield f"{key} = {_text(value)}"


def _text(value: object) -> str:
    """Write a basic string: those of JSON are such, but for a DEL, which TOML wants escaped."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
