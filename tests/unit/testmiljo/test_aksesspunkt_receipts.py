"""Receipts of DPI: sent on demand, and listed until they are marked as read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.mailbox import receipts
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators.rejection import HttpRejection
from tests.unit.testmiljo.dpi_sender import SCOPE, verified
from tests.unit.testmiljo.dpi_world import ANNEN_AVSENDER, AVSENDER, MAILBOX, World, payload

UNKNOWN = "11111111-1111-4111-8111-111111111111"


def test_receipts_are_sent_on_demand(world: World) -> None:
    world.postkasse.automatic = False
    world.send()
    assert world.receipts() == []
    letter = world.letter()
    world.postkasse.accept(letter)
    world.postkasse.open(letter)
    world.postkasse.fail_notification(letter, "SMS", "Nummer ikke i bruk")
    world.postkasse.refuse(letter, "Ugyldig PDF", feiltype="SERVER")
    world.printer.return_letter(letter)
    assert world.receipts() == [
        "leveringskvittering",
        "aapningskvittering",
        "varslingfeiletkvittering",
        "feil: Ugyldig PDF",
        "returpostkvittering",
    ]


def test_opening_sends_nothing_unless_it_was_ordered(world: World) -> None:
    def not_ordered(document: dict[str, dict[str, dict[str, bool]]]) -> None:
        document["standardBusinessDocument"]["digital"]["aapningskvittering"] = False

    world.send(spoil=not_ordered)
    assert world.postkasse.open(world.letter()) is None
    assert world.receipts() == ["leveringskvittering"]


def test_a_receipt_is_signed_by_the_mailbox_and_is_of_the_letters_conversation(
    world: World,
) -> None:
    sender = world.send()
    (receipt,) = world.listed()
    document = verified(receipt.jws, world.postkasse.actor.certificate)
    content = document["standardBusinessDocument"]
    header = content["standardBusinessDocumentHeader"]
    assert header["sender"][0]["identifier"]["value"] == f"0192:{MAILBOX}"
    assert header["receiver"][0]["identifier"]["value"] == f"0192:{AVSENDER}"
    assert header["documentIdentification"]["instanceIdentifier"] == receipt.message_id
    (scope,) = header["businessScope"]["scope"]
    assert scope["instanceIdentifier"] == sender.konversasjons_id


def test_a_receipt_tells_the_moment_of_the_letter_however_late_it_is_read(world: World) -> None:
    world.send()
    sent = world.now
    world.now += timedelta(hours=3)
    (receipt,) = world.aksesspunkt.waiting_receipts
    content = payload(receipt.jws)["standardBusinessDocument"]["leveringskvittering"]
    assert datetime.fromisoformat(content["tidspunkt"]) == sent.replace(
        microsecond=sent.microsecond // 1000 * 1000
    )


def test_receipts_can_be_signed_by_somebody_else(world: World, ca: TestCA) -> None:
    world.send()
    other = ca.issue(ANNEN_AVSENDER, "En annen", moment=world.now)
    actor = Actor(ANNEN_AVSENDER, other.certificate, other.key)
    receipt = world.postkasse.send(receipts.levering(), world.letter(), signer=actor)
    document = verified(receipt.jws, other.certificate)
    assert "leveringskvittering" in document["standardBusinessDocument"]


def test_a_receipt_is_listed_until_it_is_marked_as_read(world: World) -> None:
    world.send()
    (receipt,) = world.listed()
    assert world.listed() == [receipt]
    world.aksesspunkt.mark_read(world.caller(), receipt.message_id.upper())
    assert world.listed() == []
    with pytest.raises(HttpRejection) as caught:
        world.aksesspunkt.mark_read(world.caller(), receipt.message_id)
    assert caught.value.status == 404


def test_receipts_of_every_kanal_are_listed_unless_one_is_asked_for(world: World) -> None:
    for kanal in ("en", "to", None):
        world.send(kanal=kanal)
    assert len(world.listed()) == 3
    assert [each.queue.mpc for each in world.listed(kanal="TO")] == ["to"]
    assert world.listed(kanal="\u212aanal") == []


def test_receipts_can_be_asked_for_by_avsenderidentifikator(world: World) -> None:
    world.send(
        spoil=lambda document: document["standardBusinessDocument"]["digital"]["avsender"].update(
            avsenderidentifikator="skatt"
        )
    )
    world.send()
    (receipt,) = world.listed(avsenderidentifikator="skatt")
    mottaker = payload(receipt.jws)["standardBusinessDocument"]["leveringskvittering"]["mottaker"]
    assert mottaker["motakeridentifikator"] == "skatt"
    assert world.listed(avsenderidentifikator="toll") == []


@pytest.mark.parametrize("first_page", [0, 1])
def test_pages_hold_every_receipt_once(world: World, first_page: int) -> None:
    world.aksesspunkt.first_page = first_page
    for _ in range(5):
        world.send()
    token = world.token()
    pages = [
        world.listed(token, page_size="2", page=str(first_page + number)) for number in range(4)
    ]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [receipt for page in pages for receipt in page] == world.listed(token)
    assert world.listed(token, page_size="2") == pages[0]


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "\u0663", "9" * 30])
def test_a_page_size_that_is_no_number_is_passed_over(world: World, number: str) -> None:
    world.send()
    assert len(world.listed(page_size=number)) == 1


def test_a_supplier_reads_the_receipts_of_its_consumer_alone(world: World) -> None:
    own = world.send()
    theirs = world.send(
        world.sender(avsender=ANNEN_AVSENDER), token=world.token(consumer_org=ANNEN_AVSENDER)
    )
    (receipt,) = world.listed(world.token(consumer_org=ANNEN_AVSENDER))
    assert theirs.konversasjons_id in str(payload(receipt.jws))
    assert own.konversasjons_id not in str(payload(receipt.jws))
    assert len(world.listed()) == 2


def test_nobody_sees_or_marks_the_receipts_of_others(
    world: World, ca: TestCA, moment: datetime
) -> None:
    world.send()
    (receipt,) = world.listed()
    world.issued = ca.issue(ANNEN_AVSENDER, "En annen", moment=moment)
    world.maskinporten.register("annen", ANNEN_AVSENDER, (SCOPE,))
    assert world.listed(world.token(iss="annen")) == []
    with pytest.raises(HttpRejection) as caught:
        world.aksesspunkt.mark_read(world.caller(iss="annen"), receipt.message_id)
    assert caught.value.status == 404
    assert world.aksesspunkt.waiting_receipts == (receipt,)


@pytest.mark.parametrize("message_id", ["", "x", UNKNOWN, f"{{{UNKNOWN}}}"])
def test_an_id_that_nothing_waits_under_is_not_found(world: World, message_id: str) -> None:
    for ask in (world.aksesspunkt.mark_read, world.aksesspunkt.download):
        with pytest.raises(HttpRejection) as caught:
            ask(world.caller(), message_id)
        assert caught.value.status == 404


def test_a_receipt_has_no_package(world: World) -> None:
    world.send()
    (receipt,) = world.listed()
    with pytest.raises(HttpRejection, match="no dokumentpakke"):
        world.aksesspunkt.download(world.caller(), receipt.message_id)


def test_any_text_can_be_listed_as_a_receipt(world: World) -> None:
    put = world.aksesspunkt.queue_receipt("søppel", databehandler=AVSENDER, kanal="En")
    assert world.listed(kanal="en") == [put]
    assert [each.jws for each in world.listed()] == ["søppel"]
