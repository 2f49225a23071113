from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from sdp.testmiljo.broker.answers import Answer
from sdp.testmiljo.broker.broker import Broker
from sdp.testmiljo.ca import Issued, LeafUsage, TestCA
from sdp.testmiljo.mailbox.ebms import EbmsDelivery, EbmsWire
from sdp.testmiljo.mailbox.receivers import Postkasse
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import Trust
from sdp.testmiljo.validators.rejection import HttpRejection
from sdp.testmiljo.world.letters import LetterStore
from sdp.testmiljo.world.receipts import Queue, QueuedReceipt, Queues
from tests.unit.testmiljo.sender import CID, RELATED, SOAP, Sender, Spoilt, multipart

if TYPE_CHECKING:
    from collections.abc import Callable


AVSENDER = "991825827"
OTHER = "889640782"
BROKER = "984661185"
MAILBOX = "922020175"
ADDRESS = (f"9908:{AVSENDER}", f"9908:{AVSENDER}")


class Mailbox(Postkasse[EbmsDelivery, QueuedReceipt]):
    """Takes a letter as it is, unopened."""

    queues: Queues

    def deliver(self, delivery: EbmsDelivery) -> None:
        if delivery.package == b"trouble":
            raise RuntimeError("the mailbox is out of order")
        self.queues.put(delivery.queue, b"<receipt/>")


class Miljo:
    """A broker and a mailbox without HTTP, at a standstill in time."""

    def __init__(
        self, ca: TestCA, sender: Issued, broker: Issued, mailbox: Issued, moment: datetime
    ) -> None:
        self.now = moment
        self.queues = Queues(lambda: self.now, timedelta(minutes=5))
        self.ca = ca
        trust = Trust(ca.certificates)
        self.mailbox = Mailbox(
            _actor(MAILBOX, mailbox),
            EbmsWire(self.queues, trust),
            letters=LetterStore(),
            clock=lambda: self.now,
        )
        self.mailbox.queues = self.queues
        self.broker = Broker(
            _actor(BROKER, broker),
            receivers=[self.mailbox],
            queues=self.queues,
            trust=trust,
            clock=lambda: self.now,
        )
        self.broker.register(AVSENDER, OTHER)
        self.sender = Sender(AVSENDER, sender, moment)

    def issue(self, organisasjonsnummer: str) -> Issued:
        return self.ca.issue(organisasjonsnummer, "Noen", moment=self.now)

    def send(self, spoilt: Spoilt | None = None, **values: Any) -> Answer:
        return self.broker.accept_letter(*ADDRESS, *self.sender.letter(spoilt=spoilt, **values))

    def signal(self, *signals: str, spoilt: Spoilt | None = None) -> Answer:
        return self.broker.answer_signal(*self.sender.signal(*signals, spoilt=spoilt))


def _actor(organisasjonsnummer: str, issued: Issued) -> Actor:
    return Actor(organisasjonsnummer, issued.certificate, issued.key)


