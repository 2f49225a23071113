from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    return World(clock)


@pytest.fixture
def rig(tmp_path: Path, world: World, clock: Clock) -> Iterator[Rig]:
    rig = Rig(tmp_path / "post.db", world, clock)
    yield rig
    rig.die()
