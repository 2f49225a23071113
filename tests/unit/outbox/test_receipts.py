from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from sdp.domain import (
    Feil,
    Leveringskvittering,
    Mottakskvittering,
    Returpostkvittering,
)
from sdp.errors import OutboxUnavailableError, SignatureError
from sdp.outbox import Tilstand, receipts
from sdp.wire import SetAside
from tests.unit.outbox.rig import DEADLINE, Rig
from tests.unit.outbox.world import Gone, letter, person, receipt


def conversation(rig: Rig, nokkel: str = "a") -> str:
    return rig.outbox.post(nokkel).konversasjons_id


def test_a_levering_delivers_the_letter_and_is_stored_as_it_was_signed(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    levering = receipt(Leveringskvittering, conversation(rig))
    rig.world.waiting = [levering]
    rig.poll()

    assert rig.state("a") is Tilstand.LEVERT
    (stored,) = rig.outbox.receipts("a")
    assert (stored.raw, stored.slag) == (levering.raw, "levering")
    assert stored.bekreftet is not None
    assert rig.world.confirmed == [levering.meldings_id]


def test_what_was_stored_when_the_worker_is_stopped_is_confirmed_before_it_ends(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    first, second = (receipt(Leveringskvittering, conversation(rig)) for _ in range(2))
    rig.world.waiting, rig.world.batch = [first, second], 1
    store = receipts.store

    def store_and_stop(*arguments: Any) -> Any:
        rig.stop.set()
        return store(*arguments)

    monkeypatch.setattr(receipts, "store", store_and_stop)
    rig.poll()

    assert rig.world.confirmed == [first.meldings_id]
    assert rig.world.waiting == [second]
    (stored,) = rig.outbox.receipts("a")
    assert stored.bekreftet is not None


def test_a_receipt_is_not_confirmed_when_it_cannot_be_stored(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    rig.world.waiting = [receipt(Leveringskvittering, conversation(rig))]

    def full(*_: object) -> bool:
        raise OutboxUnavailableError("No room.")

    with monkeypatch.context() as patched:
        patched.setattr(receipts, "store", full)
        with pytest.raises(OutboxUnavailableError):
            rig.poll()
    assert rig.world.confirmed == []
    assert rig.state("a") is Tilstand.SENDT

    rig.poll()
    assert len(rig.world.confirmed) == 1
    assert rig.state("a") is Tilstand.LEVERT


def _state(rig: Rig, state: Tilstand) -> None:
    rig.outbox.put("a", person(0), letter(), kampanje="k")
    match state:
        case Tilstand.SENDES:
            rig.world.faults = ["gone"]
            with pytest.raises(Gone):
                rig.work()
        case Tilstand.SENDT:
            rig.work()
        case Tilstand.UKJENT:
            rig.world.faults = ["lost"]
            rig.work()
        case Tilstand.UAVKLART:
            rig.world.faults = ["lost", "lost"]
            rig.work()
            rig.clock.forward(timedelta(hours=24))
            rig.work()
        case Tilstand.AVVIST:
            rig.world.faults = ["refused"]
            rig.work()
        case Tilstand.AVBRUTT:
            rig.outbox.cancel("a")
        case Tilstand.FEILET:
            rig.world.faults = ["lost"]
            rig.work()
            rig.outbox.give_up("a")
        case _:
            pass
    assert rig.state("a") is state


EARLIER = [each for each in Tilstand if each not in (Tilstand.LEVERT, Tilstand.RETUR)]


@pytest.mark.parametrize("earlier", EARLIER)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Leveringskvittering, Tilstand.LEVERT),
        (Mottakskvittering, Tilstand.SENDT),
        (Feil, Tilstand.FEILET),
        (Returpostkvittering, Tilstand.RETUR),
    ],
)
def test_a_receipt_counts_from_any_earlier_state_and_nothing_is_sent_after_it(
    rig: Rig, earlier: Tilstand, kind: Any, expected: Tilstand
) -> None:
    _state(rig, earlier)
    rig.world.faults = []
    taken = len(rig.world.taken)
    rig.world.waiting = [receipt(kind, conversation(rig))]
    rig.poll()

    assert rig.state("a") is expected
    rig.clock.forward(timedelta(days=1))
    rig.work()
    assert len(rig.world.taken) == taken
    assert rig.state("a") is expected


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_receipts_count_in_any_order_and_twice(rig: Rig, order: tuple[int, ...]) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    kinds = (Mottakskvittering, Leveringskvittering, Returpostkvittering)
    three = [receipt(kind, conversation(rig)) for kind in kinds]
    rig.world.waiting = [three[index] for index in order] * 2
    while rig.world.waiting:
        rig.poll()

    assert rig.state("a") is Tilstand.RETUR
    assert len(list(rig.outbox.receipts())) == 3
    assert rig.outbox.post("a").levert is not None


