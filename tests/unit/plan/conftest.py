from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sdp.plan import Plan, PriceList, Reading, read_plan
from tests.pages import ROOT

EXAMPLE = ROOT / "examples" / "plan"

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def example() -> Plan:
    return read_plan(EXAMPLE).valid()


@pytest.fixture(scope="session")
def prices() -> PriceList:
    return PriceList.in_package()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, to be changed."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "plan"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace a text that stands once in a file of the copy."""

    def replace(name: str, old: str, new: str) -> None:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        file.write_text(text.replace(old, new), encoding="utf-8")

    return replace


@pytest.fixture
def codes(folder: Path) -> Callable[[], list[tuple[str, str, int | None, str]]]:
    """Read the copy, and list what was found."""

    def found() -> list[tuple[str, str, int | None, str]]:
        reading: Reading = read_plan(folder)
        return [(each.code, each.file, each.row, each.column) for each in reading.findings]

    return found
