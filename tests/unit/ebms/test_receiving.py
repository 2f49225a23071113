from __future__ import annotations

import base64
import copy
import hashlib
import re
from datetime import datetime

import pytest
from lxml import etree

from sdp.domain import (
    Feil,
    Feiltype,
    Kvittering,
    Leveringskvittering,
    Prioritet,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.ebms import EbmsWire
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    EbmsError,
    HttpStatusError,
    InvalidInputError,
    NotSentError,
    Retry,
    SignatureError,
    UnreadableAnswerError,
    WireError,
)
from sdp.pki import TrustStore
from sdp.testmiljo.broker import answers
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.signing import Actor, sign_enveloped
from sdp.testmiljo.validators.names import PREFIXES, SDP
from sdp.testmiljo.validators.rejection import Ebms, EbmsRejection
from sdp.transport.request import ConnectionLostError, HttpResponse
from sdp.wire import ReceiptQueue, SentTo, SetAside, Signers
from sdp.xmlsec import exclusive, parse
from sdp.xmlsec.names import DS, EXCLUSIVE_C14N, SHA256
from tests.conftest import EBOKS, PRINTER
from tests.driver import FakeDriver, drive, first_request
from tests.unit.ebms.conftest import MakeWire, actor
from tests.unit.ebms.counterpart import KINDS, Broker, Clock, Taken, body_of, receipt, soap

NORMAL = ReceiptQueue(Prioritet.NORMAL)
CONVERSATION = "6d0ec155-b4f7-43c3-908e-211d68c9cf09"


@pytest.fixture
def levering(mailbox_actor: Actor, moment: datetime) -> bytes:
    return receipt(mailbox_actor, moment)


def pull(wire: EbmsWire, answer: HttpResponse) -> Kvittering | SetAside | None:
    return drive(wire.pull(NORMAL), lambda _: answer)


def pulled_receipt(wire: EbmsWire, answer: HttpResponse) -> Kvittering:
    found = pull(wire, answer)
    assert found is not None
    assert not isinstance(found, SetAside), found.reason
    return found


def set_aside(wire: EbmsWire, answer: HttpResponse) -> SetAside:
    found = pull(wire, answer)
    assert isinstance(found, SetAside)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_receipt_is_read(
    wire: EbmsWire, broker: Broker, mailbox_actor: Actor, moment: datetime, kind: str
) -> None:
    sbd = receipt(mailbox_actor, moment, KINDS[kind]())

    found = pulled_receipt(wire, broker.pulled(sbd, message_id="message-1"))

    assert type(found).__name__ == kind
    assert found.konversasjons_id == CONVERSATION
    assert found.tidspunkt == moment
    assert found.avsender == mailbox_actor.organisasjonsnummer
    assert found.referanse.message_id == "message-1"
    assert found.referanse.prioritet is Prioritet.NORMAL


def test_what_a_receipt_says_of_its_own_is_read(
    wire: EbmsWire, broker: Broker, mailbox_actor: Actor, moment: datetime
) -> None:
    sbd = receipt(mailbox_actor, moment, KINDS["VarslingFeiletKvittering"]())
    varsling = pulled_receipt(wire, broker.pulled(sbd, message_id="1"))
    assert isinstance(varsling, VarslingFeiletKvittering)
    assert (varsling.kanal, varsling.beskrivelse) == (Varslingskanal.SMS, "Ugyldig nummer æøå")

    feil = pulled_receipt(
        wire, broker.pulled(receipt(mailbox_actor, moment, KINDS["Feil"]()), message_id="2")
    )
    assert isinstance(feil, Feil)
    assert (feil.feiltype, feil.detaljer) == (Feiltype.KLIENT, "Ukjent mottaker")


