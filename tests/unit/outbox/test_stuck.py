"""What is stuck is found by the outbox, and each matter is told of once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.domain import Leveringskvittering
from sdp.errors import InvalidInputError, SignatureError
from sdp.outbox import Oppfolging, Outbox, OutboxSettings, Slag, SlowRule, Tilstand, running
from sdp.outbox.database import Database
from sdp.outbox.decisions import commands
from sdp.outbox.overdue import newly_stuck
from sdp.outbox.slowness import Slowness, slower_than_usual
from sdp.outbox.states import NEEDS_A_PERSON
from sdp.outbox.views import Post
from sdp.wire import SetAside
from tests.unit.outbox.rig import DEADLINE, Rig
from tests.unit.outbox.world import POSTKASSE, Clock, World, letter, person, receipt

MINUTE = timedelta(minutes=1)
RULE = SlowRule(latest=4, usual=20, factor=3, least=MINUTE)


def minutes(*numbers: float) -> list[timedelta]:
    return [timedelta(minutes=number) for number in numbers]


class TestTheRuleOfSlowness:
    def test_a_median_of_three_times_the_usual_is_not_slow_and_more_is(self) -> None:
        usual = minutes(2, 2, 2, 2)

        assert slower_than_usual([*minutes(6, 6, 6, 6), *usual], [], RULE) is None
        found = slower_than_usual([*minutes(7, 7, 7, 7), *usual], [], RULE)
        assert found == Slowness(timedelta(minutes=7), timedelta(minutes=2))

    def test_one_late_letter_is_no_slow_provider(self) -> None:
        assert slower_than_usual(minutes(900, 2, 2, 2, 2, 2, 2, 2), [], RULE) is None

    def test_nothing_is_usual_before_there_are_enough(self) -> None:
        assert slower_than_usual(minutes(900, 900, 900, 900, 1, 1, 1), [], RULE) is None

    def test_a_provider_that_has_stopped_is_slow_by_the_letters_that_wait(self) -> None:
        delivered = minutes(2, 2, 2, 2, 2, 2, 2, 2)

        assert slower_than_usual(delivered, minutes(1, 1, 1, 1, 1), RULE) is None
        assert slower_than_usual(delivered, minutes(60, 60, 60, 60, 1), RULE) is not None

    def test_a_fast_provider_is_not_slow_below_the_least_time(self) -> None:
        seconds = [timedelta(seconds=each) for each in (50, 50, 50, 50, 1, 1, 1, 1)]

        assert slower_than_usual(seconds, [], RULE) is None

    @given(st.lists(st.integers(0, 10_000), max_size=60), st.lists(st.integers(0, 10_000)))
    def test_it_is_slow_only_by_more_than_the_factor_and_the_least(
        self, delivered: list[int], waiting: list[int]
    ) -> None:
        found = slower_than_usual(minutes(*delivered), minutes(*waiting), RULE)

        assert found is None or (found.now > 3 * found.usual and found.now > MINUTE)

    def test_a_limit_that_makes_no_sense_is_refused_by_its_name(self) -> None:
        with pytest.raises(InvalidInputError, match=r"latest.*\n?.*factor"):
            SlowRule(latest=0, factor=1)


def told(rig: Rig, rule: SlowRule = RULE) -> list[Oppfolging]:
    with rig.database.write() as connection:
        return newly_stuck(connection, rig.clock(), rule)


def set_aside(number: int) -> SetAside:
    return SetAside(SignatureError("It cannot be read."), f"garbage {number}".encode())


def unsettled(rig: Rig, nokkel: str) -> None:
    """Lose every answer until a person has to decide."""
    while rig.state(nokkel) is not Tilstand.UAVKLART:
        rig.world.faults = ["lost before"]
        rig.work()
        rig.clock.forward(timedelta(hours=1))


def deliver(rig: Rig, count: int, after: timedelta, start: int) -> None:
    """Send letters, and let each be delivered so much later."""
    keys = [f"{start}-{number}" for number in range(count)]
    rig.outbox.put_many((key, person(0), letter()) for key in keys)
    rig.work()
    rig.clock.forward(after)
    for key in keys:
        came = receipt(Leveringskvittering, rig.outbox.post(key).konversasjons_id)
        rig.world.waiting.append(came.model_copy(update={"tidspunkt": rig.clock()}))
    rig.poll()


def test_each_kind_is_told_once_with_what_to_do(rig: Rig) -> None:
    rig.outbox.put("it's", person(0), letter(), kampanje="høst")
    unsettled(rig, "it's")
    rig.outbox.put("late", person(1), letter())
    rig.work()
    rig.world.waiting = [set_aside(1)]
    rig.poll()
    rig.clock.forward(DEADLINE + MINUTE)

    found = {each.slag: each for each in told(rig)}
    assert found.keys() == {Slag.FORFALT, Slag.UAVKLART, Slag.AVVIK}
    assert found[Slag.FORFALT].nokkel == "late"
    assert found[Slag.FORFALT].mottaker == POSTKASSE
    assert found[Slag.UAVKLART].kampanje == "høst"
    assert found[Slag.UAVKLART].kommandoer == (
        """sdp outbox retry DATABASE 'it'"'"'s'""",
        """sdp outbox give-up DATABASE 'it'"'"'s'""",
    )
    assert "cannot be read" in found[Slag.AVVIK].hva
    assert all(each.tiltak and each.kommandoer for each in found.values())
    assert person(0) not in str(found)
    assert told(rig) == []
    assert {each.slag for each in rig.outbox.stuck()} == found.keys()


@pytest.mark.slow
def test_a_restart_tells_nothing_twice(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    unsettled(rig, "a")
    assert [each.nokkel for each in told(rig)] == ["a"]

    again = rig.after_death()
    assert told(again) == []
    again.outbox.retry("a")
    unsettled(again, "a")
    assert [each.nokkel for each in told(again)] == ["a"], "unsettled again is another matter"
    again.die()


def test_a_slow_provider_is_told_once_until_it_is_fast_again(rig: Rig) -> None:
    deliver(rig, 8, 2 * MINUTE, 0)
    assert told(rig) == []
    deliver(rig, 4, 30 * MINUTE, 1)

    [slow] = told(rig)
    assert (slow.slag, slow.mottaker) == (Slag.TREG, POSTKASSE)
    assert "0:30:00" in slow.hva
    assert "0:02:00" in slow.hva
    assert told(rig) == []
    deliver(rig, 8, 2 * MINUTE, 2)
    assert told(rig) == []
    deliver(rig, 4, 90 * MINUTE, 3)
    assert [each.slag for each in told(rig)] == [Slag.TREG]


def test_the_rule_is_a_setting(rig: Rig) -> None:
    deliver(rig, 8, 2 * MINUTE, 0)
    deliver(rig, 4, 30 * MINUTE, 1)
    lax = OutboxSettings(slow=SlowRule(latest=4, usual=20, factor=99))
    with Outbox.open(rig.path, settings=lax, clock=rig.clock) as outbox:
        assert outbox.stuck() == []


def test_a_hook_is_told_once_by_whichever_worker_looks_first(
    rig: Rig, world: World, clock: Clock
) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    clock.forward(DEADLINE + MINUTE)
    both: list[Oppfolging] = []
    for database in (rig.database, Database.open(rig.path)):
        with database.write() as connection:
            both += newly_stuck(connection, clock(), RULE)

    assert [each.nokkel for each in both] == ["a"]


def test_a_missing_levering_is_told_to_the_hooks_of_whoever_runs_the_outbox(
    rig: Rig, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_STUCK_EVERY", 0.0)
    rig.outbox.put("a", person(0), letter())
    rig.work()
    clock.forward(DEADLINE + MINUTE)
    overdue: list[Post] = []
    stuck: list[Oppfolging] = []
    rig.outbox.run(until_empty=True, wait=1, on_overdue=overdue.append, on_stuck=stuck.append)

    assert [post.nokkel for post in overdue] == ["a"]
    assert [matter.nokkel for matter in stuck] == ["a"]


def test_every_state_that_needs_a_person_names_a_command() -> None:
    for tilstand in NEEDS_A_PERSON:
        assert all(each.startswith("sdp outbox ") for each in commands(tilstand, "sak 1"))
        assert commands(tilstand, "sak 1")


def test_many_matters_are_all_told_in_the_end(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.world.waiting = [set_aside(number) for number in range(250)]
    rig.poll()

    rounds = [len(told(rig)) for _ in range(3)]
    assert sum(rounds) == 250
    assert rounds[-1] == 0
