"""Answers that come twice: a letter is never taken for sent, and a receipt never lost, by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdp import Client, UnknownOutcomeError
from sdp.testmiljo import AnswerTwice, Testmiljo, Traffic
from sdp.wire import SetAside
from tests.e2e.client.conftest import Letters


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


class TestTheBroker:
    @pytest.fixture
    def client(self, miljo: Testmiljo) -> Iterator[Client]:
        with Client(miljo.client_config()) as made:
            yield made

    def test_the_receipt_of_another_letter_does_not_prove_that_a_letter_was_accepted(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        miljo.faults.add(AnswerTwice(), on=Traffic.LETTER)
        client.send(letters.digital())
        with pytest.raises(UnknownOutcomeError, match="for another message") as unknown:
            client.send(letters.digital())

        assert len(miljo.letters) == 1
        assert not client.resend(unknown.value.pending).already_received
        assert len(miljo.letters) == 2

    def test_a_receipt_that_is_answered_twice_is_handed_out_twice_and_none_is_lost(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        first, second = (client.send(letters.digital()).konversasjons_id for _ in range(2))
        miljo.faults.add(AnswerTwice(), on=Traffic.SIGNAL)
        waiting: list[int] = []
        got = []
        for kvittering in client.receipts():
            got.append(kvittering)
            waiting.append(len(miljo.waiting_receipts))

        assert [each.konversasjons_id for each in got] == [first, first, second]
        assert got[0] == got[1]
        # The broker never saw the first confirmation, so the receipt still waits the second time.
        assert waiting == [2, 2, 1]
        assert not miljo.waiting_receipts

    def test_an_old_word_that_the_queue_is_empty_ends_one_round_and_not_the_next(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        miljo.faults.add(AnswerTwice(), on=Traffic.SIGNAL)
        assert list(client.receipts()) == []
        client.send(letters.digital())

        assert list(client.receipts()) == []
        assert len(list(client.receipts())) == 1


class TestTheAccessPoint:
    @pytest.fixture
    def client(self, miljo: Testmiljo) -> Iterator[Client]:
        with Client(miljo.client_config(wire="dpi")) as made:
            yield made

    def test_a_receipt_that_is_listed_twice_is_handed_out_once(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        sent = {client.send(letters.digital()).konversasjons_id for _ in range(2)}
        miljo.faults.add(AnswerTwice(), on=Traffic.RECEIPTS)
        aside: list[SetAside] = []
        got = list(client.receipts(on_set_aside=aside.append))

        assert not miljo.faults.waiting
        assert sorted(each.konversasjons_id for each in got) == sorted(sent)
        assert not aside
        assert not miljo.aksesspunkt.waiting_receipts

    def test_the_list_does_hold_it_twice(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        client.send(letters.digital())
        miljo.faults.add(AnswerTwice())
        list(client.receipts())

        lists = [
            each.answer.content
            for each in miljo.journal.exchanges
            if each.path.startswith("/dpi/messages/in?")
        ]
        assert lists[0].count(b'"forretningsmelding"') == 2