@pytest.mark.parametrize("way", ["urn:uuid:{}", "{{{}}}", "\uff16{}", "{}\u200b"])
def test_a_receipt_that_names_its_conversation_in_another_form_is_set_aside(
    wire: EbmsWire, broker: Broker, mailbox_actor: Actor, moment: datetime, way: str
) -> None:
    written = way.format(CONVERSATION[1:] if way.startswith("\uff16") else CONVERSATION)
    sbd = receipt(mailbox_actor, moment, konversasjons_id=written)

    aside = set_aside(wire, broker.pulled(sbd, message_id="1"))

    assert isinstance(aside.reason, UnreadableAnswerError)
    assert aside.referanse is not None


@pytest.mark.parametrize("year", [1969, 3000, 9999])
def test_a_receipt_of_no_time_that_can_be_is_set_aside(
    wire: EbmsWire, broker: Broker, mailbox_actor: Actor, moment: datetime, year: int
) -> None:
    sbd = receipt(mailbox_actor, moment.replace(year=year))

    assert "1970 to 2999" in str(set_aside(wire, broker.pulled(sbd, message_id="1")).reason)


def test_a_receipt_for_a_letter_nobody_remembers_counts_from_those_that_are_known(
    make_wire: MakeWire, broker: Broker, ca: TestCA, moment: datetime
) -> None:
    printer = actor(ca.issue(PRINTER, "Utskrift", moment=moment), PRINTER)
    answer = broker.pulled(receipt(printer, moment), message_id="1")

    aside = set_aside(make_wire(), answer)
    assert isinstance(aside.reason, CertificateError)
    assert aside.reason.problem is CertificateProblem.ORGANISATION
    assert "ebms.receipt_senders" in aside.reason.remedy

    assert pulled_receipt(make_wire(receipt_senders=[PRINTER]), answer).avsender == PRINTER
    sent = SentTo({CONVERSATION: PRINTER}.get)
    assert pulled_receipt(make_wire(sent_to=sent), answer).avsender == PRINTER


def test_a_supplier_may_sign_for_whom_the_settings_say(
    make_wire: MakeWire, broker: Broker, mailbox_actor: Actor, moment: datetime
) -> None:
    answer = broker.pulled(receipt(mailbox_actor, moment), message_id="1")
    sent = SentTo({CONVERSATION: PRINTER}.get)

    assert isinstance(set_aside(make_wire(sent_to=sent), answer).reason, CertificateError)
    wire = make_wire(sent_to=sent, receipt_suppliers={PRINTER: [EBOKS]})
    assert pulled_receipt(wire, answer).avsender == EBOKS


def test_the_kept_bytes_of_a_receipt_can_be_verified_again(
    wire: EbmsWire, broker: Broker, levering: bytes, trust: TrustStore, moment: datetime
) -> None:
    from sdp.ebms.kvittering import read_kvittering

    found = pulled_receipt(wire, broker.pulled(levering, message_id="1"))

    again = read_kvittering(
        parse(found.raw),
        trust=trust,
        moment=moment,
        signers=Signers([EBOKS], {}, lambda _: (), section="ebms"),
        referanse=found.referanse,
    )
    assert again == found


def test_a_pretty_printed_envelope_with_other_prefixes_is_read_alike(
    wire: EbmsWire, broker: Broker, mailbox_actor: Actor, moment: datetime
) -> None:
    document = etree.fromstring(receipt(mailbox_actor, moment))
    body = document[1]
    body.remove(body[0])
    etree.indent(document)
    renamed = etree.fromstring(
        etree.tostring(document).replace(b"ns9:", b"q:").replace(b"xmlns:ns9", b"xmlns:q")
    )
    sign_enveloped(renamed[1], mailbox_actor)

    found = pulled_receipt(wire, broker.pulled(etree.tostring(renamed), message_id="1"))

    assert isinstance(found, Leveringskvittering)


def test_a_pull_names_its_queue(wire: EbmsWire) -> None:
    request = first_request(wire.pull(ReceiptQueue(Prioritet.PRIORITERT, "lonn")))

    (pull_request,) = Taken.apart(request).all("eb:PullRequest")
    assert pull_request.get("mpc") == "urn:prioritert:lonn"
    assert request.url == "https://broker.example/api/"


