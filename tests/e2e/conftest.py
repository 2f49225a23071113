from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import Programs, warm_programs


@pytest.fixture(scope="session")
def programs(run_folder: Path) -> Iterator[Programs]:
    """Programs that start at once; where the start itself is the claim, start the installed one."""
    with warm_programs(run_folder / "keys") as served:
        yield served
