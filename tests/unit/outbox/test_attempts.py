"""Letters of a window are sent on threads, and their results handed over together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import pytest

from sdp.domain import Brev, SendResultat
from sdp.outbox.attempts import Attempts, Marked, Prepared
from sdp.outbox.outcomes import LeaseOverError
from sdp.outbox.sender import Sender, Svar, Vei
from sdp.outbox.states import Tilstand
from sdp.outbox.telemetry import Silent
from sdp.outbox.window import Ventende
from tests.unit.outbox.world import POSTKASSE, START, Gone, World, letter, person

PATIENCE = 300.0


@dataclass
class Gated(World):
    """A world that takes one letter only when it is let through."""

    gate: threading.Event = field(default_factory=threading.Event)
    held: str = ""

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        if brev.meldings_id == self.held:
            assert self.gate.wait(PATIENCE)
        return super().send(svar, brev, repeated=repeated, on_paper=on_paper)


@pytest.fixture
def world() -> Gated:
    return Gated(lambda: START)


@pytest.fixture
def executor(world: Gated) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        try:
            yield threads
        finally:
            world.gate.set()


def marked(count: int) -> list[Marked]:
    svar, vei = Svar(person(0), START), Vei("digital", POSTKASSE, START)
    letters = enumerate(letter() for _ in range(count))
    return [Marked(Prepared(_ventende(n, brev), brev, svar, vei), 1) for n, brev in letters]


def _ventende(number: int, brev: Brev) -> Ventende:
    return Ventende(
        id=number,
        tilstand=Tilstand.KLAR,
        forsok=0,
        person=person(0),
        innhold="",
        meldings_id=brev.meldings_id,
        konversasjons_id=brev.konversasjons_id,
        klar_fra=START,
        ukjent_siden=None,
        nokkel=f"sak-{number}",
        nokkel_id=None,
        erstatter_id=None,
        ulest_grunn=None,
    )


def attempts(world: World, executor: ThreadPoolExecutor, *, ours: bool = True) -> Attempts:
    return Attempts(cast("Sender", world), executor, 2, Silent(), may_send=lambda: ours)


def test_every_letter_is_sent_once_and_has_one_result(
    world: Gated, executor: ThreadPoolExecutor
) -> None:
    letters, sending = marked(20), attempts(world, executor)

    sending.start(letters)
    results = sending.results(20, PATIENCE)

    assert sending.under_way == 0
    assert {one.prepared.letter.id for one, _ in results} == set(range(20))
    assert len(world.taken) == 20


def test_results_are_handed_over_when_there_are_enough(
    world: Gated, executor: ThreadPoolExecutor
) -> None:
    letters, sending = marked(5), attempts(world, executor)
    world.held = letters[0].prepared.brev.meldings_id

    sending.start(letters)
    results = sending.results(4, PATIENCE)

    assert [one for one, _ in results if one is letters[0]] == []
    assert len(results) == 4
    assert sending.under_way == 1
    world.gate.set()
    assert [one for one, _ in sending.results(9, PATIENCE)] == [letters[0]]


def test_an_error_is_handed_over_before_there_are_enough(
    world: Gated, executor: ThreadPoolExecutor
) -> None:
    letters, sending = marked(2), attempts(world, executor)
    world.held = letters[0].prepared.brev.meldings_id
    world.faults = ["429"]

    sending.start(letters)

    assert [one for one, _ in sending.results(2, PATIENCE)] == [letters[1]]


def test_nobody_waits_longer_than_was_said(world: Gated, executor: ThreadPoolExecutor) -> None:
    letters, sending = marked(1), attempts(world, executor)
    world.held = letters[0].prepared.brev.meldings_id

    sending.start(letters)

    assert sending.results(1, 0.01) == []
    assert sending.under_way == 1


def test_a_letter_that_is_another_ones_now_is_not_sent(
    world: Gated, executor: ThreadPoolExecutor
) -> None:
    sending = attempts(world, executor, ours=False)

    sending.start(marked(3))

    assert {type(result) for _, result in sending.results(3, PATIENCE)} == {LeaseOverError}
    assert world.taken == []


def test_what_ends_a_thread_reaches_the_worker_and_starts_no_more_letters(world: Gated) -> None:
    world.faults = ["gone"]
    with ThreadPoolExecutor(1) as one_thread:
        sending = Attempts(cast("Sender", world), one_thread, 1, Silent(), may_send=lambda: True)

        sending.start(marked(10))

        with pytest.raises(Gone):
            sending.results(10, PATIENCE)
    assert len(world.taken) == 1
