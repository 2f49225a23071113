"""A worker is there as long as its process is, on every system, and never dead by mistake."""

from __future__ import annotations

import errno
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sdp.errors import OutboxUnavailableError
from sdp.outbox import Outbox, presence
from sdp.outbox.presence import Presence, is_alive

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def outbox(tmp_path: Path) -> Any:
    with Outbox.open(tmp_path / "post.db") as outbox:
        yield outbox


def _windows() -> SimpleNamespace:
    """What Windows has for locks, as far as is needed: one holder for each file."""
    held = set[tuple[int, int]]()

    def locking(file: int, _mode: int, _size: int) -> None:
        told = os.fstat(file)
        if (told.st_dev, told.st_ino) in held:
            raise PermissionError(errno.EACCES, "Permission denied")
        held.add((told.st_dev, told.st_ino))

    return SimpleNamespace(locking=locking, LK_NBLCK=2, held=held)


@pytest.mark.parametrize("system", ["here", "Windows"])
def test_a_worker_is_there_until_it_ends(
    outbox: Outbox, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = _windows()
    if system == "Windows":
        monkeypatch.setattr(presence, "_fcntl", None)
        monkeypatch.setitem(sys.modules, "msvcrt", windows)
    one, other = (Presence(outbox._database, NOW) for _ in range(2))
    assert one.is_alive(other.id)
    other.close()
    windows.held.clear()
    assert not one.is_alive(other.id)
    one.close()


def test_a_lock_that_cannot_be_looked_at_says_nothing_of_the_worker(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Presence(outbox._database, NOW)

    def full(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        with pytest.raises(OutboxUnavailableError, match=r"post\.db.*Too many open files"):
            is_alive(outbox._database, worker.id)
    worker.close()
