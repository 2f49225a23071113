from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sdp.testmiljo.world.receipts import Queue, Queues

NORMAL = Queue("991825827", "urn:normal")
HIDDEN_FOR = timedelta(minutes=5)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queues(clock: Clock) -> Queues:
    return Queues(clock, HIDDEN_FOR)


def test_receipts_are_given_in_order_and_hidden_once_given(queues: Queues) -> None:
    first, second = queues.put(NORMAL, b"1"), queues.put(NORMAL, b"2")
    assert [queues.take(NORMAL) for _ in range(3)] == [first, second, None]


def test_a_receipt_is_signed_once_when_somebody_first_reads_it(queues: Queues) -> None:
    signed: list[bytes] = []

    def sign() -> bytes:
        signed.append(b"1")
        return b"1"

    receipt = queues.put(NORMAL, sign)
    assert queues.take(NORMAL) is receipt
    assert signed == []
    assert (receipt.sbd, receipt.sbd) == (b"1", b"1")
    assert signed == [b"1"]


def test_a_receipt_that_is_not_confirmed_is_given_again_with_the_same_id(
    queues: Queues, clock: Clock
) -> None:
    receipt = queues.put(NORMAL, b"1")
    queues.take(NORMAL)
    clock.now += HIDDEN_FOR - timedelta(seconds=1)
    assert queues.take(NORMAL) is None
    clock.now += timedelta(seconds=1)
    assert queues.take(NORMAL) is receipt
    assert receipt.given == 2


def test_a_confirmed_receipt_is_never_given_again(queues: Queues, clock: Clock) -> None:
    receipt = queues.put(NORMAL, b"1")
    queues.take(NORMAL)
    queues.confirm(receipt)
    clock.now += HIDDEN_FOR
    assert queues.take(NORMAL) is None
    assert queues.was_confirmed(NORMAL.databehandler, receipt.message_id)
    assert not queues.was_confirmed("974761076", receipt.message_id)


@pytest.mark.parametrize(
    "other",
    [
        Queue("974761076", "urn:normal"),
        Queue("991825827", "urn:prioritert"),
        Queue("991825827", "urn:normal:abc"),
    ],
)
def test_a_queue_is_its_databehandlers_own_and_apart_by_mpc(queues: Queues, other: Queue) -> None:
    queues.put(NORMAL, b"1")
    assert queues.take(other) is None


def test_only_the_databehandler_that_was_given_a_receipt_can_confirm_it(queues: Queues) -> None:
    receipt = queues.put(NORMAL, b"1")
    assert queues.given_to(NORMAL.databehandler, receipt.message_id) is None
    queues.take(NORMAL)
    assert queues.given_to("974761076", receipt.message_id) is None
    assert queues.given_to(NORMAL.databehandler, receipt.message_id) is receipt


def test_parallel_pulls_never_share_a_receipt(queues: Queues) -> None:
    for number in range(200):
        queues.put(NORMAL, str(number).encode())
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: queues.take(NORMAL), range(200)))
    assert len({receipt.message_id for receipt in taken if receipt is not None}) == 200


def test_the_oldest_receipt_gives_way_when_too_many_wait(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sdp.testmiljo.world.receipts._MAX_WAITING", 10_000)
    for number in range(10_001):
        queues.put(NORMAL, str(number).encode())
    assert len(queues.waiting) == 10_000
    assert queues.waiting[0].sbd == b"1"
