from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from sdp.domain import DigitalForsendelse, FysiskForsendelse, Prioritet, SendResultat
from sdp.ebms import EbmsPending, EbmsWire, sending
from sdp.errors import (
    AlreadyReceivedError,
    CertificateError,
    CertificateProblem,
    EbmsError,
    Fault,
    HttpStatusError,
    InvalidInputError,
    NotSentError,
    RefusedError,
    Retry,
    SdpError,
    SignatureError,
    SoapFaultError,
    UnknownOutcomeError,
    UnreadableAnswerError,
)
from sdp.testmiljo.broker import answers
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators.names import PREFIXES
from sdp.testmiljo.validators.rejection import Ebms, EbmsRejection
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from tests.driver import drive, first_request
from tests.unit.ebms.counterpart import Broker, Clock, Package, Taken, body_of, soap

Letters = Callable[..., DigitalForsendelse]
Answer = Callable[[HttpRequest], Any]

ALREADY_USED = "InstanceIdentifier or ConversationId already used"


@pytest.fixture
def send(
    wire: EbmsWire, digital_forsendelse: Letters, package: Package
) -> Callable[[Answer], SendResultat]:
    return lambda answer: drive(wire.send(digital_forsendelse(), package), answer)


@pytest.fixture
def unknown(send: Callable[[Answer], SendResultat]) -> Callable[[Answer], UnknownOutcomeError]:
    """Send, and return the unknown outcome that it must come to."""

    def outcome(answer: Answer) -> UnknownOutcomeError:
        with pytest.raises(UnknownOutcomeError) as caught:
            send(answer)
        return caught.value

    return outcome


def ebms_fault(clock: Clock, error: Ebms, description: str) -> HttpResponse:
    answer = answers.ebms_fault(EbmsRejection(error, description), ref_to=None, moment=clock())
    return soap(answer.content, answer.status)


def pending_of(error: UnknownOutcomeError) -> EbmsPending:
    assert isinstance(error.pending, EbmsPending)
    return error.pending


NESTED = "(" * 3000


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        (f"multipart/related; {NESTED}", b"x"),
        (f"application/soap+xml {NESTED}", b"<a/>"),
        (
            "multipart/related; boundary=B",
            f"--B\r\nContent-Type: text/xml {NESTED}\r\n\r\n<a/>\r\n--B--".encode(),
        ),
        ("application/soap+xml", b"<a>" * 5000),
    ],
)
def test_an_answer_that_is_made_to_break_its_reader_loses_no_letter(
    content_type: str, content: bytes, unknown: Callable[[Answer], UnknownOutcomeError]
) -> None:
    error = unknown(lambda _: HttpResponse(200, {"content-type": content_type}, content))

    assert pending_of(error).package.size


