from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sdp.errors import (
    HttpStatusError,
    IdentityExpiredError,
    NotSentError,
    TokenError,
    UnauthorizedError,
)
from sdp.outbox import Tilstand, events, window
from sdp.outbox.outcomes import MOST_UNKNOWN
from tests.unit.outbox.rig import FIRST_WAIT, LEASE, Rig
from tests.unit.outbox.world import START, Clock, Gone, World, letter, person


def put(rig: Rig, count: int = 1, **changes: Any) -> None:
    rig.outbox.put_many(
        (f"sak-{number}", person(number), letter(**changes)) for number in range(count)
    )


def test_a_letter_that_was_accepted_is_sent_with_its_evidence(rig: Rig) -> None:
    put(rig)
    rig.work()

    post = rig.outbox.post("sak-0")
    assert post.tilstand is Tilstand.SENDT
    assert (post.rute, post.oppslag, post.sendt, post.varsler) == ("digital", START, START, "epost")
    assert post.transport_id is not None
    assert [each.til for each in rig.outbox.show("sak-0").hendelser] == [
        Tilstand.KLAR,
        Tilstand.SENDES,
        Tilstand.SENDT,
    ]


def test_who_has_opted_out_gets_print_with_the_rule_kept_as_evidence(rig: Rig) -> None:
    rig.world.reserved = {person(0)}
    put(rig, printable=True)
    rig.work()

    post = rig.outbox.post("sak-0")
    assert (post.rute, post.regel) == ("print", "§ 15 a")


def test_a_letter_that_can_go_no_way_is_visible_at_once_and_blocks_nobody(rig: Rig) -> None:
    rig.world.reserved = {person(1)}
    put(rig, 3)
    rig.work()

    assert list(rig.states().values()) == [Tilstand.SENDT, Tilstand.AVVIST, Tilstand.SENDT]
    (refused,) = rig.outbox.letters(tilstand=Tilstand.AVVIST)
    assert refused.grunn is not None
    assert "opted out" in refused.grunn
    assert refused.forsok == 0


