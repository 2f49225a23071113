"""Lets `python -m sdp` be the `sdp` command."""

from __future__ import annotations

import sys

from sdp.cli import main

if __name__ == "__main__":
    sys.exit(main())
