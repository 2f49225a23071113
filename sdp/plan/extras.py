"""Optional libraries of a plan, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sdp.errors import ConfigurationError


def optional(name: str, *, extra: str = "plan") -> Any:
    """Import a library of an extra.

    Raises:
        ConfigurationError: the extra is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"This needs {name}, which is not installed.",
            remedy=f"Install: pip install 'sikker-digital-post[{extra}]'",
        ) from None
