"""Where tests find the reference material: official schemas, recorded messages, CA certificates."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_FOLDER = Path(os.environ.get("SDP_REFERENCE", Path(__file__).parents[2] / "shared"))


def reference(name: str) -> Path:
    """The path of one reference file or folder; skips the test where the material is absent."""
    if not _FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the reference material is not at {_FOLDER}; set SDP_REFERENCE")
        pytest.skip("the reference material is not beside this clone; set SDP_REFERENCE")
    path = _FOLDER / name
    assert path.exists(), f"{name} is not in the reference material"
    return path