def test_an_empty_queue_gives_none(wire: EbmsWire, broker: Broker) -> None:
    assert pull(wire, broker.empty()) is None


def test_an_empty_queue_told_as_a_fault_gives_none(wire: EbmsWire, clock: Clock) -> None:
    fault = answers.ebms_fault(
        EbmsRejection(Ebms.EMPTY_CHANNEL, "nothing"), ref_to=None, moment=clock()
    )

    assert pull(wire, soap(fault.content, fault.status)) is None


def test_a_refused_pull_is_an_error_with_its_code(wire: EbmsWire, clock: Clock) -> None:
    fault = answers.ebms_fault(
        EbmsRejection(Ebms.VALUE_NOT_RECOGNIZED, "no such mpc"), ref_to=None, moment=clock()
    )

    with pytest.raises(EbmsError, match="EBMS:0001"):
        pull(wire, soap(fault.content, fault.status))


def test_a_pull_without_access_is_an_error_with_its_status(wire: EbmsWire) -> None:
    with pytest.raises(HttpStatusError, match="401"):
        pull(wire, HttpResponse(401, {}, b""))


def test_a_lost_pull_may_be_tried_again(wire: EbmsWire) -> None:
    with pytest.raises(WireError, match="no answer within the timeout") as caught:
        drive(wire.pull(NORMAL), lambda _: ConnectionLostError("no answer within the timeout"))

    assert caught.value.retry is Retry.LATER


def test_a_pull_that_never_left_is_told_as_such(wire: EbmsWire) -> None:
    with pytest.raises(NotSentError):
        drive(wire.pull(NORMAL), lambda _: NotSentError("no connection"))


@pytest.mark.parametrize(
    "answer",
    [HttpResponse(200, {}, b""), HttpResponse(200, {}, b"hello"), soap(b"<half"), soap(b"<a/>")],
)
def test_an_answer_that_is_no_message_is_unreadable_and_the_pull_may_be_repeated(
    wire: EbmsWire, answer: HttpResponse
) -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        pull(wire, answer)

    assert caught.value.retry is Retry.LATER


# Set aside: something came, and it is no receipt that can be trusted.


def test_a_receipt_signed_by_a_stranger_is_set_aside_and_can_be_confirmed(
    wire: EbmsWire, broker: Broker, moment: datetime, stranger_actor: Actor
) -> None:
    found = set_aside(wire, broker.pulled(receipt(stranger_actor, moment), message_id="m-1"))

    assert isinstance(found.reason, CertificateError)
    assert found.reason.problem is CertificateProblem.UNTRUSTED
    assert found.message_id == "m-1"
    assert Taken.apart(first_request(wire.confirm(found))).text("eb:RefToMessageId") == "m-1"


def test_a_receipt_signed_by_another_than_its_sender_is_set_aside(
    wire: EbmsWire,
    broker: Broker,
    mailbox_actor: Actor,
    broker_actor: Actor,
    moment: datetime,
) -> None:
    sbd = receipt(mailbox_actor, moment, signer=broker_actor)

    found = set_aside(wire, broker.pulled(sbd, message_id="1"))

    assert isinstance(found.reason, CertificateError)
    assert found.reason.problem is CertificateProblem.ORGANISATION


def test_a_receipt_changed_after_signing_is_set_aside(
    wire: EbmsWire, broker: Broker, levering: bytes
) -> None:
    changed = levering.replace(b"levering", b"aapning")

    found = set_aside(wire, broker.pulled(changed, message_id="1"))

    assert isinstance(found.reason, SignatureError)


