"""Faults that only one of the wires, or one kind of request, can have."""

from __future__ import annotations

from sdp.testmiljo.faults.kinds import (
    Delay,
    ExpireToken,
    MoveDownloads,
    RefuseLookup,
    RefuseToken,
    RefuseWithSoapFault,
    SignWithStranger,
    Traffic,
    befalls_access_point,
    befalls_broker,
    befalls_list,
    befalls_lookup,
    befalls_token,
)
from sdp.testmiljo.faults.serving import Faults


def test_a_letter_to_the_broker_and_one_to_the_access_point_have_faults_of_their_own() -> None:
    faults = Faults()
    faults.add(RefuseWithSoapFault(), on=Traffic.LETTER)
    faults.add(ExpireToken(), on=Traffic.LETTER)
    assert faults.take(Traffic.LETTER, befalls_access_point) == ExpireToken()
    assert faults.take(Traffic.LETTER, befalls_access_point) is None
    assert faults.take(Traffic.LETTER, befalls_broker) == RefuseWithSoapFault()


def test_a_fault_of_either_wire_happens_to_whoever_comes_first() -> None:
    faults = Faults()
    faults.add(Delay(1), times=2)
    assert faults.take(Traffic.SIGNAL, befalls_broker) == Delay(1)
    assert faults.take(Traffic.STATUSES, befalls_access_point) == Delay(1)


def test_a_fault_of_the_list_waits_until_receipts_are_listed() -> None:
    faults = Faults()
    faults.add(SignWithStranger())
    faults.add(MoveDownloads())
    assert faults.take(Traffic.READ, befalls_access_point) is None
    assert faults.take(Traffic.RECEIPTS, befalls_list) == SignWithStranger()
    assert faults.take(Traffic.RECEIPTS, befalls_list) == MoveDownloads()


def test_what_may_happen_anywhere_happens_to_tokens_and_lookups_only_where_they_are_named() -> None:
    faults = Faults()
    faults.add(Delay(1))
    assert faults.take(Traffic.TOKEN, befalls_token) is None
    assert faults.take(Traffic.LOOKUP, befalls_lookup) is None
    faults.add(Delay(2), on=Traffic.LOOKUP)
    assert faults.take(Traffic.LOOKUP, befalls_lookup) == Delay(2)
    assert faults.take(Traffic.LETTER, befalls_broker) == Delay(1)


def test_refusals_of_tokens_and_lookups_wait_for_those() -> None:
    faults = Faults()
    faults.add(RefuseToken("invalid_scope"))
    faults.add(RefuseLookup(404))
    assert faults.take(Traffic.LETTER, befalls_broker) is None
    assert faults.take(Traffic.LETTER, befalls_access_point) is None
    assert faults.take(Traffic.LOOKUP, befalls_lookup) == RefuseLookup(404)
    assert faults.take(Traffic.TOKEN, befalls_token) == RefuseToken("invalid_scope")
