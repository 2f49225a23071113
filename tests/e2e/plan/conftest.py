from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.web.conftest import browser
from tests.unit.plan.conftest import EXAMPLE

__all__ = ["browser", "folder"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, to be changed."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "plan"))