def test_an_unsigned_receipt_is_set_aside(wire: EbmsWire, broker: Broker, levering: bytes) -> None:
    document = etree.fromstring(levering)
    document[1].remove(document[1][0])

    found = set_aside(wire, broker.pulled(etree.tostring(document), message_id="1"))

    assert isinstance(found.reason, SignatureError)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<sdp:ukjent/>", "a kind that is not known"),
        ("<sdp:levering/><sdp:aapning/>", "exactly one kind"),
        ("", "exactly one kind"),
        ("<sdp:varslingfeilet/>", "no varslingskanal"),
        (
            "<sdp:varslingfeilet><sdp:varslingskanal>FAX</sdp:varslingskanal></sdp:varslingfeilet>",
            "unknown value",
        ),
        (
            f"""<sdp:varslingfeilet><sdp:varslingskanal>SMS</sdp:varslingskanal>
            <sdp:beskrivelse>{"x" * 1001}</sdp:beskrivelse></sdp:varslingfeilet>""",
            "breaks a rule",
        ),
    ],
)
def test_a_receipt_of_no_known_kind_is_set_aside(
    wire: EbmsWire,
    broker: Broker,
    mailbox_actor: Actor,
    levering: bytes,
    content: str,
    words: str,
) -> None:
    document = etree.fromstring(levering)
    body = document[1]
    body.remove(body[0])
    body.remove(body[-1])
    body.extend(etree.fromstring(f'<x xmlns:sdp="{SDP}">{content}</x>'))
    sign_enveloped(body, mailbox_actor)

    found = set_aside(wire, broker.pulled(etree.tostring(document), message_id="1"))

    assert words in str(found.reason)
    assert isinstance(found.reason, UnreadableAnswerError)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sbdh:HeaderVersion", "2.0"),
        ("sbdh:DocumentIdentification/sbdh:Standard", "urn:no:difi:sdp:2.0"),
        ("sbdh:DocumentIdentification/sbdh:Type", "feil"),
        ("sbdh:DocumentIdentification/sbdh:InstanceIdentifier", " "),
        ("sbdh:BusinessScope/sbdh:Scope/sbdh:Type", "Another"),
        ("sbdh:Sender/sbdh:Identifier", "0192:922020175"),
        ("sdp:tidspunkt", "2026-11-23T10:00:00"),
        ("sdp:tidspunkt", "20261123T100000Z"),
    ],
)
def test_a_receipt_with_an_unreadable_value_is_set_aside(
    wire: EbmsWire, broker: Broker, mailbox_actor: Actor, levering: bytes, path: str, text: str
) -> None:
    document = etree.fromstring(levering)
    document[1].remove(document[1][0])
    (element,) = document.findall(f".//{path}", PREFIXES)
    element.text = text
    sign_enveloped(document[1], mailbox_actor)

    found = set_aside(wire, broker.pulled(etree.tostring(document), message_id="1"))

    assert isinstance(found.reason, UnreadableAnswerError)


def test_something_else_than_a_receipt_is_set_aside(wire: EbmsWire, broker: Broker) -> None:
    found = set_aside(wire, broker.pulled(b'<a xmlns="urn:a"/>', message_id="m-2"))

    assert isinstance(found.reason, UnreadableAnswerError)
    assert found.message_id == "m-2"


def test_a_message_the_broker_did_not_sign_is_set_aside_with_nothing_to_confirm(
    wire: EbmsWire, broker: Broker, levering: bytes, stranger_actor: Actor
) -> None:
    answer = broker.pulled(levering, message_id="1", signer=stranger_actor)

    found = set_aside(wire, answer)

    assert isinstance(found.reason, CertificateError)
    assert found.message_id is None
    assert found.raw == answer.content
    with pytest.raises(InvalidInputError):
        wire.confirm(found)


def test_what_is_set_aside_shows_none_of_its_content(
    wire: EbmsWire,
    broker: Broker,
    mailbox_actor: Actor,
    moment: datetime,
    stranger_actor: Actor,
) -> None:
    sbd = receipt(mailbox_actor, moment, KINDS["Feil"](), signer=stranger_actor)

    assert "Ukjent mottaker" not in repr(set_aside(wire, broker.pulled(sbd, message_id="1")))


