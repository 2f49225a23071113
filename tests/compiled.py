"""SQL that is compiled once for a whole run, since most tests have an outbox of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sdp.outbox.database import Database


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let all outboxes in files share what one alone shares between its transactions.

    To compile its statements takes a new engine half the CPU of a test. They are known by the
    dialect that they were compiled for, so that engines have to have one together.
    """
    lender = sa.create_engine("sqlite://")
    with lender.connect():
        pass  # the dialect asks SQLite what it can on its first connection
    statements: dict[Any, Any] = {}
    opened = Database._sqlite

    def sharing(path: Path) -> Database:
        database = opened(path)
        database.engine.dialect = lender.dialect
        database.engine.update_execution_options(compiled_cache=statements)
        return database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "_sqlite", sharing)
        yield
    lender.dispose()
