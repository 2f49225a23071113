from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sdp.errors import InvalidInputError, OutboxError
from sdp.outbox import Tilstand
from sdp.outbox.campaigns import OSLO, after_quiet, in_oslo, oslo_time
from sdp.prices import PriceList
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World, letter, person


def put(rig: Rig, count: int, kampanje: str = "k") -> None:
    rig.outbox.put_many(
        ((f"{kampanje}-{number}", person(number), letter()) for number in range(count)),
        kampanje=kampanje,
    )


def sent(rig: Rig, kampanje: str = "k") -> int:
    return rig.status(kampanje).antall[Tilstand.SENDT]


def test_nothing_is_sent_before_the_start(rig: Rig) -> None:
    rig.outbox.campaign("k", start=rig.clock() + timedelta(hours=1))
    put(rig, 2)
    assert rig.work() == 0

    rig.clock.forward(timedelta(hours=1))
    rig.work()
    assert sent(rig) == 2


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-29T01:30", "2026-03-29T00:30+00:00"),  # the hour before the clocks go forward
        ("2026-03-29T03:30", "2026-03-29T01:30+00:00"),
        ("2026-10-25T01:30", "2026-10-24T23:30+00:00"),
        ("2026-10-25T02:30", "2026-10-25T00:30+00:00"),  # which comes twice: the first
        ("2026-10-25T03:30", "2026-10-25T02:30+00:00"),
        ("2026-07-01T08:00", "2026-07-01T06:00+00:00"),
        ("2026-12-01T08:00", "2026-12-01T07:00+00:00"),
        ("2026-12-01T08:00+00:00", "2026-12-01T08:00+00:00"),
    ],
)
def test_the_start_is_by_the_clocks_in_oslo(local: str, utc: str) -> None:
    assert oslo_time(local) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59+00:00"),  # a minute before the clocks go forward
        ("2026-03-29T03:00", "2026-03-29T01:00+00:00"),  # and the minute after
        ("2026-10-25T02:30", "2026-10-25T00:30+00:00"),  # the first of the two
        ("2026-10-25T08:00", "2026-10-25T07:00+00:00"),
    ],
)
def test_a_campaign_starts_by_the_clocks_in_oslo_over_both_changes(
    rig: Rig, local: str, utc: str
) -> None:
    start = datetime.fromisoformat(utc)
    rig.clock.moment = start - timedelta(hours=5)
    rig.outbox.campaign("k", start=datetime.fromisoformat(local))
    put(rig, 2)
    rig.clock.moment = start - timedelta(seconds=1)
    assert rig.work() == 0

    rig.clock.moment = start
    rig.work()
    assert sent(rig) == 2


def test_a_time_that_the_clocks_never_show_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="turned forward"):
        in_oslo(datetime(2026, 3, 29, 2, 30))  # noqa: DTZ001 - it is what the test is about


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-06-01T20:59", "2026-06-01T20:59"),
        ("2026-06-01T21:00", "2026-06-02T07:00"),
        ("2026-06-02T00:30", "2026-06-02T07:00"),
        ("2026-06-02T06:59", "2026-06-02T07:00"),
        ("2026-06-02T07:00", "2026-06-02T07:00"),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # an hour shorter
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # an hour longer
    ],
)
def test_quiet_hours_go_over_midnight_and_over_a_change_of_clocks(now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=OSLO).astimezone(UTC)
    ends = datetime.fromisoformat(expected).replace(tzinfo=OSLO).astimezone(UTC)

    assert after_quiet(moment, time(21), time(7)) == ends


def test_nothing_is_sent_in_quiet_hours(rig: Rig) -> None:
    rig.clock.moment = datetime(2026, 6, 1, 22, 0, tzinfo=OSLO).astimezone(UTC)
    rig.outbox.campaign("k", stille=(time(21), time(7)))
    put(rig, 2)
    assert rig.work() == 0

    rig.clock.forward(timedelta(hours=9))
    rig.work()
    assert sent(rig) == 2


@pytest.mark.parametrize(
    ("eleven_at_night", "hours"), [("2026-03-28T23:00", 7), ("2026-10-24T23:00", 9)]
)
def test_quiet_hours_end_by_the_clocks_after_a_night_in_which_they_were_changed(
    rig: Rig, eleven_at_night: str, hours: int
) -> None:
    local = datetime.fromisoformat(eleven_at_night).replace(tzinfo=OSLO)
    rig.clock.moment = local.astimezone(UTC)
    rig.outbox.campaign("k", stille=(time(21), time(7)))
    put(rig, 2)
    rig.clock.forward(timedelta(hours=hours, seconds=-1))
    assert rig.work() == 0

    rig.clock.forward(timedelta(seconds=1))
    rig.work()
    assert sent(rig) == 2


@pytest.mark.slow
def test_a_rate_is_kept_over_restarts(tmp_path: Path) -> None:
    clock = Clock()
    rig = Rig(tmp_path / "post.db", World(clock), clock)
    rig.outbox.campaign("k", per_minutt=6)
    put(rig, 20)
    for turn in range(60):
        if turn % 3 == 0:
            for block in rig.dispatcher.step():  # the process dies with a block in its hands
                assert block
            rig = rig.after_death()
        rig.dispatcher.sweep()
        for block in rig.dispatcher.step():
            _send_without_waiting(rig, block)
        clock.forward(timedelta(seconds=10))
    rig.die()

    stamps = rig.world.asked_at
    assert len(stamps) == 20
    for index, stamp in enumerate(stamps[6:]):
        assert stamp - stamps[index] >= timedelta(minutes=1)


