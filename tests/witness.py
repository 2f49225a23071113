"""Programs that share no code with ours and check what we make."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str) -> str:
    """The path of an external program; skips the test where it is not installed."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return path
