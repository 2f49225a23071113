"""The `sdp` command. Needs the extra `cli`."""

from __future__ import annotations

import gc
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sdp.cli.imports import imported

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
    if arguments is None:  # the process is this command's alone
        gc.freeze()
    # Plugins of pydantic see every value it validates, and a look for them reads the metadata of
    # all that is installed. No letter is theirs to see.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    exit_code: int = imported("sdp.cli.app:run")(sys.argv[1:] if arguments is None else arguments)
    return exit_code