def test_a_receipt_that_comes_while_the_letter_is_in_the_window_wins(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.world.faults = ["gone"]
    with pytest.raises(Gone):
        rig.work()
    rig.world.waiting = [receipt(Leveringskvittering, conversation(rig))]
    rig.poll()
    after = rig.after_death()
    after.work()

    assert after.state("a") is Tilstand.LEVERT
    assert after.world.sent_repeated == [False]
    after.die()


def test_a_receipt_of_nobody_s_conversation_is_stored_all_the_same(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    stray = receipt(Leveringskvittering, "8d5b6f51-4c3c-4a0a-9d8c-1a2b3c4d5e6f")
    rig.world.waiting = [stray]
    rig.poll()

    assert rig.status().ukjente_kvitteringer == 1
    (stored,) = rig.outbox.receipts()
    assert (stored.nokkel, stored.raw) == (None, stray.raw)


def test_the_conversation_is_found_however_its_id_is_written(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.world.waiting = [receipt(Leveringskvittering, conversation(rig).upper())]
    rig.poll()

    assert rig.state("a") is Tilstand.LEVERT


def test_what_cannot_be_read_is_kept_aside_and_does_not_stop_the_rest(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    damaged = SetAside(SignatureError("The signature does not hold."), b"<damaged/>")
    rig.world.waiting = [damaged, receipt(Leveringskvittering, conversation(rig))]
    rig.poll()
    rig.poll()

    assert rig.state("a") is Tilstand.LEVERT
    (aside,) = rig.outbox.kept_aside()
    assert (aside.raw, aside.ganger, aside.slag) == (b"<damaged/>", 2, "SignatureError")
    assert rig.status().avvik == 1


def test_a_second_receipt_with_the_id_of_another_is_not_lost(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.outbox.put("b", person(1), letter())
    first = receipt(Leveringskvittering, conversation(rig), meldings_id="same")
    second = receipt(Feil, conversation(rig, "b"), meldings_id="same")
    rig.world.waiting = [first, second]
    rig.poll()

    (aside,) = rig.outbox.kept_aside()
    assert aside.raw == second.raw


def test_one_that_failed_can_be_tried_again_as_a_new_message(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    first = rig.outbox.post("a")
    failed = receipt(Feil, conversation(rig))
    rig.world.waiting = [failed]
    rig.poll()
    assert rig.state("a") is Tilstand.FEILET

    rig.outbox.retry("a")
    rig.work()
    again = rig.outbox.post("a")
    assert again.tilstand is Tilstand.SENDT
    assert again.meldings_id != first.meldings_id
    assert again.konversasjons_id == first.konversasjons_id
    rig.world.waiting = [failed]  # the old feil once more says nothing of the new message
    rig.poll()
    assert rig.state("a") is Tilstand.SENDT


def test_a_missing_levering_is_told_once_and_counted_until_it_comes(rig: Rig) -> None:
    from sdp.outbox.overdue import Slag, newly_stuck
    from sdp.outbox.slowness import SlowRule

    rig.outbox.put("a", person(0), letter())
    rig.work()
    rig.clock.forward(DEADLINE - timedelta(seconds=1))
    assert rig.status().forfalt == 0

    rig.clock.forward(timedelta(seconds=2))
    assert [post.nokkel for post in rig.outbox.overdue()] == ["a"]
    assert rig.status().forfalt == 1
    with rig.database.write() as connection:
        told = newly_stuck(connection, rig.clock(), SlowRule())
        assert [(matter.slag, matter.nokkel) for matter in told] == [(Slag.FORFALT, "a")]
        assert newly_stuck(connection, rig.clock(), SlowRule()) == []
    rig.world.waiting = [receipt(Leveringskvittering, conversation(rig))]
    rig.poll()
    assert rig.status().forfalt == 0


def test_one_poller_at_a_time_is_at_a_queue(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    other = Rig(rig.path, rig.world, rig.clock)
    seen: list[int] = []
    fetch = rig.world.receipts

    def watching(*arguments: Any) -> Any:
        seen.append(other.poll())
        setattr(rig.world, "receipts", fetch)  # noqa: B010
        return fetch(*arguments)

    setattr(rig.world, "receipts", watching)  # noqa: B010
    rig.world.waiting = [receipt(Leveringskvittering, conversation(rig))]
    assert rig.poll() == 1
    assert seen == [0]
    other.die()
