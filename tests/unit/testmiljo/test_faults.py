from __future__ import annotations

from sdp.testmiljo.broker.answers import nothing
from sdp.testmiljo.faults.kinds import Delay, LoseAnswer, RefuseWithStatus, Traffic
from sdp.testmiljo.faults.waiting import Faults


def test_a_fault_happens_as_often_as_it_was_asked_for() -> None:
    faults = Faults()
    faults.add(RefuseWithStatus(500), times=2)
    assert [faults.take(Traffic.LETTER) for _ in range(3)] == [
        RefuseWithStatus(500),
        RefuseWithStatus(500),
        None,
    ]


def test_a_fault_waits_for_the_traffic_it_was_meant_for() -> None:
    faults = Faults()
    faults.add(LoseAnswer(), on=Traffic.LETTER)
    faults.add(Delay(1))
    assert faults.take(Traffic.SIGNAL) == Delay(1)
    assert faults.take(Traffic.LETTER) == LoseAnswer()


def test_cleared_faults_never_happen() -> None:
    faults = Faults()
    faults.add(RefuseWithStatus(500))
    faults.clear()
    assert faults.take(Traffic.LETTER) is None


def test_a_kept_answer_is_given_once_to_a_request_of_its_kind() -> None:
    faults, answer = Faults(), nothing(202)
    faults.keep(Traffic.SIGNAL, answer)
    assert faults.take_kept(Traffic.LETTER) is None
    assert faults.take_kept(Traffic.SIGNAL) is answer
    assert faults.take_kept(Traffic.SIGNAL) is None


def test_clearing_lets_go_of_kept_answers() -> None:
    faults = Faults()
    faults.keep(Traffic.SIGNAL, nothing(202))
    faults.clear()
    assert faults.take_kept(Traffic.SIGNAL) is None
