from __future__ import annotations

from sdp.testmiljo.broker.answers import nothing
from sdp.testmiljo.faults.kinds import (
    CutRequest,
    Delay,
    FailCrl,
    FailOcsp,
    FailRestLookup,
    FailRevocation,
    FailSoapLookup,
    LoseAnswer,
    RefuseWithStatus,
    RestDefect,
    RevocationFault,
    SoapDefect,
    Traffic,
    befalls_broker,
    befalls_crl,
    befalls_lookup,
    befalls_ocsp,
    befalls_rest,
    befalls_soap,
)
from sdp.testmiljo.faults.serving import Faults


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


def test_a_fault_without_a_number_lasts_until_faults_are_cleared() -> None:
    faults = Faults()
    faults.add(RefuseWithStatus(503), times=None, on=Traffic.TOKEN)
    assert [faults.take(Traffic.TOKEN) for _ in range(3)] == [RefuseWithStatus(503)] * 3
    assert faults.take(Traffic.LETTER) is None
    assert (faults.waiting, faults.lasting) == ((), ((RefuseWithStatus(503), Traffic.TOKEN),))
    faults.clear()
    assert faults.take(Traffic.TOKEN) is None


def test_a_fault_that_lasts_happens_where_nothing_else_waits() -> None:
    faults = Faults()
    faults.add(RefuseWithStatus(503), times=None)
    faults.add(Delay(1), on=Traffic.LETTER)
    assert faults.take(Traffic.LETTER) == Delay(1)
    assert faults.take(Traffic.LETTER) == RefuseWithStatus(503)


def test_requests_are_cut_for_as_long_as_that_lasts() -> None:
    faults = Faults()
    faults.add(CutRequest(1), times=None)
    faults.add(Delay(1))
    assert faults.take_cut(Traffic.LETTER, befalls_broker) is None
    assert faults.take(Traffic.LETTER) == Delay(1)
    assert [faults.take_cut(Traffic.LETTER, befalls_broker) for _ in range(2)] == [
        CutRequest(1),
        CutRequest(1),
    ]


def test_a_defect_of_one_register_is_not_used_up_by_the_other() -> None:
    faults = Faults()
    faults.add(FailSoapLookup(SoapDefect.REPLAYED))
    faults.add(FailRestLookup(RestDefect.STALE))
    assert faults.take(Traffic.LOOKUP, befalls_lookup) is None
    assert faults.take(Traffic.LOOKUP, befalls_rest) == FailRestLookup(RestDefect.STALE)
    assert faults.take(Traffic.LOOKUP, befalls_rest) is None
    assert faults.take(Traffic.LOOKUP, befalls_soap) == FailSoapLookup(SoapDefect.REPLAYED)


def test_the_responder_and_the_lists_have_faults_of_their_own_and_faults_in_common() -> None:
    faults = Faults()
    both = FailRevocation(RevocationFault.DOWN)
    faults.add(FailCrl(RevocationFault.STALE))
    faults.add(both, times=2)
    assert faults.take(Traffic.REVOCATION, befalls_ocsp) == both
    assert faults.take(Traffic.REVOCATION, befalls_crl) == FailCrl(RevocationFault.STALE)
    assert faults.take(Traffic.REVOCATION, befalls_crl) == both
    faults.add(FailOcsp(RevocationFault.SLOW))
    assert faults.take(Traffic.REVOCATION, befalls_crl) is None
