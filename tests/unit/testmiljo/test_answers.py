"""What the environment answers is valid by the official schemas, and verifies by another hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from sdp.testmiljo.broker import answers
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.mailbox import receipts
from sdp.testmiljo.mailbox.ebms import signed_receipt
from sdp.testmiljo.mailbox.receipts import Kvittering
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import Trust
from sdp.testmiljo.validators.message import check_security, read_envelope
from sdp.testmiljo.validators.rejection import Ebms, EbmsRejection
from sdp.testmiljo.validators.xml import exactly_one
from tests.reference import reference

if TYPE_CHECKING:
    from collections.abc import Callable

BROKER = "984661185"
AVSENDER = "991825827"

KINDS: dict[str, Callable[[], Kvittering]] = {
    "mottak": receipts.mottak,
    "levering": receipts.levering,
    "aapning": receipts.aapning,
    "varslingfeilet": lambda: receipts.varslingfeilet("SMS", "Nummer ikke i bruk"),
    "varslingfeilet without words": lambda: receipts.varslingfeilet("EPOST", None),
    "returpost": receipts.returpost,
    "feil": lambda: receipts.feil("KLIENT", "æ" * 2000),
    "feil without words": lambda: receipts.feil("SERVER", None),
}


@pytest.fixture(scope="module")
def broker(ca: TestCA, moment: datetime) -> Actor:
    issued: Issued = ca.issue(BROKER, "Broker", moment=moment)
    return Actor(BROKER, issued.certificate, issued.key)


@pytest.fixture(params=KINDS)
def receipt(request: pytest.FixtureRequest, broker: Actor, moment: datetime) -> bytes:
    return signed_receipt(
        KINDS[request.param](),
        sender=broker,
        receiver=AVSENDER,
        konversasjons_id="conversation",
        moment=moment,
    )


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(reference(f"schemas/xsd/{name}"))))


def test_a_receipt_is_valid_by_the_official_schema(receipt: bytes) -> None:
    document = etree.fromstring(receipt)
    schema("sdp.xsd").assertValid(etree.fromstring(etree.tostring(document[1])))
    schema("SBDH20040506-02/StandardBusinessDocumentHeader.xsd").assertValid(document)


def test_signxml_verifies_a_receipt(receipt: bytes, broker: Actor) -> None:
    verified = XMLVerifier().verify(
        receipt,
        x509_cert=broker.certificate,
        expect_config=SignatureConfiguration(location="./*/"),
    )
    assert isinstance(verified, VerifyResult)
    assert verified.signed_data == without_signature(receipt)


def without_signature(document: bytes) -> bytes:
    root = etree.fromstring(document)
    root[1].remove(root[1][0])
    return etree.tostring(root, method="c14n")


def signed_answers(broker: Actor, moment: datetime) -> dict[str, answers.Answer]:
    sbd = signed_receipt(
        receipts.levering(),
        sender=broker,
        receiver=AVSENDER,
        konversasjons_id="conversation",
        moment=moment,
    )
    reference_element = etree.fromstring(
        f'<Reference xmlns="{names.DS}" URI="#soapBody"><DigestMethod Algorithm="{names.SHA256}"/>'
        "<DigestValue>AAAA</DigestValue></Reference>"
    )
    return {
        "empty": answers.empty_queue(ref_to="pull", signer=broker, moment=moment),
        "receipt": answers.transport_receipt(
            ref_to="letter", references=[reference_element], signer=broker, moment=moment
        ),
        "pulled": answers.pulled(
            sbd,
            message_id="message",
            mpc="urn:normal",
            ref_to="pull",
            receiver=AVSENDER,
            signer=broker,
            moment=moment,
        ),
    }


@pytest.mark.parametrize("name", ["empty", "receipt", "pulled"])
def test_a_signed_answer_verifies_with_signxml_and_is_valid(
    name: str, broker: Actor, moment: datetime, ca: TestCA
) -> None:
    answer = signed_answers(broker, moment)[name]
    envelope = read_envelope(answer.content)
    signed = check_security(envelope, attachments={}, trust=Trust(ca.certificates), moment=moment)
    assert signed.organisasjonsnummer == BROKER
    digest = exactly_one(signed.references["#soapBody"], "ds:DigestValue", ValueError)
    assert answer.body_digest == digest.text
    messaging = etree.fromstring(etree.tostring(envelope.messaging))
    schema("ebxml/ebms-header-3_0-200704.xsd").assertValid(messaging)


def test_the_same_receipt_has_the_same_body_digest_each_time_it_is_given(
    broker: Actor, moment: datetime
) -> None:
    sbd = signed_receipt(
        receipts.levering(),
        sender=broker,
        receiver=AVSENDER,
        konversasjons_id="conversation",
        moment=moment,
    )
    given = [
        answers.pulled(
            sbd,
            message_id="message",
            mpc="urn:normal",
            ref_to=f"pull-{number}",
            receiver=AVSENDER,
            signer=broker,
            moment=moment + timedelta(minutes=number),
        ).body_digest
        for number in range(2)
    ]
    assert given[0] == given[1] != ""


@pytest.mark.parametrize("error", Ebms)
def test_a_fault_says_code_name_and_whose_fault_it_is(error: Ebms, moment: datetime) -> None:
    rejection = EbmsRejection(error, "words")
    answer = answers.ebms_fault(rejection, ref_to="letter", moment=moment)
    root = etree.fromstring(answer.content)
    messaging = exactly_one(root, "env:Header/eb:Messaging", ValueError)
    schema("ebxml/ebms-header-3_0-200704.xsd").assertValid(
        etree.fromstring(etree.tostring(messaging))
    )
    told = exactly_one(messaging, "eb:SignalMessage/eb:Error", ValueError)
    assert (told.get("errorCode"), told.get("shortDescription")) == (
        error.code,
        error.short_description,
    )
    code = root.findtext("env:Body/env:Fault/env:Code/env:Value", "", names.PREFIXES)
    assert code == ("env:Receiver" if error.is_server_fault else "env:Sender")
    assert answer.status == 500


def test_times_are_told_in_utc_whatever_the_zone_of_the_clock(broker: Actor) -> None:
    moment = datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=1)))
    answer = answers.empty_queue(ref_to="pull", signer=broker, moment=moment)
    root = etree.fromstring(answer.content)
    created = root.findtext(".//wsu:Created", "", names.PREFIXES)
    assert created == "2026-11-23T11:00:00.000Z"
    assert datetime.fromisoformat(created) == moment.astimezone(UTC)