# Confirming.


def test_a_confirmation_sends_back_the_reference_to_the_body(
    wire: EbmsWire, broker: Broker, levering: bytes
) -> None:
    answer = broker.pulled(levering, message_id="m-3")
    found = pulled_receipt(wire, answer)

    taken = Taken.apart(first_request(wire.confirm(found)))

    body = etree.fromstring(answer.content).findall("env:Body", PREFIXES)[0]
    digest = hashlib.sha256(etree.tostring(body, method="c14n", exclusive=True)).digest()
    assert base64.b64decode(taken.text("eb:Receipt//ds:DigestValue")) == digest
    assert taken.text("eb:RefToMessageId") == "m-3"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_confirmation_is_done_when_the_broker_takes_it(
    wire: EbmsWire, broker: Broker, levering: bytes, status: int
) -> None:
    found = pulled_receipt(wire, broker.pulled(levering, message_id="1"))

    drive(wire.confirm(found), lambda _: HttpResponse(status, {}, b""))


def test_a_refused_confirmation_is_an_error(
    wire: EbmsWire, broker: Broker, levering: bytes, clock: Clock
) -> None:
    found = pulled_receipt(wire, broker.pulled(levering, message_id="1"))
    fault = answers.ebms_fault(
        EbmsRejection(Ebms.VALUE_NOT_RECOGNIZED, "unknown message"), ref_to=None, moment=clock()
    )

    with pytest.raises(EbmsError, match="EBMS:0001 ValueNotRecognized") as caught:
        drive(wire.confirm(found), lambda _: soap(fault.content, fault.status))
    assert "unknown message" in caught.value.remote_text


def test_a_lost_confirmation_may_be_tried_again(
    wire: EbmsWire, broker: Broker, levering: bytes
) -> None:
    found = pulled_receipt(wire, broker.pulled(levering, message_id="1"))

    with pytest.raises(WireError) as caught:
        drive(wire.confirm(found), lambda _: ConnectionLostError("lost"))

    assert caught.value.retry is Retry.LATER


def test_a_confirmation_can_ride_along_with_the_next_pull(
    wire: EbmsWire, broker: Broker, levering: bytes
) -> None:
    found = pulled_receipt(wire, broker.pulled(levering, message_id="m-4"))

    taken = Taken.apart(first_request(wire.pull(NORMAL, confirm=found)))

    assert len(taken.all("eb:SignalMessage")) == 2
    assert taken.text("eb:RefToMessageId") == "m-4"
    assert taken.all("eb:PullRequest")
    message_ids = {each.text for each in taken.all("eb:MessageId")}
    assert len(message_ids) == 2


def with_reference(found: Kvittering, reference: bytes) -> Kvittering:
    referanse = found.referanse.model_copy(update={"references": (reference,)})
    return copy.copy(found).model_copy(update={"referanse": referanse})


def written_reference(prefix: str, declared: str) -> bytes:
    """A reference in canonical form, of elements with a prefix and with a namespace declared."""
    algorithms = (
        f'<{prefix}Transforms><{prefix}Transform Algorithm="{EXCLUSIVE_C14N}"></{prefix}Transform>'
        f'</{prefix}Transforms><{prefix}DigestMethod Algorithm="{SHA256}"></{prefix}DigestMethod>'
    )
    digest = base64.b64encode(bytes(32)).decode()
    return (
        f'<{prefix}Reference {declared}="{DS}" URI="#soapBody">{algorithms}'
        f"<{prefix}DigestValue>{digest}</{prefix}DigestValue></{prefix}Reference>"
    ).encode()


