"""phase4 receives our pulls and confirmations, and what the test environment answers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from sdp.client import Client
from sdp.domain import Leveringskvittering, Prioritet
from sdp.errors import AlreadyReceivedError, EbmsError
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import AVSENDER, MELDINGSFORMIDLER
from sdp.testmiljo.faults.kinds import RefuseWithEbms
from sdp.testmiljo.validators.rejection import Ebms
from tests.e2e.client.conftest import Letters
from tests.interop.as4.traffic import Exchanged, converse
from tests.interop.as4.witness import Phase4, fingerprint

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@dataclass(frozen=True)
class Queue:
    """How one queue with one receipt was emptied."""

    mpc: str
    pull: Exchanged
    confirm_and_pull: Exchanged
    confirm: Exchanged


@pytest.fixture(scope="module")
def queue(miljo: Testmiljo) -> Queue:
    mpc_id = str(uuid4())

    def empty(client: Client) -> None:
        client.send(Letters(miljo).digital(mpc_id=mpc_id))
        (kvittering,) = client.receipts(mpc_id=mpc_id)
        assert isinstance(kvittering, Leveringskvittering)
        client.confirm(kvittering)

    _, (_, pull, confirm_and_pull, confirm) = converse(miljo, empty)
    return Queue(f"urn:normal:{mpc_id}", pull, confirm_and_pull, confirm)


@pytest.mark.parametrize("prioritet", Prioritet, ids=lambda each: each.value)
@pytest.mark.parametrize("mpc_id", [None, "tom-ko"])
def test_a_pull_is_received_as_one_from_its_queue_and_so_is_the_answer_that_it_is_empty(
    phase4: Phase4, miljo: Testmiljo, prioritet: Prioritet, mpc_id: str | None
) -> None:
    """An empty queue is a warning, also in the table of ebMS 3.0 core, section 6.7.1.

    phase4 has it as a failure where it writes the error itself.
    """
    mpc = f"urn:{prioritet.value}" + (f":{mpc_id}" if mpc_id else "")
    none, (exchanged,) = converse(
        miljo, lambda client: list(client.receipts(prioritet=prioritet, mpc_id=mpc_id))
    )
    assert none == []

    asked = phase4.receive(exchanged.asked, trust=miljo.ca.certificates, mpcs=[mpc])
    answered = phase4.receive(exchanged.answered, trust=miljo.ca.certificates)

    assert (asked["errors"], asked["payload"], asked["attachments"]) == ([], None, [])
    assert asked["signer"] == fingerprint(miljo.avsender.certificate)
    (pull,) = asked["messages"]
    assert (pull["kind"], pull["mpc"], pull["ref_to"]) == ("PullRequest", mpc, None)
    assert (answered["errors"], answered["payload"]) == ([], None)
    assert answered["signer"] == fingerprint(miljo.broker.actor.certificate)
    (answer,) = answered["messages"]
    assert (answer["kind"], answer["ref_to"]) == ("Error", pull["message_id"])
    (error,) = answer["errors"]
    assert error["ref_to"] == pull["message_id"]
    assert (error["code"], error["severity"]) == ("EBMS:0006", "warning")
    assert (error["category"], error["short"]) == (error["known_category"], error["known_short"])
    assert error["known_severity"] == "failure"


def test_a_pulled_receipt_is_received_as_the_answer_to_the_pull(
    phase4: Phase4, miljo: Testmiljo, queue: Queue
) -> None:
    (pull,) = phase4.read(queue.pull.asked.content)["messages"]

    found = phase4.receive(queue.pull.answered, trust=miljo.ca.certificates, mpcs=[queue.mpc])

    assert (found["errors"], found["payload"]) == ([], "StandardBusinessDocument")
    assert found["signer"] == fingerprint(miljo.broker.actor.certificate)
    (message,) = found["messages"]
    assert (message["kind"], message["mpc"]) == ("UserMessage", queue.mpc)
    assert message["ref_to"] == pull["message_id"]
    assert [value for _, value in message["from"]] == [f"9908:{MELDINGSFORMIDLER}"]
    assert [value for _, value in message["to"]] == [f"9908:{AVSENDER}"]
    roles = (message["from_role"], message["to_role"])
    assert roles == ("urn:sdp:meldingsformidler", "urn:sdp:avsender")
    assert (message["service"], message["action"]) == ("SDP", "KvitteringsForespoersel")
    assert message["parts"] == [{"href": None, "properties": {}}]


def test_a_confirmation_is_received_as_a_receipt_for_the_body_that_was_pulled(
    phase4: Phase4, miljo: Testmiljo, queue: Queue
) -> None:
    """A confirmation repeats one of the three references that the broker signed, as is asked of it.

    phase4, which by the default of AS4 repeats them all, misses those to header and timestamp, and
    knows the one to the body as its own.
    """
    (pulled,) = phase4.read(queue.pull.answered.content)["messages"]

    found = phase4.receive(queue.confirm.asked, trust=miljo.ca.certificates)
    view = phase4.match(queue.pull.answered, queue.confirm.asked.content)

    assert (found["errors"], found["payload"]) == ([], None)
    assert found["signer"] == fingerprint(miljo.avsender.certificate)
    (receipt,) = found["messages"]
    assert (receipt["kind"], receipt["ref_to"]) == ("Receipt", pulled["message_id"])
    assert [uri for uri, _ in receipt["references"]] == ["#soapBody"]
    (too_few, some_missing) = view["errors"]
    assert "contains 3 DSig references" in too_few
    assert "contains 1 DSig references" in too_few
    assert some_missing.startswith("No all sent DSig references were found")


def test_a_confirmation_with_the_next_pull_is_read_as_both_and_received_as_neither(
    phase4: Phase4, miljo: Testmiljo, queue: Queue
) -> None:
    """Two signals in one header: the schema allows them, the profile asks for them.

    ebMS 3.0 core allows one signal in a message, and leaves room in its schema for more in part 2.
    phase4 keeps to the core. Where a broker did so too, `Client.confirm` would still work, as
    the test before this one shows.
    """
    (pulled,) = phase4.read(queue.pull.answered.content)["messages"]

    read = phase4.read(queue.confirm_and_pull.asked.content)
    received = phase4.receive(
        queue.confirm_and_pull.asked, trust=miljo.ca.certificates, mpcs=[queue.mpc]
    )

    assert read["invalid"] == []
    pull, receipt = read["messages"]
    assert (pull["kind"], pull["mpc"], pull["ref_to"]) == ("PullRequest", queue.mpc, None)
    assert (receipt["kind"], receipt["ref_to"]) == ("Receipt", pulled["message_id"])
    assert [uri for uri, _ in receipt["references"]] == ["#soapBody"]
    assert pull["message_id"] != receipt["message_id"]
    (error,) = received["errors"]
    assert error["code"] == "EBMS:0003"
    assert error["detail"] == "Too many SignalMessage objects (2) contained."


_OTHER_WORDS = {
    Ebms.VALUE_INCONSISTENT: ("ValueInConsistent", "Content"),
    Ebms.PACKAGING_NOT_SUPPORTED: ("FeatureNotSupportedInconsistency", "Unpackaging"),
    Ebms.EXTERNAL_PAYLOAD_ERROR: ("ExternalPayloadError", "Processing"),
}


@pytest.mark.parametrize(
    "ebms", [each for each in Ebms if each is not Ebms.EMPTY_CHANNEL], ids=lambda each: each.code
)
def test_a_refusal_is_received_with_the_code_and_words_of_the_standard(
    phase4: Phase4, miljo: Testmiljo, ebms: Ebms
) -> None:
    """ebMS 3.0 core, section 6.7.1, is what we follow where phase4 has other words."""
    miljo.faults.add(RefuseWithEbms(ebms))

    def pull(client: Client) -> None:
        with pytest.raises(EbmsError):
            list(client.receipts())

    _, (exchanged,) = converse(miljo, pull)
    found = phase4.receive(exchanged.answered, trust=miljo.ca.certificates)

    assert (found["errors"], found["signed"], found["payload"]) == ([], False, "Fault")
    (message,) = found["messages"]
    (error,) = message["errors"]
    assert (message["kind"], error["code"], error["severity"]) == ("Error", ebms.code, "failure")
    ours = (ebms.short_description, ebms.category)
    assert (error["short"], error["category"]) == ours
    assert (error["known_short"], error["known_category"]) == _OTHER_WORDS.get(ebms, ours)


def test_the_refusal_of_a_letter_is_received_as_one_of_that_letter(
    phase4: Phase4, miljo: Testmiljo
) -> None:
    mpc_id = str(uuid4())
    letter = Letters(miljo).digital(mpc_id=mpc_id)

    def send_twice(client: Client) -> None:
        client.send(letter)
        with pytest.raises(AlreadyReceivedError):
            client.send(letter)

    _, (_, again) = converse(miljo, send_twice)
    trust, mpcs = miljo.ca.certificates, [f"urn:normal:{mpc_id}"]
    (asked,) = phase4.receive(again.asked, trust=trust, mpcs=mpcs)["messages"]
    (refused,) = phase4.receive(again.answered, trust=trust)["messages"]

    assert (refused["kind"], refused["ref_to"]) == ("Error", asked["message_id"])
    assert [error["ref_to"] for error in refused["errors"]] == [asked["message_id"]]