@pytest.mark.parametrize("fault", [RecursionError, MemoryError, ValueError, InvalidInputError])
def test_a_fault_of_our_own_while_an_answer_is_read_loses_no_letter(
    fault: type[Exception],
    unknown: Callable[[Answer], UnknownOutcomeError],
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise fault("a", []) if fault is InvalidInputError else fault

    monkeypatch.setattr(sending, "check_transport_receipt", broken)

    assert pending_of(unknown(broker)).package.size


def test_an_accepted_letter_gives_its_ids_sizes_and_fingerprint(
    wire: EbmsWire,
    digital_forsendelse: Letters,
    package: Package,
    broker: Broker,
    clock: Clock,
) -> None:
    letter = digital_forsendelse()

    result = drive(wire.send(letter, package), broker)

    (request,) = broker.requests
    assert result == SendResultat(
        meldings_id=str(letter.meldings_id),
        konversasjons_id=str(letter.konversasjons_id),
        transport_id=Taken.apart(request).text("eb:MessageId"),
        sent_at=clock.now,
        billable_bytes=4711,
        package_size=package.size,
        fingerprint=package.fingerprint,
    )
    assert not package.closed


def test_a_letter_is_posted_to_the_address_of_its_databehandler_and_avsender(
    wire: EbmsWire, digital_forsendelse: Letters, package: Package
) -> None:
    request = first_request(wire.send(digital_forsendelse(), package))

    assert request.method == "POST"
    assert request.url == "https://broker.example/api/9908:991825827/9908:991825827"


def test_a_letter_carries_the_package_byte_for_byte_and_can_be_read_again(
    wire: EbmsWire, digital_forsendelse: Letters, package: Package
) -> None:
    request = first_request(wire.send(digital_forsendelse(), package))

    assert Taken.apart(request).attachment == package.content
    assert body_of(request) == body_of(request)


def test_a_letter_says_the_same_in_header_and_business_message(
    wire: EbmsWire, digital_forsendelse: Letters, package: Package
) -> None:
    letter = digital_forsendelse(prioritet=Prioritet.PRIORITERT, mpc_id="lonn")
    taken = Taken.apart(first_request(wire.send(letter, package)))

    (message,) = taken.all("eb:UserMessage")
    assert message.get("mpc") == "urn:prioritert:lonn"
    assert taken.text("eb:ConversationId") == str(letter.meldings_id)
    assert taken.text("sbdh:DocumentIdentification/sbdh:InstanceIdentifier") == str(
        letter.meldings_id
    )
    assert taken.text("sbdh:Scope/sbdh:InstanceIdentifier") == str(letter.konversasjons_id)
    assert taken.text("eb:Action") == "FormidleDigitalPost"


def test_a_print_letter_is_sent_as_one(
    wire: EbmsWire, fysisk_forsendelse: Callable[..., FysiskForsendelse], package: Package
) -> None:
    taken = Taken.apart(first_request(wire.send(fysisk_forsendelse(), package)))

    assert taken.text("eb:Action") == "FormidleFysiskPost"
    assert taken.text("eb:AgreementRef").endswith("/FormidleFysiskPostForsendelse")
    assert taken.text("sbdh:DocumentIdentification/sbdh:Type") == "digitalPost"


def test_a_message_is_fresh_for_two_minutes(
    wire: EbmsWire, digital_forsendelse: Letters, package: Package, clock: Clock
) -> None:
    taken = Taken.apart(first_request(wire.send(digital_forsendelse(), package)))

    assert taken.text("wsu:Created") == f"{clock.now:%Y-%m-%dT%H:%M:%S}.000Z"
    expires = clock.now + timedelta(seconds=120)
    assert taken.text("wsu:Expires") == f"{expires:%Y-%m-%dT%H:%M:%S}.000Z"


def test_nothing_left_this_machine_is_told_as_such(send: Callable[[Answer], SendResultat]) -> None:
    with pytest.raises(NotSentError):
        send(lambda _: NotSentError("no connection"))


# Refused: the broker said no.


def test_an_ebms_fault_is_a_refusal_with_its_code(
    send: Callable[[Answer], SendResultat], clock: Clock
) -> None:
    with pytest.raises(EbmsError) as caught:
        send(lambda _: ebms_fault(clock, Ebms.POLICY_NONCOMPLIANCE, "no signature"))

    assert caught.value.code == "EBMS:0103"
    assert caught.value.description == "no signature"
    assert (caught.value.fault, caught.value.retry) == (Fault.CLIENT, Retry.NEVER)


def test_an_ebms_fault_called_other_is_the_servers_and_may_pass(
    send: Callable[[Answer], SendResultat], clock: Clock
) -> None:
    with pytest.raises(EbmsError) as caught:
        send(lambda _: ebms_fault(clock, Ebms.OTHER, "try again later"))

    assert (caught.value.fault, caught.value.retry) == (Fault.SERVER, Retry.LATER)


@pytest.mark.parametrize(("code", "fault"), [("Sender", Fault.CLIENT), ("Receiver", Fault.SERVER)])
def test_a_fault_without_ebms_header_is_a_refusal(
    send: Callable[[Answer], SendResultat], code: str, fault: Fault
) -> None:
    answer = answers.bare_fault(code, "something is wrong")

    with pytest.raises(SoapFaultError, match=f"{code}.*HTTP 500") as caught:
        send(lambda _: soap(answer.content, 500))
    assert "something is wrong" in caught.value.remote_text

    assert (caught.value.code, caught.value.status, caught.value.fault) == (code, 500, fault)


def test_a_fault_of_soap_1_1_is_a_refusal(send: Callable[[Answer], SendResultat]) -> None:
    envelope = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        b"<faultcode>s:Client</faultcode><faultstring>no</faultstring></s:Fault></s:Body>"
        b"</s:Envelope>"
    )

    with pytest.raises(SoapFaultError) as caught:
        send(lambda _: HttpResponse(500, {"content-type": "text/xml"}, envelope))

    assert (caught.value.code, caught.value.reason) == ("Sender", "no")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
