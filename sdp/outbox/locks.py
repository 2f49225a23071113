"""Advisory locks of PostgreSQL that let one process at a time do something to an outbox."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy import Connection


class AdvisoryLock(IntEnum):
    """Numbers of locks, each for one thing. Versions that run beside each other must agree."""

    MIGRATE = 0x5D9_0001
    MAKE_JOBS = 0x5D9_0002
    COPY = 0x5D9_0003
    DISPATCH = 0x5D9_D15F


def hold_alone(connection: Connection, lock: AdvisoryLock) -> None:
    """Wait for a lock and hold it until the transaction ends.

    On SQLite a transaction that writes is alone by itself.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock.value)))
