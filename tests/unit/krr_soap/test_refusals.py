from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdp.errors import (
    Fault,
    HttpStatusError,
    NotSentError,
    Retry,
    SdpError,
    SoapFaultError,
    UnreadableAnswerError,
    WireError,
)
from sdp.krr.soap import KrrSoap
from sdp.testmiljo.validators.names import ENV, WSU
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from tests.driver import Answer, FakeDriver, drive
from tests.unit.krr_soap.counterpart import SOAP, Register, envelope_of, one, personer

KARI = "01815800083"
FAULT = (
    "<env:Fault><env:Code><env:Value>env:{code}</env:Value></env:Code>"
    '<env:Reason><env:Text xml:lang="en">{words}</env:Text></env:Reason></env:Fault>'
)
FAULT_1_1 = "<env:Fault><faultcode>env:Client</faultcode><faultstring>No</faultstring></env:Fault>"


def in_envelope(content: str, namespace: str = ENV) -> bytes:
    written = f"<env:Header/><env:Body>{content}</env:Body>"
    return f'<env:Envelope xmlns:env="{namespace}">{written}</env:Envelope>'.encode()


def ask(krr: KrrSoap, answer: Answer) -> SdpError:
    with pytest.raises(SdpError) as caught:
        drive(krr.lookup([KARI]), lambda _: answer)
    return caught.value


@pytest.mark.parametrize(
    ("code", "fault", "retry"),
    [
        ("Sender", Fault.CLIENT, Retry.NEVER),
        ("Receiver", Fault.SERVER, Retry.LATER),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_fault_is_a_refusal_though_nobody_signed_it(
    krr: KrrSoap, code: str, fault: Fault, retry: Retry, status: int
) -> None:
    content = in_envelope(FAULT.format(code=code, words="Service owner 991825827\n has no access"))

    error = ask(krr, HttpResponse(status, SOAP, content))

    assert isinstance(error, SoapFaultError)
    assert (error.code, error.status) == (code, status)
    assert error.reason == "Service owner 991825827 has no access"
    assert (error.fault, error.retry) == (fault, retry)


def test_a_fault_of_soap_1_1_is_a_refusal_too(krr: KrrSoap) -> None:
    content = in_envelope(FAULT_1_1, "http://schemas.xmlsoap.org/soap/envelope/")

    error = ask(krr, HttpResponse(500, SOAP, content))

    assert isinstance(error, SoapFaultError)
    assert (error.code, error.reason) == ("Sender", "No")


def test_a_fault_that_is_signed_and_encrypted_is_a_refusal_too(
    krr: KrrSoap, register: Register
) -> None:
    register.content = FAULT.format(code="Receiver", words="Try later")

    with pytest.raises(SoapFaultError, match="Receiver") as caught:
        drive(krr.lookup([KARI]), register)
    assert "Try later" in caught.value.remote_text


def test_a_fault_shows_nobodys_number_and_is_not_endless(krr: KrrSoap) -> None:
    words = f"No person {KARI}, nor 158869 10042. " + "x" * 10_000

    error = ask(krr, HttpResponse(500, SOAP, in_envelope(FAULT.format(code="Sender", words=words))))

    assert "No person ***, nor ***." in error.remote_text
    assert "No person" not in str(error)
    assert len(error.remote_text) < 1000


@pytest.mark.parametrize("content", [b"", b"Bad Gateway", b"<html><p></html>", in_envelope("")])
@pytest.mark.parametrize(
    ("status", "retry"), [(401, Retry.NEVER), (404, Retry.NEVER), (502, Retry.LATER)]
)
def test_a_status_that_is_not_of_success_is_a_refusal(
    krr: KrrSoap, status: int, retry: Retry, content: bytes
) -> None:
    error = ask(krr, HttpResponse(status, {}, content))

    assert isinstance(error, HttpStatusError)
    assert (error.status, error.retry) == (status, retry)


def test_a_good_answer_with_a_bad_status_is_a_refusal(krr: KrrSoap, register: Register) -> None:
    register.content, register.status = personer(), 500

    with pytest.raises(HttpStatusError):
        drive(krr.lookup([KARI]), register)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"<html/>", in_envelope(""), b"\xff\xfe<\x00a\x00"]
)
def test_what_is_no_answer_may_be_asked_for_again(krr: KrrSoap, content: bytes) -> None:
    error = ask(krr, HttpResponse(200, SOAP, content))

    assert isinstance(error, UnreadableAnswerError)
    assert error.retry is Retry.LATER


def test_a_lost_connection_may_be_tried_again(krr: KrrSoap) -> None:
    error = ask(krr, ConnectionLostError("no answer within the timeout"))

    assert type(error) is WireError
    assert error.retry is Retry.LATER
    assert "no answer within the timeout" in str(error)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_register_is_asked_again_when_it_says_with_a_question_signed_anew(
    krr: KrrSoap, register: Register, status: int
) -> None:
    register.content = personer()
    asked: list[HttpRequest] = []

    def busy_at_first(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        if len(asked) == 1:
            return HttpResponse(status, {"retry-after": "7"}, b"")
        return register(request)

    driver = FakeDriver(busy_at_first)
    driver.run(krr.lookup([KARI]))

    assert driver.sleeps == [7.0]
    first, second = (one(envelope_of(each), "ds:SignatureValue").text for each in asked)
    assert first != second


def test_a_lost_connection_is_tried_again(krr: KrrSoap, register: Register) -> None:
    register.content = personer()
    answers: Iterator[Answer | Register] = iter([ConnectionLostError("reset"), register])

    def answer(request: HttpRequest) -> Answer:
        found = next(answers)
        return found(request) if isinstance(found, Register) else found

    assert drive(krr.lookup([KARI]), answer)


def test_a_register_that_stays_busy_is_told_with_its_fault_and_when_to_come_back(
    krr: KrrSoap,
) -> None:
    content = in_envelope(FAULT.format(code="Receiver", words="Too many questions"))

    error = ask(krr, HttpResponse(503, {**SOAP, "retry-after": "3600"}, content))

    assert isinstance(error, SoapFaultError)
    assert (error.reason, error.status) == ("Too many questions", 503)
    assert (error.retry, error.retry_after) == (Retry.LATER, 3600.0)


def test_a_question_that_never_left_is_told_as_such(krr: KrrSoap) -> None:
    assert isinstance(ask(krr, NotSentError("no connection")), NotSentError)


def test_each_question_is_signed_anew(krr: KrrSoap, register: Register) -> None:
    register.content = personer()
    for _ in range(2):
        drive(krr.lookup([KARI]), register)

    first, second = (
        {each.get(f"{{{WSU}}}Id") for each in envelope_of(request).iter()} - {None}
        for request in register.requests
    )
    assert len(first) == len(second) == 3
    assert first.isdisjoint(second)


def test_a_flow_answers_only_its_own_question(krr: KrrSoap, register: Register) -> None:
    register.content = personer()
    crossed: list[HttpRequest] = []

    def other(request: HttpRequest) -> HttpResponse:
        crossed.append(request)
        return register(crossed[0])

    drive(krr.lookup([KARI]), other)
    with pytest.raises(SdpError, match="another question"):
        drive(krr.lookup([KARI]), other)