def test_a_status_alone_is_a_refusal_where_nothing_can_have_been_accepted(
    send: Callable[[Answer], SendResultat], status: int
) -> None:
    with pytest.raises(HttpStatusError) as caught:
        send(lambda _: HttpResponse(status, {"content-type": "text/html"}, b"<html>no</html>"))

    assert caught.value.status == status


def test_a_fault_is_never_taken_for_success_though_it_carries_a_good_receipt(
    send: Callable[[Answer], SendResultat], broker: Broker
) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        envelope = etree.fromstring(broker.transport_receipt(request).content)
        fault = etree.fromstring(answers.bare_fault("Sender", "no").content)
        (body,) = envelope.findall("env:Body", PREFIXES)
        body.append(copy.deepcopy(fault.findall("env:Body/env:Fault", PREFIXES)[0]))
        return soap(etree.tostring(envelope))

    with pytest.raises(SoapFaultError):
        send(answer)


def test_an_error_is_never_taken_for_success_though_it_carries_a_good_receipt(
    send: Callable[[Answer], SendResultat], broker: Broker
) -> None:
    with pytest.raises(EbmsError, match="EBMS:0004"):
        send(lambda request: _with_error(broker.transport_receipt(request), "failure"))


def _with_error(answer: HttpResponse, severity: str) -> HttpResponse:
    envelope = etree.fromstring(answer.content)
    (signal,) = envelope.findall(".//eb:SignalMessage", PREFIXES)
    name = f"{{{PREFIXES['eb']}}}Error"
    etree.SubElement(signal, name, errorCode="EBMS:0004", severity=severity)
    return soap(etree.tostring(envelope))


def test_the_brokers_words_are_told_only_when_asked_for_and_without_any_fodselsnummer(
    send: Callable[[Answer], SendResultat], clock: Clock
) -> None:
    with pytest.raises(EbmsError) as caught:
        send(lambda _: ebms_fault(clock, Ebms.VALUE_INCONSISTENT, "no mailbox for 01815800083"))

    assert "no mailbox" not in str(caught.value)
    caught.value.show_remote_text()
    assert "no mailbox for ***" in str(caught.value)
    assert "01815800083" not in str(caught.value)


# Unknown: bytes went out, and nothing settles the matter.


def test_a_lost_connection_leaves_the_outcome_unknown_and_nothing_lost(
    unknown: Callable[[Answer], UnknownOutcomeError], package: Package
) -> None:
    error = unknown(lambda _: ConnectionLostError("no answer within the timeout"))

    assert "no answer within the timeout" in str(error)
    assert error.retry is Retry.SAME_MESSAGE
    assert pending_of(error).package is package
    assert not package.closed


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_without_a_fault_leaves_the_outcome_unknown(
    unknown: Callable[[Answer], UnknownOutcomeError], status: int
) -> None:
    headers = {"content-type": "text/plain", "retry-after": "30"}
    error = unknown(lambda _: HttpResponse(status, headers, b"oops"))

    assert str(status) in str(error)
    assert error.retry_after == 30
    assert isinstance(error.__cause__, HttpStatusError)


def test_half_an_answer_leaves_the_outcome_unknown(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker
) -> None:
    def half(request: HttpRequest) -> HttpResponse:
        content = broker.transport_receipt(request).content
        return soap(content[: len(content) // 2])

    assert isinstance(unknown(half).__cause__, UnreadableAnswerError)


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(200, {}, b""),
        HttpResponse(200, {"content-type": "text/html"}, b"<html>Welcome</html>"),
        HttpResponse(200, {"content-type": "application/soap+xml"}, b"<a/>"),
        HttpResponse(200, {"content-type": "multipart/related"}, b"garbage"),
        HttpResponse(200, {"content-type": "\x00"}, b"garbage"),
    ],
)
def test_an_answer_that_is_no_receipt_leaves_the_outcome_unknown(
    unknown: Callable[[Answer], UnknownOutcomeError], answer: HttpResponse
) -> None:
    assert isinstance(unknown(lambda _: answer).__cause__, UnreadableAnswerError)


def test_a_message_in_place_of_a_receipt_leaves_the_outcome_unknown(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker
) -> None:
    sbd = b'<a xmlns="urn:x"/>'

    assert "not a transport receipt" in str(unknown(lambda _: broker.pulled(sbd, message_id="1")))


def test_a_warning_alone_leaves_the_outcome_unknown(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker
) -> None:
    assert "warning" in str(unknown(lambda _: broker.empty()))