@pytest.mark.parametrize(
    "reference",
    [
        b"",
        b"<half",
        b'<a xmlns="urn:a"/>',
        written_reference("ns5:", "xmlns"),
        written_reference("", "xmlns:ns5"),
        written_reference("xml:", "xmlns:xml"),
        written_reference("", "xmlns") + b"<eb:Receipt/>",
        written_reference("", "xmlns").replace(b"#soapBody", b"'><!-- "),
    ],
)
def test_a_reference_the_wire_did_not_make_is_not_sent(
    wire: EbmsWire, broker: Broker, levering: bytes, reference: bytes
) -> None:
    found = pulled_receipt(wire, broker.pulled(levering, message_id="1"))

    with pytest.raises(InvalidInputError, match="references"):
        next(wire.confirm(with_reference(found, reference)))


@pytest.mark.parametrize(
    "reference",
    [
        written_reference("", "xmlns"),
        written_reference("ns5:", "xmlns:ns5"),
        written_reference("ds:", "xmlns:ds").replace(b"><", b">\n  <"),
        written_reference("", "xmlns").replace(b"></Transform>", b"/>"),
    ],
    ids=["no prefix", "a prefix", "lines", "an empty element"],
)
def test_a_reference_goes_back_in_canonical_form_however_it_is_kept(
    wire: EbmsWire, broker: Broker, levering: bytes, reference: bytes
) -> None:
    found = pulled_receipt(wire, broker.pulled(levering, message_id="1"))

    sent = body_of(first_request(wire.confirm(with_reference(found, reference))))

    assert exclusive(parse(reference)) in sent


def test_a_receipt_that_is_left_is_not_confirmed_and_does_not_stop_those_behind_it(
    wire: EbmsWire, broker: Broker, levering: bytes
) -> None:
    waiting = [broker.pulled(levering, message_id=name) for name in ("bad", "good", "bad")]
    given = iter([*waiting, broker.empty()])
    driven = FakeDriver(
        lambda _: next(given),
        on_emit=lambda item: wire.leave(item) if item.referanse.message_id == "bad" else None,
    )

    driven.run(wire.receipts(NORMAL))

    assert [item.referanse.message_id for item in driven.emitted] == ["bad", "good"]
    confirmed = [re.findall(rb"RefToMessageId>(\w+)<", body_of(r)) for r in driven.requests]
    assert confirmed == [[], [], [b"good"]]


def test_receipts_that_were_stored_together_are_confirmed_with_the_requests_that_follow(
    wire: EbmsWire, broker: Broker, levering: bytes
) -> None:
    names = ("a", "b", "c", "d")
    waiting = [broker.pulled(levering, message_id=name) for name in names]
    given = iter([*waiting, broker.empty(), HttpResponse(202, {}, b"")])
    handed_out: list[Kvittering] = []

    def store_by_two(item: Kvittering) -> None:
        wire.leave(item)
        handed_out.append(item)
        if len(handed_out) % 2 == 0:
            for each in handed_out[-2:]:
                assert wire.confirm_with_next(each)

    driven = FakeDriver(lambda _: next(given), on_emit=store_by_two)

    driven.run(wire.receipts(NORMAL))

    confirmed = [re.findall(rb"RefToMessageId>(\w+)<", body_of(r)) for r in driven.requests]
    assert confirmed == [[], [], [b"a"], [b"b"], [b"c"], [b"d"]]


def test_a_run_that_is_left_early_lets_no_confirmation_ride_with_a_later_one(
    wire: EbmsWire, broker: Broker, levering: bytes
) -> None:
    def leave_the_loop(item: Kvittering) -> None:
        wire.leave(item)
        wire.confirm_with_next(item)
        raise RuntimeError

    left = FakeDriver(lambda _: broker.pulled(levering, message_id="a"), on_emit=leave_the_loop)
    with pytest.raises(RuntimeError):
        left.run(wire.receipts(NORMAL))
    later = FakeDriver(lambda _: broker.empty())
    later.run(wire.receipts(NORMAL))

    assert b"RefToMessageId" not in body_of(later.requests[0])
    assert len(later.requests) == 1