@pytest.fixture(scope="module")
def broker(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(BROKER, "Broker", moment=moment)


@pytest.fixture(scope="module")
def mailbox(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(MAILBOX, "Mailbox", moment=moment)


@pytest.fixture
def miljo(
    ca: TestCA, avsender_issued: Issued, broker: Issued, mailbox: Issued, moment: datetime
) -> Miljo:
    return Miljo(ca, avsender_issued, broker, mailbox, moment)


def ebms_error(answer: Answer) -> str:
    assert answer.status == 500
    (error,) = etree.fromstring(answer.content).iter(f"{{{names.EB}}}Error")
    return error.get("errorCode", "")


def description(answer: Answer) -> str:
    return etree.fromstring(answer.content).findtext(".//eb:Description", "", names.PREFIXES)


def at(path: str) -> Callable[[etree._Element], etree._Element]:
    def find(root: etree._Element) -> etree._Element:
        found = root.find(path, names.PREFIXES)
        assert found is not None, path
        return found

    return find


def drop(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        element = at(path)(root)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def double(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        element = at(path)(root)
        parent = element.getparent()
        assert parent is not None
        parent.append(etree.fromstring(etree.tostring(element)))

    return change


def text(path: str, value: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        at(path)(root).text = value

    return change


def attribute(path: str, name: str, value: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        at(path)(root).set(name, value)

    return change


def unsigned(uri: str) -> Callable[[etree._Element], None]:
    return drop(f"ds:Reference[@URI='{uri}']")


USER = "env:Header/eb:Messaging/eb:UserMessage"
IDENTIFICATION = "sbdh:StandardBusinessDocumentHeader/sbdh:DocumentIdentification"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"


def test_a_letter_as_it_should_be_is_accepted_with_its_references_back(miljo: Miljo) -> None:
    answer = miljo.send(message_id="letter-1")
    assert answer.status == 200
    receipt = etree.fromstring(answer.content)
    references = receipt.findall(".//eb:Receipt//ds:Reference", names.PREFIXES)
    assert [each.get("URI") for each in references] == ["#soapBody", f"cid:{CID}"]
    assert receipt.findtext(".//eb:RefToMessageId", "", names.PREFIXES) == "letter-1"
    assert len(miljo.queues.waiting) == 1


def test_a_letter_on_behalf_of_another_is_accepted_at_their_address(miljo: Miljo) -> None:
    letter = miljo.sender.letter(avsender=OTHER)
    address = (f"9908:{AVSENDER}", f"9908:{OTHER}")
    assert miljo.broker.accept_letter(*address, *letter).status == 200


def test_a_letter_on_behalf_of_another_is_accepted_as_difis_client_addresses_it(
    miljo: Miljo,
) -> None:
    letter = miljo.sender.letter(avsender=OTHER)
    assert miljo.broker.accept_letter(*ADDRESS, *letter).status == 200


def test_a_letter_at_the_address_of_an_avsender_it_is_not_from_is_refused_with_0003(
    miljo: Miljo,
) -> None:
    address = (f"9908:{AVSENDER}", f"9908:{OTHER}")
    assert ebms_error(miljo.broker.accept_letter(*address, *miljo.sender.letter())) == "EBMS:0003"


@pytest.mark.parametrize(
    "spoilt",
    [
        Spoilt(signed_info=unsigned("#soapBody")),
        Spoilt(signed_info=unsigned("#timestamp")),
        Spoilt(signed_info=unsigned("#messaging")),
        Spoilt(signed_info=unsigned(f"cid:{CID}")),
        Spoilt(signed_info=attribute("ds:SignatureMethod", "Algorithm", names.DS + "rsa-sha1")),
        Spoilt(
            signed_info=attribute("ds:CanonicalizationMethod", "Algorithm", names.INCLUSIVE_C14N)
        ),
        Spoilt(signed_info=attribute("ds:Reference/ds:DigestMethod", "Algorithm", SHA512)),
        Spoilt(signed_info=double("ds:Reference")),
        Spoilt(signed_info=attribute("ds:Reference[@URI='#soapBody']", "URI", "#token")),
        Spoilt(envelope=drop("env:Header/wsse:Security/wsu:Timestamp")),
        Spoilt(envelope=drop("env:Header/wsse:Security/wsse:BinarySecurityToken")),
        Spoilt(envelope_after=drop("env:Header/wsse:Security/ds:Signature")),
        Spoilt(envelope_after=double("env:Header/wsse:Security/ds:Signature")),
        Spoilt(envelope_after=double("env:Header/eb:Messaging")),
        Spoilt(envelope_after=drop("env:Header/wsse:Security")),
        Spoilt(
            envelope=attribute("env:Header/eb:Messaging", f"{{{names.ENV}}}mustUnderstand", "false")
        ),
        Spoilt(envelope=drop(f"{USER}/eb:PayloadInfo/eb:PartInfo[@href]")),
        Spoilt(envelope=drop(f"{USER}/eb:MessageInfo/eb:MessageId")),
        Spoilt(envelope=drop(f"{USER}/eb:CollaborationInfo")),
        Spoilt(envelope=drop("env:Body/sbdh:StandardBusinessDocument")),
        Spoilt(sbd=drop(f"{IDENTIFICATION}/sbdh:InstanceIdentifier")),
        Spoilt(sbd=drop("sdp:digitalPost/sdp:avsender")),
        Spoilt(sbd=drop("sdp:digitalPost/sdp:dokumentpakkefingeravtrykk")),
        Spoilt(sbd_after=drop("sdp:digitalPost/ds:Signature")),
        Spoilt(sbd_after=double("sdp:digitalPost/ds:Signature")),
        Spoilt(life=timedelta(seconds=301)),
        Spoilt(life=timedelta(seconds=-1)),
    ],
)
def test_a_letter_against_the_policy_is_refused_with_0103(miljo: Miljo, spoilt: Spoilt) -> None:
    assert ebms_error(miljo.send(spoilt)) == "EBMS:0103"
    assert not miljo.queues.waiting


@pytest.mark.parametrize(
    "spoilt",
    [
        Spoilt(envelope_after=text(f"{USER}/eb:MessageInfo/eb:MessageId", "another")),
        Spoilt(envelope_after=text("env:Header/wsse:Security/wsu:Timestamp/wsu:Created", "")),
        Spoilt(sbd_after=text("sdp:digitalPost/sdp:mottaker/sdp:person/*", "01815800084")),
        Spoilt(package_sent=b"a package that nobody signed"),
        Spoilt(created=timedelta(minutes=-10)),
        Spoilt(created=timedelta(minutes=10)),
        Spoilt(
            envelope=text("env:Header/wsse:Security/wsse:BinarySecurityToken", "bm90IGEgY2VydA==")
        ),
    ],
)
def test_a_letter_whose_signature_or_time_does_not_hold_is_refused(
    miljo: Miljo, spoilt: Spoilt
) -> None:
    assert ebms_error(miljo.send(spoilt)) in ("EBMS:0101", "EBMS:0103")
    assert not miljo.queues.waiting


def test_a_letter_signed_by_a_stranger_is_refused_with_0101(miljo: Miljo) -> None:
    stranger = TestCA.create(miljo.now).issue(AVSENDER, "Fremmed", moment=miljo.now)
    assert ebms_error(miljo.send(Spoilt(signer=stranger))) == "EBMS:0101"
    assert ebms_error(miljo.send(Spoilt(sbd_signer=stranger))) == "EBMS:0101"


def test_a_letter_signed_with_an_expired_certificate_is_refused_with_0101(miljo: Miljo) -> None:
    expired = miljo.ca.issue(
        AVSENDER,
        "Noen",
        moment=miljo.now,
        not_before=miljo.now - timedelta(days=2),
        not_after=miljo.now - timedelta(days=1),
    )
    assert ebms_error(miljo.send(Spoilt(signer=expired))) == "EBMS:0101"


def test_a_letter_signed_with_an_encryption_certificate_is_refused_with_0101(
    miljo: Miljo,
) -> None:
    issued = miljo.ca.issue(AVSENDER, "Noen", moment=miljo.now, usage=LeafUsage.ENCRYPTION)
    assert ebms_error(miljo.send(Spoilt(signer=issued))) == "EBMS:0101"


def test_a_business_message_signed_by_another_organisation_is_refused_with_0101(
    miljo: Miljo,
) -> None:
    assert ebms_error(miljo.send(Spoilt(sbd_signer=miljo.issue(OTHER)))) == "EBMS:0101"


@pytest.mark.parametrize(
    "spoilt",
    [
        Spoilt(envelope=text(f"{USER}/eb:CollaborationInfo/eb:Action", "Formidle")),
        Spoilt(envelope=text(f"{USER}/eb:CollaborationInfo/eb:Service", "DPI")),
        Spoilt(envelope=text(f"{USER}/eb:CollaborationInfo/eb:AgreementRef", "http://a.no")),
        Spoilt(envelope=text(f"{USER}/eb:PartyInfo/eb:To/eb:PartyId", f"9908:{OTHER}")),
        Spoilt(envelope=text(f"{USER}/eb:PartyInfo/eb:From/eb:Role", "urn:sdp:nobody")),
        Spoilt(envelope=attribute(f"{USER}/eb:PartyInfo/eb:From/eb:PartyId", "type", "urn:x")),
        Spoilt(envelope=attribute(USER, "mpc", "urn:urgent")),
        Spoilt(sbd=text(f"{IDENTIFICATION}/sbdh:Type", "kvittering")),
        Spoilt(sbd=text(f"{IDENTIFICATION}/sbdh:Standard", "urn:no:difi:sdp:2.0")),
    ],
)
def test_a_letter_with_a_value_nobody_knows_is_refused_with_0001(
    miljo: Miljo, spoilt: Spoilt
) -> None:
    assert ebms_error(miljo.send(spoilt)) == "EBMS:0001"


def test_a_letter_to_a_mailbox_that_is_not_here_is_refused_with_0001(miljo: Miljo) -> None:
    assert ebms_error(miljo.send(mottaker="974761076")) == "EBMS:0001"


@pytest.mark.parametrize(
    "spoilt",
    [
        Spoilt(envelope=text(f"{USER}/eb:CollaborationInfo/eb:ConversationId", "another")),
        Spoilt(envelope=text(f"{USER}/eb:PartyInfo/eb:From/eb:PartyId", f"9908:{OTHER}")),
        Spoilt(sbd=text("sdp:digitalPost/sdp:dokumentpakkefingeravtrykk/ds:DigestValue", "AAAA")),
    ],
)
def test_a_letter_that_contradicts_itself_is_refused_with_0003(
    miljo: Miljo, spoilt: Spoilt
) -> None:
    assert ebms_error(miljo.send(spoilt)) == "EBMS:0003"


def test_a_message_id_that_was_used_before_is_refused_in_the_words_of_the_real_broker(
    miljo: Miljo,
) -> None:
    assert miljo.send(message_id="the-same").status == 200
    answer = miljo.send(message_id="the-same")
    assert ebms_error(answer) == "EBMS:0003"
    assert description(answer) == "Duplicate messageId"
    assert len(miljo.queues.waiting) == 1


@pytest.mark.parametrize("kept", ["meldings_id", "konversasjons_id"])
def test_duplicates_are_found_by_message_id_alone(miljo: Miljo, kept: str) -> None:
    same: dict[str, Any] = {kept: "the-same"}
    assert miljo.send(**same).status == 200
    assert miljo.send(**same).status == 200
    assert len(miljo.queues.waiting) == 2


def test_of_two_letters_with_one_id_at_the_same_time_one_is_accepted(miljo: Miljo) -> None:
    letter = miljo.sender.letter()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: miljo.broker.accept_letter(*ADDRESS, *letter), range(4)))
    assert sorted(answer.status for answer in answers) == [200, 500, 500, 500]


def test_trouble_behind_the_broker_is_answered_0004_and_the_same_letter_may_be_sent_again(
    miljo: Miljo, caplog: pytest.LogCaptureFixture
) -> None:
    answer = miljo.broker.accept_letter(
        *ADDRESS, *miljo.sender.letter(package=b"trouble", message_id="the-same")
    )
    assert ebms_error(answer) == "EBMS:0004"
    assert "out of order" in caplog.text
    assert miljo.send(message_id="the-same").status == 200


@pytest.mark.parametrize(
    "address",
    [
        ("9908:974761076", f"9908:{AVSENDER}"),
        (f"9908:{AVSENDER}", "9908:974761076"),
        (f"9908:{OTHER}", f"9908:{OTHER}"),
        (AVSENDER, AVSENDER),
    ],
)
def test_an_address_of_others_is_answered_401(miljo: Miljo, address: tuple[str, str]) -> None:
    answer = miljo.broker.accept_letter(*address, *miljo.sender.letter())
    assert (answer.status, answer.content) == (401, b"")
    assert isinstance(miljo.broker.rejections[-1], HttpRejection)


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"not xml",
        b"<xml/>",
        b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>",
        f'<e:Envelope xmlns:e="{names.ENV}"/>'.encode(),
    ],
)
def test_what_is_not_soap_is_answered_400(miljo: Miljo, envelope: bytes) -> None:
    answer = miljo.broker.accept_letter(*ADDRESS, RELATED, multipart(envelope, b""))
    assert answer.status == 400
    assert miljo.broker.answer_signal(SOAP, envelope).status == 400


@pytest.mark.slow
def test_every_flipped_byte_in_an_envelope_is_refused(miljo: Miljo) -> None:
    content_type, body = miljo.sender.letter()
    end = body.index(b"</env:Envelope>")
    start = body.index(b"<env:Envelope")
    for place in range(start, end, 13):
        flipped = bytearray(body)
        flipped[place] ^= 1
        answer = miljo.broker.accept_letter(*ADDRESS, content_type, bytes(flipped))
        assert answer.status != 200, body[place - 30 : place + 10]
    assert not miljo.queues.waiting


def test_an_empty_queue_is_answered_with_a_signed_warning(miljo: Miljo) -> None:
    answer = miljo.signal(miljo.sender.pull())
    assert answer.status == 200
    (error,) = etree.fromstring(answer.content).iter(f"{{{names.EB}}}Error")
    assert (error.get("errorCode"), error.get("severity")) == ("EBMS:0006", "warning")


def test_receipts_are_pulled_from_the_queue_of_the_letter(miljo: Miljo) -> None:
    miljo.send(mpc="urn:prioritert:abc")
    assert "<receipt/>" not in miljo.signal(miljo.sender.pull()).content.decode()
    answer = miljo.signal(miljo.sender.pull("urn:prioritert:abc"))
    assert "<receipt/>" in answer.content.decode()


def reference_in(answer: Answer) -> str:
    root = etree.fromstring(answer.content)
    found = at("env:Header/wsse:Security/ds:Signature/ds:SignedInfo/ds:Reference")(root)
    assert found.get("URI") == "#soapBody"
    return etree.tostring(found).decode()


def message_id_in(answer: Answer) -> str:
    return etree.fromstring(answer.content).findtext(".//eb:MessageId", "", names.PREFIXES)


def test_a_pulled_receipt_is_given_again_until_it_is_confirmed(miljo: Miljo) -> None:
    miljo.send()
    pulled = miljo.signal(miljo.sender.pull())
    miljo.now += timedelta(minutes=5)
    miljo.sender = replace(miljo.sender, moment=miljo.now)
    again = miljo.signal(miljo.sender.pull())
    assert message_id_in(again) == message_id_in(pulled)
    confirmation = miljo.sender.confirmation(message_id_in(pulled), reference_in(pulled))
    assert miljo.signal(confirmation).status == 202
    assert not miljo.queues.waiting
    assert miljo.signal(confirmation).status == 202, "a confirmation may come twice"


def test_a_confirmation_may_ride_with_the_next_pull(miljo: Miljo) -> None:
    miljo.send()
    miljo.send()
    first = miljo.signal(miljo.sender.pull())
    confirmation = miljo.sender.confirmation(message_id_in(first), reference_in(first))
    second = miljo.signal(confirmation, miljo.sender.pull())
    assert message_id_in(second) != message_id_in(first)
    assert [receipt.message_id for receipt in miljo.queues.waiting] == [message_id_in(second)]


def test_a_confirmation_of_something_else_than_was_given_is_refused(miljo: Miljo) -> None:
    miljo.send()
    pulled = miljo.signal(miljo.sender.pull())
    wrong = reference_in(miljo.signal(miljo.sender.pull()))
    assert (
        ebms_error(miljo.signal(miljo.sender.confirmation(message_id_in(pulled), wrong)))
        == "EBMS:0003"
    )
    assert (
        ebms_error(miljo.signal(miljo.sender.confirmation("never-given", reference_in(pulled))))
        == "EBMS:0001"
    )
    assert len(miljo.queues.waiting) == 1


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (Spoilt(signed_info=unsigned("#soapBody")), "EBMS:0103"),
        (Spoilt(envelope_after=attribute(".//eb:PullRequest", "mpc", "urn:x")), "EBMS:0101"),
        (Spoilt(envelope=attribute(".//eb:PullRequest", "mpc", "urn:x")), "EBMS:0001"),
        (Spoilt(created=timedelta(minutes=-10)), "EBMS:0101"),
        (Spoilt(envelope=double(".//eb:SignalMessage")), "EBMS:0103"),
        (Spoilt(envelope=drop(".//eb:SignalMessage")), "EBMS:0103"),
    ],
)
def test_a_pull_is_checked_like_a_letter(miljo: Miljo, spoilt: Spoilt, code: str) -> None:
    assert ebms_error(miljo.signal(miljo.sender.pull(), spoilt=spoilt)) == code


def test_an_organisation_the_broker_does_not_serve_may_not_pull(miljo: Miljo) -> None:
    unknown = miljo.issue("974761076")
    assert miljo.signal(miljo.sender.pull(), spoilt=Spoilt(signer=unknown)).status == 401


def test_nobody_is_given_the_receipts_of_another(miljo: Miljo) -> None:
    miljo.queues.put(Queue(OTHER, "urn:normal"), b"<receipt/>")
    assert "<receipt/>" not in miljo.signal(miljo.sender.pull()).content.decode()


def test_an_error_refers_to_the_message_it_is_about(miljo: Miljo) -> None:
    answer = miljo.signal(miljo.sender.pull("urn:x", message_id="pull-7"))
    (error,) = etree.fromstring(answer.content).iter(f"{{{names.EB}}}Error")
    assert error.get("refToMessageInError") == "pull-7"
