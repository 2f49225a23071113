"""The `sdp` command. Needs the extra `cli`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with the given arguments, or those of the process; return its exit code."""
    missing = [name for name in ("click", "rich") if find_spec(name) is None]
    if missing:
        print(
            f"The sdp command needs {' and '.join(missing)}. "
            "Install: pip install 'sikker-digital-post[cli]'",
            file=sys.stderr,
        )
        return 2
    from sdp.cli.app import run

    return run(sys.argv[1:] if arguments is None else arguments)
