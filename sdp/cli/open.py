"""`sdp open`: decrypt a package, check it, and show or extract what is in it."""

from __future__ import annotations

import click


@click.command("open")
def open_package() -> int:
    """Decrypt a package, check it, and show or extract what is in it."""
    return 1
