from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World


@pytest.fixture(scope="package", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Let the databases of all tests share their compiled statements.

    They are kept by database and dialect, and each test has its own of both; to compile the same
    statements for each is a quarter of what these tests take. All of the one dialect are alike.
    """
    statements: LRUCache[Any, Any] = LRUCache(2000)

    def kept(engine: Engine) -> LRUCache[Any, Any] | None:
        is_sqlite = isinstance(engine.dialect, SQLiteDialect_pysqlite)
        return statements if is_sqlite else engine.__dict__["_compiled_cache"]

    def keep(engine: Engine, cache: LRUCache[Any, Any] | None) -> None:
        engine.__dict__["_compiled_cache"] = cache

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "_compiled_cache", property(kept, keep), raising=False)
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda self: hash(type(self)))
        patch.setattr(
            SQLiteDialect_pysqlite, "__eq__", lambda self, other: type(self) is type(other)
        )
        yield


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
