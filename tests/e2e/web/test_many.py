"""The page with many letters: found, filtered, refused ones too, live, and with their history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdp import Client, DigitalPost
from sdp.errors import SdpError
from sdp.testmiljo import Ebms, RefuseWithEbms, RefuseWithStatus, Testmiljo, Traffic
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page


@pytest.fixture
def dpi(miljo: Testmiljo) -> Iterator[Client]:
    with Client(miljo.client_config(wire="dpi")) as client:
        yield client


@pytest.fixture
def ebms(miljo: Testmiljo) -> Iterator[Client]:
    with Client(miljo.client_config()) as client:
        yield client


def test_the_start_page_shows_state_wire_and_route_of_the_newest(
    miljo: Testmiljo, dpi: Client, ebms: Client, letters: Letters, web: Browserless
) -> None:
    dpi.send(letters.digital())
    ebms.send(letters.fysisk())
    list(ebms.receipts())

    shown = web.see("/").section("arrived")
    assert "receipts wait" in shown
    assert "settled" in shown
    assert "DPI digital" in shown
    assert "ebMS print" in shown


def test_a_letter_is_found_by_its_person_on_dpi(
    dpi: Client, letters: Letters, miljo: Testmiljo, web: Browserless
) -> None:
    mottaker = miljo.innbygger()
    dpi.send(letters.digital())
    sent = dpi.send(letters.digital(mottaker=mottaker))

    page = web.see(f"/web/?q={mottaker.personidentifikator}")
    assert "1 letter found" in page.section("arrived")
    assert f"/web/letters/{sent.meldings_id}" in page.links()


def test_refused_letters_are_listed_with_why(
    miljo: Testmiljo, ebms: Client, dpi: Client, letters: Letters, web: Browserless
) -> None:
    miljo.faults.add(RefuseWithEbms(Ebms.VALUE_NOT_RECOGNIZED, "ukjent avsender"))
    miljo.faults.add(RefuseWithStatus(503), on=Traffic.LETTER)
    for sender in (ebms, dpi):
        with pytest.raises(SdpError):
            sender.send(letters.digital())

    refused = web.see("/").section("refused")
    assert "ukjent avsender" in refused
    assert "HTTP 503" in refused
    alone = web.see("/web/?state=refused&wire=ebms&q=ukjent")
    assert "ukjent avsender" in alone.section("refused")
    assert "HTTP 503" not in alone.section("refused")
    assert "Newest first" not in alone.text("content")


def test_a_letter_that_its_mailbox_refuses_is_listed_as_refused(
    miljo: Testmiljo, dpi: Client, letters: Letters, web: Browserless
) -> None:
    mottaker = miljo.innbygger()
    forsendelse = letters.digital(mottaker=mottaker)
    miljo._world.citizens._dropped.add(mottaker.postkasseadresse)
    dpi.send(forsendelse)

    assert "there is no mailbox" in web.see("/").section("refused")


def test_the_history_of_a_letter_is_kept_however_much_traffic_follows(
    miljo: Testmiljo, dpi: Client, letters: Letters, web: Browserless
) -> None:
    sent = dpi.send(letters.digital())
    list(dpi.receipts())
    for _ in range(250):
        web.http.get("/krr/rest/v2/none")

    page = web.see(f"/web/letters/{sent.meldings_id}")
    assert "The letter was sent." in page.section("timeline")
    assert "A receipt was confirmed." in page.section("timeline")
    assert "/messages/out" in page.section("hops")


def test_the_timeline_tells_what_was_done_with_a_letter_from_a_program_too(
    miljo: Testmiljo, ebms: Client, letters: Letters, web: Browserless
) -> None:
    post = DigitalPost(ikke_sensitiv_tittel="Brev fra Testetaten", aapningskvittering=True)
    sent = ebms.send(letters.digital(digital_post=post))
    miljo.postkasse.open(miljo.letters[-1])
    list(ebms.receipts())

    told = web.see(f"/web/letters/{sent.meldings_id}").section("timeline")
    steps = ("The letter was sent", "It is delivered", "The citizen opened it", "fetched")
    assert [told.index(each) for each in steps] == sorted(told.index(each) for each in steps)
    assert told.count("A receipt was fetched or confirmed") == 1


def test_traffic_lines_say_what_they_were_and_which_letter(
    dpi: Client, letters: Letters, web: Browserless
) -> None:
    sent = dpi.send(letters.digital())

    page = web.see("/web/traffic")
    assert "a letter" in page.text("content")
    assert "a question to the contact register" in page.text("content")
    assert f"/web/letters/{sent.meldings_id}" in page.links()


def test_a_new_letter_is_shown_without_a_reload(
    miljo: Testmiljo, dpi: Client, letters: Letters, page: Page, complaints: list[str]
) -> None:
    page.goto("/")
    page.get_by_text("Live", exact=True).wait_for()
    page.wait_for_timeout(700)
    dpi.send(letters.digital())

    page.get_by_role("link", name="Brev fra Testetaten").first.wait_for(timeout=10_000)
    assert complaints == []


def test_the_environment_stops_while_a_page_is_live(
    letters: Letters, page: Page, miljo: Testmiljo, caplog: pytest.LogCaptureFixture
) -> None:
    page.goto("/")
    page.get_by_text("Live", exact=True).wait_for()
    miljo.close()
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
