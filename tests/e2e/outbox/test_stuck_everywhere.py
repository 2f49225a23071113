"""What is stuck is told of once on either database, and by the command as by the worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from sdp.cli.app import run as run_command
from sdp.outbox.overdue import newly_stuck
from sdp.outbox.slowness import SlowRule
from tests.unit.outbox.rig import DEADLINE, Rig
from tests.unit.outbox.test_openmetrics import parsed
from tests.unit.outbox.test_stuck import deliver, set_aside, unsettled
from tests.unit.outbox.world import START, Clock, World, letter, person


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_matter_is_told_once_and_listed_until_it_is_settled(
    new_address: Callable[[str], str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # The command goes by the clock of the machine, which is later than that of the letters.
    clock = Clock(START - timedelta(days=365))
    world = World(clock)
    rig = Rig(new_address(kind), world, clock)
    rig.outbox.put("sak-1", person(0), letter())
    unsettled(rig, "sak-1")
    rig.outbox.put("sak-2", person(1), letter())
    rig.work()
    world.waiting = [set_aside(1)]
    rig.poll()
    clock.forward(DEADLINE + timedelta(minutes=1))
    with rig.database.write() as connection:
        assert len(newly_stuck(connection, clock(), SlowRule())) == 3

    def listed(*more: str) -> tuple[int, list[str]]:
        code = run_command(["outbox", "overdue", str(rig.path), *more, "--json"])
        lines = capsys.readouterr().out.splitlines()
        return code, [json.loads(line)["slag"] for line in lines]

    assert listed() == (1, ["forfalt", "uavklart", "avvik"])
    assert listed("--new") == (0, [])
    rig.outbox.give_up("sak-1", hvem="kari")
    assert listed() == (1, ["forfalt", "avvik"])
    rig.die()


def test_the_list_for_people_names_the_command_that_settles_a_letter(
    new_address: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    rig = Rig(new_address("sqlite"), World(clock), clock)
    rig.outbox.put("sak-1", person(0), letter())
    unsettled(rig, "sak-1")
    capsys.readouterr()

    assert run_command(["outbox", "overdue", str(rig.path), "--new"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "sak-1" in shown
    assert "retry" in shown
    assert run_command(["outbox", "overdue", str(rig.path), "--new"]) == 0
    assert "Nothing is stuck." in capsys.readouterr().out
    rig.die()


def test_metrics_are_the_same_on_either_database(new_address: Callable[[str], str]) -> None:
    def measured(kind: str) -> object:
        clock = Clock()
        rig = Rig(new_address(kind), World(clock), clock)
        deliver(rig, 40, timedelta(minutes=10), 0)
        deliver(rig, 20, timedelta(minutes=50), 1)
        rig.world.faults = ["503"]
        rig.outbox.put("braked", person(0), letter())
        rig.work()
        found = parsed(rig.outbox.openmetrics())
        rig.die()
        return found

    assert measured("sqlite") == measured("postgresql")
