from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest

from sdp.outbox import AsyncOutbox, Outbox, Tilstand
from tests.unit.outbox.world import Clock, World, letter, person

NAMES = sorted(name for name in vars(Outbox) if not name.startswith("_"))
AT_ONCE = {"database", "now", "stop"}
"""Names that neither wait nor read anything."""
YIELDING = {"letters", "overdue"}


def test_the_asynchronous_outbox_has_everything_that_the_other_has_and_nothing_else() -> None:
    assert sorted(name for name in vars(AsyncOutbox) if not name.startswith("_")) == NAMES


@pytest.mark.parametrize("name", [each for each in NAMES if each != "database"])
def test_every_method_takes_the_same_and_only_waiting_makes_a_difference(name: str) -> None:
    its, ours = getattr(AsyncOutbox, name), getattr(Outbox, name)

    assert _taken(its) == _taken(ours)
    assert inspect.iscoroutinefunction(its) is (name not in AT_ONCE | YIELDING)


def _taken(method: object) -> list[tuple[str, object, object]]:
    parameters = inspect.signature(method).parameters.values()  # type: ignore[arg-type]
    return [(each.name, each.kind, each.default) for each in parameters]


def test_it_does_what_the_other_does_by_a_clock_and_a_sender_of_ones_own(tmp_path: Path) -> None:
    clock = Clock()
    world = World(clock)

    async def main() -> None:
        opened = await AsyncOutbox.open(tmp_path / "post.db", clock=clock, sender=world)
        async with opened as outbox:
            assert outbox.now() == clock()
            await outbox.put("a", person(0), letter())
            await outbox.cancel("a")
            assert [post.nokkel async for post in outbox.letters(tilstand=Tilstand.AVBRUTT)] == [
                "a"
            ]
            assert [post.nokkel async for post in outbox.overdue()] == []

    asyncio.run(main())
