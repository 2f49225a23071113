"""Names of a package, imported from their modules when they are first asked for.

A command that needs one name of a package does not wait for what the others import. Type checkers
see the ordinary imports, under `TYPE_CHECKING`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def exports(package: str, homes: Mapping[str, Iterable[str]]) -> Callable[[str], object]:
    """Make the `__getattr__` of a package (PEP 562).

    Args:
        package: its `__name__`.
        homes: the names that each module of the package gives it.
    """
    home_of = {name: f"{package}.{home}" for home, names in homes.items() for name in names}

    def get(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return get