@pytest.mark.parametrize(("letters", "block"), [(10, 10), (10, 3), (1, 1000), (25, 5)])
def test_the_register_is_asked_once_for_each_block(
    tmp_path: Path, world: World, clock: Clock, letters: int, block: int
) -> None:
    rig = Rig(tmp_path / "post.db", world, clock, block=block)
    put(rig, letters)
    rig.work()

    assert len(world.lookups) == -(-letters // block)
    rig.die()


def test_an_answer_is_not_used_for_more_than_fifteen_minutes(rig: Rig) -> None:
    # The world refuses to send by an older answer.
    put(rig)
    rig.world.faults = ["not sent"]
    rig.work()
    rig.clock.forward(timedelta(minutes=20))
    rig.work()

    assert rig.state("sak-0") is Tilstand.SENDT
    assert rig.world.lookups == [1, 1]


def test_a_failed_look_up_returns_alone(rig: Rig) -> None:
    rig.world.unanswered = {person(1)}
    put(rig, 3)
    rig.work()

    assert list(rig.states().values()) == [Tilstand.SENDT, Tilstand.KLAR, Tilstand.SENDT]
    rig.world.unanswered = set()
    rig.clock.forward(timedelta(minutes=15))
    rig.work()
    assert rig.state("sak-1") is Tilstand.SENDT


def test_a_register_that_is_down_is_left_alone_and_no_letter_is_refused(rig: Rig) -> None:
    rig.world.lookup_fails = HttpStatusError(503)
    put(rig, 3)
    assert rig.work() == 1
    assert rig.work() == 0
    assert set(rig.states().values()) == {Tilstand.KLAR}

    rig.world.lookup_fails = None
    rig.clock.forward(FIRST_WAIT)
    rig.work()
    assert set(rig.states().values()) == {Tilstand.SENDT}


@pytest.mark.parametrize("fault", ["lost", "lost before"])
def test_an_unknown_outcome_is_resent_with_the_same_ids_and_said_to_be_repeated(
    rig: Rig, fault: str
) -> None:
    put(rig)
    rig.world.faults = [fault]
    rig.work()
    assert rig.state("sak-0") is Tilstand.UKJENT

    rig.clock.forward(FIRST_WAIT)
    rig.work()
    assert rig.state("sak-0") is Tilstand.SENDT
    assert rig.world.sent_repeated == [False, True]
    assert len(rig.world.taken) == 1


def test_a_letter_that_was_unknown_once_stays_so_until_it_is_settled(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["lost", "not sent"]
    rig.work()
    rig.clock.forward(FIRST_WAIT)
    rig.work()
    assert rig.state("sak-0") is Tilstand.UKJENT

    rig.clock.forward(timedelta(minutes=1))
    rig.work()
    assert rig.world.sent_repeated == [False, True, True]
    assert rig.state("sak-0") is Tilstand.SENDT


def test_a_repeat_that_is_refused_proves_nothing_of_the_first_attempt(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["lost", "refused"]
    rig.work()
    rig.clock.forward(FIRST_WAIT)
    rig.work()

    assert rig.state("sak-0") is Tilstand.UAVKLART
    assert len(rig.world.taken) == 1


def test_after_a_day_of_unknown_outcomes_a_person_decides(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["lost before"] * 100
    rig.work()
    rig.clock.forward(timedelta(hours=24))
    rig.work()

    assert rig.state("sak-0") is Tilstand.UAVKLART
    rig.world.faults = []
    rig.clock.forward(timedelta(hours=24))
    assert rig.work() == 0

    rig.outbox.retry("sak-0", hvem="Kari, checked with the broker")
    rig.work()
    assert rig.state("sak-0") is Tilstand.SENDT
    assert "Kari" in str(rig.outbox.show("sak-0").hendelser)


def test_twelve_unknown_outcomes_are_enough(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["lost before"] * MOST_UNKNOWN
    for _ in range(MOST_UNKNOWN):
        rig.work()
        rig.clock.forward(timedelta(minutes=31))

    assert rig.state("sak-0") is Tilstand.UAVKLART


def test_one_that_is_given_up_is_not_sent_again(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["lost before"]
    rig.work()
    rig.outbox.give_up("sak-0")
    rig.clock.forward(timedelta(days=2))
    rig.work()

    assert rig.state("sak-0") is Tilstand.FEILET
    assert rig.world.taken == []


@pytest.mark.parametrize("fault", ["429", "503"])
def test_overload_brakes_the_wire_and_not_the_letter(rig: Rig, fault: str) -> None:
    put(rig, 30)
    rig.world.faults = [fault]
    rig.work()
    tried = len(rig.world.sent_repeated)
    assert tried <= 9  # what was in the window with it

    assert rig.work() == 0
    assert rig.status().bremser
    rig.clock.forward(FIRST_WAIT)
    rig.work()
    rig.clock.forward(FIRST_WAIT)
    rig.work()
    assert set(rig.states().values()) == {Tilstand.SENDT}
    assert not rig.status().bremser


@pytest.mark.slow
def test_no_number_of_overloads_makes_a_letter_one_for_a_person(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["503"] * 40
    for _ in range(40):
        rig.work()
        rig.clock.forward(timedelta(minutes=31))

    assert rig.state("sak-0") in (Tilstand.UKJENT, Tilstand.SENDT)


def test_how_long_the_other_side_asks_to_be_left_alone_is_heeded(rig: Rig) -> None:
    error = HttpStatusError(429)
    error.retry_after = 3600.0
    rig.world.send_fails = error
    put(rig)
    rig.work()
    rig.world.send_fails = None
    rig.clock.forward(timedelta(minutes=59))
    assert rig.work() == 0

    rig.clock.forward(timedelta(minutes=1))
    rig.work()
    assert rig.state("sak-0") is Tilstand.SENDT


@pytest.mark.slow
def test_waits_grow_up_to_a_limit(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["lost before"] * 8
    waits = []
    for _ in range(8):
        before = len(rig.world.sent_repeated)
        waited = timedelta()
        while len(rig.world.sent_repeated) == before:
            rig.work()
            if len(rig.world.sent_repeated) == before:
                rig.clock.forward(timedelta(seconds=10))
                waited += timedelta(seconds=10)
        waits.append(waited)

    assert waits == sorted(waits)
    assert waits[-1] > waits[1]


def test_a_letter_refused_for_good_is_final_and_says_why(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["refused"]
    rig.work()

    post = rig.outbox.post("sak-0")
    assert post.tilstand is Tilstand.AVVIST
    assert post.grunn
    rig.clock.forward(timedelta(days=1))
    assert rig.work() == 0

    rig.outbox.retry("sak-0")
    rig.work()
    assert rig.state("sak-0") is Tilstand.SENDT


@pytest.mark.parametrize(
    "error",
    [
        IdentityExpiredError("The certificate has expired."),
        UnauthorizedError("The token was not accepted."),
        TokenError("invalid_client"),
        HttpStatusError(401),
        HttpStatusError(404),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_wrong_with_the_set_up_refuses_no_letter(rig: Rig, error: Exception) -> None:
    rig.world.send_fails = error  # type: ignore[assignment]
    put(rig, 20)
    rig.work()

    assert set(rig.states().values()) == {Tilstand.KLAR}
    assert rig.worker.set_up_error is error
    rig.world.send_fails = None
    rig.clock.forward(timedelta(minutes=5))
    rig.work()
    rig.clock.forward(timedelta(minutes=5))
    rig.work()
    assert set(rig.states().values()) == {Tilstand.SENDT}


def test_a_defect_while_sending_is_an_unknown_outcome(rig: Rig) -> None:
    put(rig)
    rig.world.faults = ["defect"]
    rig.work()

    assert rig.state("sak-0") is Tilstand.UKJENT


def test_what_a_dead_worker_had_is_sent_again_with_the_same_ids(rig: Rig) -> None:
    put(rig, 20)
    rig.world.faults = ["", "", "gone"]
    with pytest.raises(Gone):
        rig.work()
    after = rig.after_death()
    after.work()

    assert set(after.states().values()) == {Tilstand.SENDT}
    assert len(after.world.taken) == 20
    after.die()


def test_a_worker_that_is_silent_loses_its_letters_when_the_lease_is_over(
    rig: Rig, tmp_path: Path
) -> None:
    put(rig, 3)
    rig.world.faults = ["gone"]
    with pytest.raises(Gone):
        rig.work()
    other = Rig(rig.path, rig.world, rig.clock)  # the first is stopped, and holds its lock
    assert other.work() == 0

    rig.clock.forward(LEASE + timedelta(seconds=1))
    other.work()
    assert set(other.states().values()) == {Tilstand.SENDT}
    assert len(set(rig.world.taken)) == len(rig.world.taken) == 3
    other.die()


def test_a_worker_that_was_stopped_and_goes_on_changes_nothing_newer(rig: Rig) -> None:
    put(rig)
    (block,) = rig.dispatcher.step()
    with rig.database.write() as connection:
        assert window.take(connection, block, rig.presence.id, rig.clock(), LEASE)
        (waiting,), _ = window.waiting(connection, block, rig.clock(), 10)
        svar = rig.world.look_up([person(0)])[person(0)]
        vei = rig.world.decide(svar, letter())
        mark = window.mark(block, waiting, vei, rig.world.wire)
        assert events.move(connection, mark, rig.clock())

    rig.clock.forward(LEASE + timedelta(seconds=1))
    other = Rig(rig.path, rig.world, rig.clock)
    other.work()
    assert other.state("sak-0") is Tilstand.SENDT

    times = rig.worker.manners.times
    from sdp.outbox.outcomes import judge

    with rig.database.write() as connection:
        late = judge(NotSentError("Late."), may_have_arrived=False)
        standing = events.hold(connection, [waiting.id])[waiting.id]
        settled = window.failed(waiting.id, 1, late, standing, rig.clock(), times.backoff)
        assert not events.move(connection, settled, rig.clock())
    assert other.state("sak-0") is Tilstand.SENDT
    other.die()


def test_blocks_that_nobody_takes_are_handed_out_anew(rig: Rig) -> None:
    put(rig, 3)
    rig.dispatcher.step()  # as if its job had been lost
    assert rig.work() == 0

    rig.clock.forward(timedelta(minutes=3))
    rig.work()
    assert set(rig.states().values()) == {Tilstand.SENDT}


def test_a_worker_that_is_told_to_stop_marks_nothing_more(rig: Rig) -> None:
    put(rig, 100)
    blocks = rig.dispatcher.step()
    rig.stop.set()
    rig.worker.send_block(blocks[0])

    assert set(rig.states().values()) == {Tilstand.KLAR}


def test_urgent_letters_go_first(rig: Rig) -> None:
    from sdp.domain import Prioritet

    put(rig, 5)
    rig.outbox.put("urgent", person(9), letter(prioritet=Prioritet.PRIORITERT))
    rig.work()

    assert rig.world.taken[0] == rig.outbox.post("urgent").meldings_id
