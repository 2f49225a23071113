"""Settings as TOML, read and written."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file that may hold a password: errors of Python that carry its text are let go of."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        problem = f"is not TOML: {error}"
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8: byte {error.start + 1} cannot be read"
    except RecursionError:
        problem = "is nested too deep to be a configuration"
    raise ConfigurationError(f"{path} {problem}.")


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
