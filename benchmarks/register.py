"""A contact register that knows everybody; tells its requests at every line it reads."""

from __future__ import annotations

import sys
from pathlib import Path

from sdp.testmiljo import Kind, Testmiljo


def main(folder: Path) -> None:
    """Write a client configuration into the folder, serve, and tell how often it was asked."""
    with Testmiljo.start() as miljo:
        miljo.register.know_everybody_as(Kind.REACHABLE)
        miljo.write_config(folder)
        print("ready", flush=True)
        for _ in sys.stdin:
            print(miljo.krr_rest.requests, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
