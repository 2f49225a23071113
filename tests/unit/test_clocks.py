"""The caller's clock reaches everything that judges time: nothing else reads that of the machine.

Each place that does is the default of a `clock` that the caller may give, or a command.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sdp

_ROOT: Final = Path(sdp.__file__).parent
_DEFAULTS: Final = {
    "client.py": "_now",
    "async_client.py": "_now",
    "outbox/outbox.py": "now_utc",
    "pki/revocation/policy.py": "utc_now",
    "verify/context.py": "_now",
    "testmiljo/environment.py": "_now",
}
"""The function of each module that is the default of a clock."""
_READINGS: Final = frozenset(
    {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime"),
    }
)


def _readings(node: ast.AST, function: str = "") -> Iterator[tuple[str, int]]:
    """Name the function and the line of every reading of the machine's clock."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if (
                f"{owner}.{name}" in _READINGS
            ):
                yield function, child.lineno
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _readings(child, child.name)
        else:
            yield from _readings(child, function)


def test_the_clock_of_the_machine_is_read_where_the_caller_may_give_another() -> None:
    elsewhere = []
    found = set()
    for path in sorted(_ROOT.rglob("*.py")):
        name = path.relative_to(_ROOT).as_posix()
        if name.startswith("cli/"):
            continue  # whoever types a command has no other clock
        for function, line in _readings(ast.parse(path.read_bytes())):
            if _DEFAULTS.get(name) == function:
                found.add(name)
            else:
                elsewhere.append(f"{name}:{line}")

    assert elsewhere == []
    assert found == set(_DEFAULTS), "no such function any more"
