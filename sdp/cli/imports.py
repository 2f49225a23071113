"""Imports of the command, each when it is asked for, without a search for garbage."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any


def imported(home: str) -> Any:
    """Return what is named by its home, `module:attribute`.

    What a module makes when it is imported stays, and there is much of it: a search for garbage
    among it takes its time and finds none. A process that is the command's alone has begun with
    `gc.freeze`, and what is imported later is left alone there too.
    """
    module, _, name = home.partition(":")
    if module not in sys.modules:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            import_module(module)
        finally:
            if gc.get_freeze_count():
                gc.freeze()
            if was_enabled:
                gc.enable()
    return getattr(sys.modules[module], name)