def test_a_receipt_signed_by_a_stranger_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker, stranger_actor: Actor
) -> None:
    error = unknown(lambda request: broker.transport_receipt(request, signer=stranger_actor))

    assert isinstance(error.__cause__, CertificateError)
    assert error.__cause__.problem is CertificateProblem.UNTRUSTED


def test_a_receipt_signed_by_another_organisation_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker, mailbox_actor: Actor
) -> None:
    error = unknown(lambda request: broker.transport_receipt(request, signer=mailbox_actor))

    assert isinstance(error.__cause__, CertificateError)
    assert error.__cause__.problem is CertificateProblem.ORGANISATION


def test_a_receipt_for_another_message_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker
) -> None:
    error = unknown(lambda request: broker.transport_receipt(request, ref_to="another"))

    assert "for another message" in str(error)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_receipt_without_one_of_our_references_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker, missing: int
) -> None:
    error = unknown(
        lambda request: broker.transport_receipt(request, change=lambda found: found.pop(missing))
    )

    assert "does not cover" in str(error)


@pytest.mark.parametrize("changed", [0, 1])
def test_a_receipt_with_another_digest_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker, changed: int
) -> None:
    def change(references: list[etree._Element]) -> None:
        digests = [each.findall("ds:DigestValue", PREFIXES)[0] for each in references]
        digests[changed].text = digests[1 - changed].text

    error = unknown(lambda request: broker.transport_receipt(request, change=change))

    assert isinstance(error.__cause__, SignatureError)
    assert "for other content" in str(error)


def test_a_receipt_with_a_reference_we_never_sent_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker
) -> None:
    def change(references: list[etree._Element]) -> None:
        extra = copy.deepcopy(references[0])
        extra.set("URI", "#another")
        references.append(extra)

    error = unknown(lambda request: broker.transport_receipt(request, change=change))

    assert isinstance(error.__cause__, SignatureError)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_receipt_from_another_time_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker, clock: Clock, minutes: int
) -> None:
    def late(request: HttpRequest) -> HttpResponse:
        answer = broker.transport_receipt(request)
        clock.move(minutes=minutes)
        return answer

    error = unknown(late)

    assert isinstance(error.__cause__, SdpError)
    assert "clock" in str(error.__cause__)


@pytest.mark.parametrize("part", ["wsse:Security", "wsse:Security/ds:Signature", "eb:Messaging"])
def test_a_receipt_without_its_security_proves_nothing(
    unknown: Callable[[Answer], UnknownOutcomeError], broker: Broker, part: str
) -> None:
    def strip(request: HttpRequest) -> HttpResponse:
        envelope = etree.fromstring(broker.transport_receipt(request).content)
        (found,) = envelope.findall(f"env:Header/{part}", PREFIXES)
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)
        return soap(etree.tostring(envelope))

    unknown(strip)


# Sending the same again.


def test_a_repeat_is_the_same_message_under_a_fresh_timestamp(
    unknown: Callable[[Answer], UnknownOutcomeError],
    wire: EbmsWire,
    broker: Broker,
    clock: Clock,
) -> None:
    seen: list[HttpRequest] = []

    def lose(request: HttpRequest) -> ConnectionLostError:
        seen.append(request)
        return ConnectionLostError("lost")

    first_sent = clock.now
    pending = pending_of(unknown(lose))
    clock.move(hours=3)
    result = drive(wire.resend(pending), broker)

    first, second = Taken.apart(seen[0]), Taken.apart(broker.requests[0])
    for part in ("eb:Messaging", "env:Body"):
        assert etree.tostring(first.all(part)[0]) == etree.tostring(second.all(part)[0])
    assert first.attachment == second.attachment
    assert seen[0].url == broker.requests[0].url
    assert second.text("wsu:Created") == f"{clock.now:%Y-%m-%dT%H:%M:%S}.000Z"
    assert result.transport_id == first.text("eb:MessageId")
    assert result.sent_at == first_sent
    assert not result.already_received


