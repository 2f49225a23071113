"""Receipts are handed out one by one, and confirmed when the caller is done with each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sdp.domain import Kvitteringsreferanse, Leveringskvittering, Prioritet
from sdp.errors import NotSentError, ProblemError, UnreadableAnswerError
from sdp.operations.receiving import PAUSES
from sdp.wire import ReceiptQueue, SetAside
from tests.conftest import POSTEN
from tests.unit.operations.stage import Stage

QUEUE = ReceiptQueue(Prioritet.NORMAL)


@pytest.fixture
def receipt(moment: Any) -> Callable[[int], Leveringskvittering]:
    def build(number: int) -> Leveringskvittering:
        name = f"6d0ec155-b4f7-43c3-908e-{number:012}"
        return Leveringskvittering(
            meldings_id=name,
            konversasjons_id=name,
            tidspunkt=moment,
            avsender=POSTEN,
            raw=b"<x/>",
            referanse=Kvitteringsreferanse(message_id=name, prioritet=Prioritet.NORMAL),
        )

    return build


def run(stage: Stage, *, follow: bool = False) -> list[Any]:
    stage.driver.run(stage.receiving.receipts(QUEUE, follow=follow))
    return stage.driver.emitted


Receipts = Callable[[int], Leveringskvittering]


def test_each_is_handed_out_and_confirmed_when_the_caller_is_done(
    stage: Stage, receipt: Receipts
) -> None:
    stage.wire.polls = [[receipt(1), receipt(2)]]

    assert run(stage) == [receipt(1), receipt(2)]
    assert stage.wire.confirmed == [receipt(1), receipt(2)]


def test_a_receipt_is_not_confirmed_when_the_caller_fails(stage: Stage, receipt: Receipts) -> None:
    stage.wire.polls = [[receipt(1), receipt(2)]]

    def fail_at_the_second(item: Any) -> None:
        if item == receipt(2):
            raise KeyError("my archive is down")

    stage.driver.on_emit = fail_at_the_second
    with pytest.raises(KeyError):
        run(stage)

    assert stage.wire.confirmed == [receipt(1)]


def test_what_came_in_place_of_a_receipt_is_handed_out_and_not_confirmed(
    stage: Stage, receipt: Receipts
) -> None:
    aside = SetAside(UnreadableAnswerError("It is none."), b"?")
    stage.wire.polls = [[aside, receipt(1)]]

    assert run(stage) == [aside, receipt(1)]
    assert stage.wire.confirmed == [receipt(1)]


class TestAnEmptyQueue:
    def test_it_is_left_alone_as_long_as_the_broker_demands(self, stage: Stage) -> None:
        run(stage)
        run(stage)
        assert stage.wire.looks == 1

        stage.driver.moment += timedelta(minutes=10)
        run(stage)
        assert stage.wire.looks == 2

    def test_whoever_follows_it_waits(self, stage: Stage, receipt: Receipts) -> None:
        stage.wire.polls = [[], [receipt(1)]]

        def enough(_: Any) -> None:
            raise StopAsyncIteration

        stage.driver.on_emit = enough
        with pytest.raises(StopAsyncIteration):
            run(stage, follow=True)

        assert stage.driver.sleeps == [600.0]

    def test_one_that_may_be_asked_again_at_once_is_not_asked_in_a_rush(self, stage: Stage) -> None:
        stage.wire.rests = timedelta()
        stage.wire.polls = [[], [], ProblemError(403)]

        with pytest.raises(ProblemError):
            run(stage, follow=True)

        assert stage.driver.sleeps == [1.0, 1.0]


class TestAQueueOutOfReach:
    def test_a_failure_that_may_pass_is_waited_out_by_whoever_follows(self, stage: Stage) -> None:
        down = NotSentError("Nobody there.")
        stage.wire.polls = [down, down, ProblemError(403)]

        with pytest.raises(ProblemError):
            run(stage, follow=True)

        assert stage.driver.sleeps == list(PAUSES[:2])

    def test_it_is_told_at_once_to_whoever_does_not(self, stage: Stage) -> None:
        stage.wire.polls = [NotSentError("Nobody there.")]

        with pytest.raises(NotSentError):
            run(stage)

        assert stage.driver.sleeps == []

    def test_it_is_given_up_after_not_quite_an_hour(self, stage: Stage) -> None:
        stage.wire.polls = [NotSentError("Nobody there.")] * 100

        with pytest.raises(NotSentError):
            run(stage, follow=True)

        assert stage.wire.looks == len(PAUSES) + 1
        assert 3000 < sum(stage.driver.sleeps) < 3600 + 3 * 600

    def test_the_time_the_other_side_asks_for_is_waited(self, stage: Stage) -> None:
        busy = ProblemError(503)
        busy.retry_after = 77.0
        stage.wire.polls = [busy, ProblemError(403)]

        with pytest.raises(ProblemError):
            run(stage, follow=True)

        assert stage.driver.sleeps == [77.0]

    def test_a_receipt_in_between_begins_the_count_anew(
        self, stage: Stage, receipt: Receipts
    ) -> None:
        down = NotSentError("Nobody there.")
        stage.wire.polls = [down, down, [receipt(1)], down, ProblemError(403)]

        with pytest.raises(ProblemError):
            run(stage, follow=True)

        assert stage.driver.sleeps == [PAUSES[0], PAUSES[1], 600.0, PAUSES[0]]


def test_one_line_for_each_receipt_says_what_became_of_it(
    stage: Stage, receipt: Receipts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sdp.client")
    stage.wire.polls = [[receipt(1), receipt(2)]]

    def fail_at_the_second(item: Any) -> None:
        if item == receipt(2):
            raise KeyError("01815800083")

    stage.driver.on_emit = fail_at_the_second
    with pytest.raises(KeyError):
        run(stage)

    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        f"receipt {name}, Leveringskvittering, konversasjons_id {name}, from {POSTEN}: {outcome}"
        for name, outcome in [
            (receipt(1).meldings_id, "handled"),
            (receipt(2).meldings_id, "not handled"),
        ]
    ]
