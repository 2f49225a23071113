"""Every error says whose fault it is, whether to try again, and survives being passed around."""

from __future__ import annotations

import inspect
import pickle
import re
from typing import Any, cast

import pytest

from sdp import errors
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    DocumentError,
    EbmsError,
    Fault,
    HttpStatusError,
    InvalidInputError,
    NotSentError,
    PackageTooLargeError,
    Problem,
    ProblemError,
    Retry,
    SdpError,
    SoapFaultError,
    UnknownOutcomeError,
    WrongPasswordError,
)

CLASSES = [
    found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, SdpError)
]

EXAMPLES = [
    CertificateError(CertificateProblem.EXPIRED, "It has expired.", remedy="Renew it."),
    DocumentError("brev.pdf", "It cannot be read."),
    EbmsError("EBMS:0103", description="nei"),
    HttpStatusError(401),
    InvalidInputError("Avsender", [Problem("organisasjonsnummer", "must be 9 digits")]),
    NotSentError("No connection."),
    PackageTooLargeError(2, 1),
    SoapFaultError("Receiver", "nede", 500),
    UnknownOutcomeError("No answer.", pending=cast("Any", None)),
    WrongPasswordError("It is wrong.", remedy="Try another."),
]


def test_the_tree_in_the_documentation_is_the_tree_in_the_code() -> None:
    drawn = re.findall(r"^[│├└─ ]*([A-Z]\w+Error)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(found.__name__ for found in CLASSES)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error: SdpError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_says_what_to_do_beside_what_is_wrong(error: SdpError) -> None:
    assert error.message in str(error)
    assert str(error).endswith(error.remedy)
    assert isinstance(error.fault, Fault)
    assert isinstance(error.retry, Retry)


@pytest.mark.parametrize(
    ("code", "fault", "retry"),
    [
        ("EBMS:0001", Fault.CLIENT, Retry.NEVER),
        ("EBMS:0002", Fault.CLIENT, Retry.NEVER),
        ("EBMS:0003", Fault.CLIENT, Retry.NEVER),
        ("EBMS:0004", Fault.SERVER, Retry.LATER),
        ("EBMS:0005", Fault.SERVER, Retry.LATER),
        ("EBMS:0101", Fault.CLIENT, Retry.NEVER),
        ("EBMS:0103", Fault.CLIENT, Retry.NEVER),
    ],
)
def test_an_ebms_code_decides_whose_fault_it_is(code: str, fault: Fault, retry: Retry) -> None:
    error = EbmsError(code)
    assert (error.fault, error.retry) == (fault, retry)


@pytest.mark.parametrize(
    ("status", "fault", "retry"),
    [
        (400, Fault.CLIENT, Retry.NEVER),
        (401, Fault.CLIENT, Retry.NEVER),
        (429, Fault.SERVER, Retry.LATER),
        (500, Fault.SERVER, Retry.LATER),
        (503, Fault.SERVER, Retry.LATER),
    ],
)
def test_a_status_decides_whose_fault_it_is(status: int, fault: Fault, retry: Retry) -> None:
    error = HttpStatusError(status)
    assert (error.fault, error.retry) == (fault, retry)


@pytest.mark.parametrize("problem", CertificateProblem)
def test_a_certificate_may_pass_later_only_where_nobody_answered(
    problem: CertificateProblem,
) -> None:
    is_passing = problem is CertificateProblem.REVOCATION_UNREACHABLE

    assert CertificateError(problem, "x").retry is (Retry.LATER if is_passing else Retry.NEVER)


def test_others_words_are_in_the_message_only_when_asked_for_and_survive_pickling() -> None:
    error = ProblemError(400, title="Bad Request", detail="Kari finnes ikke")
    assert error.message == "Refused with HTTP status 400: Bad Request."
    assert error.remote_text == "Bad Request: Kari finnes ikke"

    error.show_remote_text()
    error.show_remote_text()
    copy = pickle.loads(pickle.dumps(error))

    assert str(copy) == str(error)
    assert str(copy).count("Kari finnes ikke") == 1