@pytest.mark.parametrize(
    "words",
    [
        ALREADY_USED,
        "Duplicate messageId",
        "DUPLICATE MESSAGE ID",
        "Message is a duplicate",
        "Duplikat av MessageId",
        "The message id is already known",
        "MessageId finnes allerede",
        "Instance Identifier already used",
    ],
)
def test_ids_already_used_mean_on_a_repeat_that_the_message_had_arrived(
    unknown: Callable[[Answer], UnknownOutcomeError], wire: EbmsWire, clock: Clock, words: str
) -> None:
    pending = pending_of(unknown(lambda _: ConnectionLostError("lost")))

    refusal = ebms_fault(clock, Ebms.VALUE_INCONSISTENT, words)
    result = drive(wire.resend(pending), lambda _: refusal)

    assert result.already_received
    assert result.transport_id == pending.message_id


def test_ids_already_used_are_no_refusal_on_a_first_try_but_an_error_of_their_own(
    send: Callable[[Answer], SendResultat], clock: Clock
) -> None:
    with pytest.raises(AlreadyReceivedError, match="arrived already") as caught:
        send(lambda _: ebms_fault(clock, Ebms.VALUE_INCONSISTENT, ALREADY_USED))

    assert not isinstance(caught.value, RefusedError)
    assert caught.value.retry is Retry.NEVER
    assert "Do not give it new ids" in caught.value.remedy


def test_a_letter_sent_again_by_a_new_process_is_known_again(
    wire: EbmsWire, digital_forsendelse: Letters, package: Package, broker: Broker, clock: Clock
) -> None:
    letter = digital_forsendelse()
    first = drive(wire.send(letter, package), broker)
    duplicate = ebms_fault(clock, Ebms.VALUE_INCONSISTENT, "Duplicate messageId")

    again = drive(wire.send(letter, package, repeated=True), lambda _: duplicate)

    assert again.already_received
    assert again.transport_id == first.transport_id


@pytest.mark.parametrize(
    ("answer", "retry"),
    [
        (HttpResponse(400, {}, b""), Retry.NEVER),
        (HttpResponse(401, {}, b""), Retry.SAME_MESSAGE),
        (Ebms.VALUE_INCONSISTENT, Retry.NEVER),
        (Ebms.FAILED_AUTHENTICATION, Retry.SAME_MESSAGE),
        (Ebms.OTHER, Retry.LATER),
    ],
)
def test_a_repeat_that_is_refused_for_itself_tells_nothing_of_the_first_try(
    unknown: Callable[[Answer], UnknownOutcomeError],
    wire: EbmsWire,
    clock: Clock,
    answer: HttpResponse | Ebms,
    retry: Retry,
) -> None:
    pending = pending_of(unknown(lambda _: ConnectionLostError("lost")))
    given = answer if isinstance(answer, HttpResponse) else ebms_fault(clock, answer, "no")

    with pytest.raises(RefusedError) as caught:
        drive(wire.resend(pending), lambda _: given)

    assert caught.value.retry is retry


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Ebms.VALUE_INCONSISTENT, "the SBDH Sender is not the organisation in eb:From"),
        (Ebms.POLICY_NONCOMPLIANCE, ALREADY_USED),
    ],
)
def test_any_other_refusal_of_a_repeat_is_a_refusal(
    unknown: Callable[[Answer], UnknownOutcomeError],
    wire: EbmsWire,
    clock: Clock,
    error: Ebms,
    words: str,
) -> None:
    pending = pending_of(unknown(lambda _: ConnectionLostError("lost")))

    with pytest.raises(EbmsError):
        drive(wire.resend(pending), lambda _: ebms_fault(clock, error, words))


def test_a_repeat_that_is_lost_too_can_be_repeated(
    unknown: Callable[[Answer], UnknownOutcomeError], wire: EbmsWire, broker: Broker
) -> None:
    pending = pending_of(unknown(lambda _: ConnectionLostError("lost")))

    with pytest.raises(UnknownOutcomeError) as again:
        drive(wire.resend(pending), lambda _: ConnectionLostError("lost again"))

    assert again.value.pending is pending
    assert drive(wire.resend(pending), broker).transport_id == pending.message_id


def test_a_pending_message_lets_go_of_its_package_when_closed(
    unknown: Callable[[Answer], UnknownOutcomeError], package: Package
) -> None:
    with pending_of(unknown(lambda _: ConnectionLostError("lost"))):
        assert not package.closed
    assert package.closed


def test_a_pending_message_shows_nothing_private(
    unknown: Callable[[Answer], UnknownOutcomeError],
) -> None:
    shown = repr(pending_of(unknown(lambda _: ConnectionLostError("lost"))))

    assert "01815800083" not in shown
    assert "Brev fra Etaten" not in shown