def test_a_rate_is_kept(rig: Rig) -> None:
    rig.outbox.campaign("k", per_minutt=6)
    put(rig, 30)
    for _ in range(60):
        for block in rig.dispatcher.step():
            _send_without_waiting(rig, block)
        rig.clock.forward(timedelta(seconds=10))

    stamps = rig.world.asked_at
    assert len(stamps) == 30
    for index, stamp in enumerate(stamps[6:]):
        assert stamp - stamps[index] >= timedelta(minutes=1)


def _send_without_waiting(rig: Rig, block: int) -> None:
    """Send a block of a campaign with a rate; where it would wait, the clock goes forward."""

    def wait(timeout: float | None = None) -> bool:
        rig.clock.forward(timedelta(seconds=timeout or 0))
        return False

    rig.stop.wait = wait  # type: ignore[method-assign]
    rig.worker.send_block(block)


def test_what_is_paused_waits_also_when_it_was_handed_out_already(rig: Rig) -> None:
    put(rig, 3)
    blocks = rig.dispatcher.step()
    rig.outbox.pause("k", hvem="Ola: wrong text")
    for block in blocks:
        rig.worker.send_block(block)
    assert sent(rig) == 0
    assert rig.work() == 0
    assert rig.status("k").pauset

    rig.outbox.resume("k")
    rig.work()
    assert sent(rig) == 3


def test_a_cancelled_campaign_sends_nothing_more_and_takes_nothing(rig: Rig) -> None:
    put(rig, 3)
    rig.world.faults = ["lost before"]
    rig.outbox.put("other", person(5), letter())
    rig.outbox.cancel("k-1")
    assert rig.outbox.cancel(kampanje="k") == 2
    rig.work()

    assert set(rig.status("k").antall.items()) >= {(Tilstand.AVBRUTT, 3), (Tilstand.SENDT, 0)}
    with pytest.raises(OutboxError, match="was cancelled"):
        rig.outbox.put("new", person(7), letter(), kampanje="k")
    with pytest.raises(OutboxError, match="cannot go on"):
        rig.outbox.resume("k")


def test_what_may_have_arrived_is_settled_even_in_a_cancelled_campaign(rig: Rig) -> None:
    put(rig, 2)
    rig.world.faults = ["lost", "not sent"]
    rig.work()
    rig.outbox.cancel(kampanje="k")
    rig.clock.forward(timedelta(minutes=5))
    rig.work()

    assert rig.states() == {"k-0": Tilstand.SENDT, "k-1": Tilstand.AVBRUTT}


def test_the_more_important_campaign_goes_first(rig: Rig) -> None:
    put(rig, 3, "later")
    put(rig, 3, "sooner")
    rig.outbox.campaign("sooner", prioritet=5)
    rig.work()

    first = {rig.outbox.post(f"sooner-{number}").meldings_id for number in range(3)}
    assert set(rig.world.taken[:3]) == first


def test_a_sent_letter_cannot_be_cancelled(rig: Rig) -> None:
    put(rig, 1)
    rig.work()

    with pytest.raises(OutboxError, match="sendt cannot be cancelled"):
        rig.outbox.cancel("k-0")


@pytest.mark.parametrize(
    ("values", "field"),
    [({"per_minutt": 0}, "per_minutt"), ({"stille": (time(7), time(7))}, "stille")],
)
def test_what_a_campaign_cannot_be_is_refused(
    rig: Rig, values: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        rig.outbox.campaign("k", **values)  # type: ignore[arg-type]

    assert caught.value.problems[0].field == field


def test_a_dry_run_tells_route_bytes_and_cost_and_sends_nothing(rig: Rig) -> None:
    rig.world.reserved = {person(1), person(2)}
    rig.outbox.put("a", person(0), letter(), kampanje="k")
    rig.outbox.put("b", person(1), letter(printable=True), kampanje="k")
    rig.outbox.put("c", person(2), letter(), kampanje="k")
    found = rig.outbox.dry_run("k")

    assert dict(found.ruter) == {"digital": 1, "print": 1, "ingen": 1}
    assert found.bytes["digital"] > 0
    assert found.kroner == found.priser.letter_price(Decimal(found.bytes["digital"]))
    assert found.uten_pris == ()
    assert rig.world.taken == []
    assert set(rig.states().values()) == {Tilstand.KLAR}


def test_a_dry_run_names_what_is_ordered_and_has_no_price(rig: Rig) -> None:
    rig.outbox.print_unread("k", 14, reason="Vedtaket har en klagefrist")
    put(rig, 2)
    without = rig.outbox.dry_run("k")
    known = dataclasses.replace(without.priser, tillegg={"aapningskvittering": Decimal("0.30")})
    priced = rig.outbox.dry_run("k", prices=known)

    assert without.tillegg == {"aapningskvittering": 2}
    assert without.uten_pris == ("aapningskvittering",)
    assert priced.uten_pris == ()
    assert without.kroner is not None
    assert priced.kroner == without.kroner + Decimal("0.60")


def test_a_dry_run_by_a_list_without_a_price_tells_no_sum(rig: Rig) -> None:
    put(rig, 1)
    prices = dataclasses.replace(PriceList.in_package(), transport={})

    assert rig.outbox.dry_run("k", prices=prices).kroner is None
