"""People, faults and receipts in the pages, and what is refused there."""

from __future__ import annotations

import pytest

from sdp import (
    Client,
)
from sdp.testmiljo import RefuseWithStatus, Testmiljo
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless


def test_faults_are_cleared_from_the_page(miljo: Testmiljo, web: Browserless) -> None:
    miljo.faults.add(RefuseWithStatus(503), times=3)
    web.submit("/web/faults/clear")

    assert miljo.faults.waiting == ()


def test_a_person_of_any_kind_is_entered_from_the_page(miljo: Testmiljo, web: Browserless) -> None:
    before = {each.personidentifikator for each in miljo.register}
    page = web.submit("/web/people", kind="RESERVED", personidentifikator="")
    (entered,) = [each for each in miljo.register if each.personidentifikator not in before]

    assert entered.reservasjon == "JA"
    assert entered.personidentifikator in page.section("register")
    number = entered.personidentifikator
    changed = web.submit("/web/people", kind="DELETED", personidentifikator=number)
    assert "SLETTET" in changed.section("register")
    assert miljo.register.find(number).status == "SLETTET"


def test_a_mailbox_is_dropped_from_the_row_of_its_owner(miljo: Testmiljo, web: Browserless) -> None:
    number = miljo.innbygger().personidentifikator
    (action,) = web.see("/web/people").root.xpath(f"//form[contains(@action, '{number}')]/@action")
    page = web.submit(str(action))

    assert miljo.register.find(number).postkasseadresse is None
    assert not page.root.xpath(f"//form[contains(@action, '{number}')]")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "NOBODY"}, "kind must be one of REACHABLE"),
        ({"kind": "REACHABLE", "personidentifikator": "123"}, "must be 11 digits"),
        ({"kind": "REACHABLE", "personidentifikator": "01010000003"}, "personidentifikator must"),
    ],
)
def test_a_person_who_cannot_be_is_refused(
    web: Browserless, fields: dict[str, str], why: str
) -> None:
    page = web.submit("/web/people", **fields)

    assert page.answer.status_code == 400
    assert why in page.text("content")


def test_receipts_that_wait_are_listed_with_their_content(
    miljo: Testmiljo, web: Browserless, client: Client, letters: Letters
) -> None:
    resultat = client.send(letters.digital())
    miljo.queue_receipt(b"<not-a-receipt/>")
    text = web.see("/web/receipts").text("content")

    assert "leveringskvittering" in text
    assert str(resultat.konversasjons_id) in text
    assert "unreadable" in text
    for each in miljo.waiting_receipts:
        miljo._world.queues.confirm(each)


def test_another_site_can_neither_send_a_form_nor_show_a_page_in_a_frame(
    miljo: Testmiljo, web: Browserless
) -> None:
    miljo.faults.add(RefuseWithStatus(503))
    for headers in ({"Origin": "https://evil.example"}, {}):
        assert web.http.post("/web/faults/clear", headers=headers).status_code == 403
    assert len(miljo.faults.waiting) == 1
    assert "frame-ancestors 'none'" in web.http.get("/web/").headers["content-security-policy"]


def test_a_form_that_is_far_too_large_is_refused(web: Browserless) -> None:
    assert web.submit("/web/faults", fault="x" * 100_000).answer.status_code == 413


def test_what_people_do_in_the_page_is_not_in_the_journal(
    miljo: Testmiljo, web: Browserless
) -> None:
    before = miljo.journal.exchanges
    web.see("/")
    web.see("/web")
    web.http.get("/api-test/letters")
    web.http.get("/favicon.ico")

    assert miljo.journal.exchanges == before
