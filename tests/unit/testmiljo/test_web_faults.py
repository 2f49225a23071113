from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from sdp.testmiljo.faults.kinds import (
    AnswerTwice,
    CutRequest,
    Delay,
    DropMailbox,
    FailCrl,
    FailOcsp,
    FailRestLookup,
    FailRevocation,
    FailSoapLookup,
    Fault,
    LoseAnswer,
    RefuseLookup,
    RefuseToken,
    RefuseWithEbms,
    RefuseWithProblem,
    RefuseWithSoapFault,
    RefuseWithStatus,
    ReplayReceipt,
    RestDefect,
    RevocationFault,
    SoapDefect,
    Traffic,
    TruncateAnswer,
)
from sdp.testmiljo.faults.reading import FAULT_KINDS, FaultRefused, described, read_fault
from sdp.testmiljo.faults.serving import Faults
from sdp.testmiljo.validators.rejection import Ebms

MADE = [
    RefuseWithEbms(Ebms.OTHER, "nei"),
    RefuseWithStatus(503),
    RefuseWithSoapFault("Sender", "nei"),
    RefuseWithProblem(400, "nei", "Ikke i dag"),
    RefuseWithProblem(400, "nei"),
    Delay(0.5),
    LoseAnswer(accepted=False),
    TruncateAnswer(10),
    CutRequest(10),
    DropMailbox(),
    FailRevocation(RevocationFault.STALE),
    FailOcsp(RevocationFault.TRY_LATER),
    FailCrl(RevocationFault.DOWN),
    FailRestLookup(RestDefect.STALE),
    FailSoapLookup(SoapDefect.REPLAYED),
    ReplayReceipt(),
    AnswerTwice(),
    RefuseToken("invalid_scope", "nei"),
    RefuseLookup(404),
]


def test_every_fault_there_is_can_be_asked_for_and_says_what_it_does() -> None:
    assert {kind.make for kind in FAULT_KINDS.values()} == set(get_args(Fault))
    assert all(kind.explanation.endswith(".") for kind in FAULT_KINDS.values())


@pytest.mark.parametrize("fault", MADE, ids=repr)
def test_a_fault_that_is_written_as_json_is_read_as_the_same(fault: Fault) -> None:
    assert read_fault(described(fault)) == (fault, 1, None)


@pytest.mark.parametrize("fault", MADE, ids=repr)
def test_a_fault_is_read_from_a_form_where_everything_is_text(fault: Fault) -> None:
    form = {
        name: "" if value is None else str(value).lower() if value in (True, False) else str(value)
        for name, value in described(fault).items()
    }

    on = FAULT_KINDS[type(fault).__name__].traffic[0]
    assert read_fault({**form, "times": "3", "on": on.name}) == (fault, 3, on)


@pytest.mark.parametrize("given", ["OTHER", "EBMS:0004", "0004", "Other"])
def test_an_ebms_error_is_asked_for_by_its_code_or_its_name(given: str) -> None:
    assert read_fault({"fault": "RefuseWithEbms", "error": given})[0] == RefuseWithEbms(Ebms.OTHER)


def test_every_error_of_ebms_and_as4_can_be_asked_for() -> None:
    numbers = [*range(1, 12), 101, 102, 103, 201, 202, 301, 302, 303]
    codes = [f"EBMS:{number:04}" for number in numbers]

    assert [error.code for error in Ebms] == codes
    assert all(Ebms.find(error.code) is error is Ebms.find(error.name) for error in Ebms)
    [field] = [each for each in FAULT_KINDS["RefuseWithEbms"].fields if each.name == "error"]
    assert ("FAILED_DECRYPTION", "EBMS:0102 FailedDecryption") in field.options


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"fault": "Delay", "second": 1, "seconds": 1}, "second is no field of Delay"),
        ({"fault": "ReplayReceipt", "status": 400}, "status is no field of ReplayReceipt"),
        (
            {"fault": "RefuseToken", "error": "invalid_scope", "on": "LETTER"},
            "on must be one of TOKEN for RefuseToken",
        ),
        (
            {"fault": "RefuseWithEbms", "error": "OTHER", "on": "RECEIPTS"},
            "on must be one of LETTER, SIGNAL for RefuseWithEbms",
        ),
    ],
)
def test_what_can_never_happen_is_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(FaultRefused, match=why):
        read_fault(given)


