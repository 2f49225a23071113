from __future__ import annotations

from sdp.testmiljo.faults import Delay, Faults, LoseAnswer, RefuseWithStatus, Traffic


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