def test_fields_that_are_not_given_have_their_defaults() -> None:
    assert read_fault({"fault": "RefuseWithProblem", "status": 404})[0] == RefuseWithProblem(404)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "fault must be one of"),
        ({"fault": "Explode"}, "fault must be one of"),
        ({"fault": "RefuseWithStatus"}, "status must be given"),
        ({"fault": "RefuseWithStatus", "status": "many"}, "status must be a number"),
        ({"fault": "RefuseWithStatus", "status": 40.5}, "status must be a whole number"),
        ({"fault": "RefuseWithStatus", "status": 99}, "status must be from 200 to 599"),
        ({"fault": "RefuseWithStatus", "status": True}, "status must be a number"),
        ({"fault": "RefuseWithEbms", "error": "NONE"}, "error must be one of"),
        ({"fault": "RefuseWithSoapFault", "code": "Both"}, "code must be one of"),
        ({"fault": "RefuseWithProblem", "status": 400, "detail": 7}, "detail must be text"),
        ({"fault": "RefuseToken", "error": "OTHER"}, "error must be one of invalid_request"),
        ({"fault": "RefuseLookup"}, "status must be given"),
        ({"fault": "LoseAnswer", "accepted": "perhaps"}, "accepted must be true or false"),
        ({"fault": "Delay", "seconds": -1}, "seconds must be a number, 0 or more"),
        ({"fault": "Delay", "seconds": 1e9}, "seconds may be 600 at most"),
        ({"fault": "Delay", "seconds": "inf"}, "seconds must be a number"),
        ({"fault": "Delay", "seconds": 1, "times": 0}, "times must be a whole number"),
        ({"fault": "Delay", "seconds": 1, "times": 0.5}, "times must be a whole number"),
        ({"fault": "Delay", "seconds": 1, "times": 10**6}, "times must be a whole number"),
        ({"fault": "Delay", "seconds": 1, "times": "often"}, "times must be a number"),
        ({"fault": "FailRestLookup", "how": "REPLAYED"}, "how must be one of UNSIGNED"),
        ({"fault": "Delay", "seconds": 1, "on": "MAIL"}, "on must be one of LETTER"),
    ],
)
def test_a_fault_that_is_not_right_is_refused_with_its_field(
    given: dict[str, object], why: str
) -> None:
    with pytest.raises(FaultRefused, match=why):
        read_fault(given)


def test_a_fault_that_always_happens_is_read_as_one_that_lasts() -> None:
    given = {"fault": "FailOcsp", "how": "DOWN", "times": "always"}
    assert read_fault(given) == (FailOcsp(RevocationFault.DOWN), None, None)


def test_what_waits_to_go_wrong_is_told_in_order_until_it_has() -> None:
    faults = Faults()
    faults.add(RefuseWithStatus(500), on=Traffic.SIGNAL)
    faults.add(Delay(1))

    before = list(faults.waiting)
    faults.take(Traffic.SIGNAL)

    assert before == [(RefuseWithStatus(500), Traffic.SIGNAL), (Delay(1), None)]
    assert list(faults.waiting) == [(Delay(1), None)]


def test_a_field_without_a_default_is_required_in_the_form() -> None:
    for kind in FAULT_KINDS.values():
        needed = {
            each.name
            for each in dataclasses.fields(kind.make)  # type: ignore[arg-type]
            if each.default is dataclasses.MISSING
        }
        assert {each.name for each in kind.fields if each.is_required} == needed
