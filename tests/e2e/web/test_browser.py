"""The pages of the environment in a real browser: Debian's Chromium, through Playwright."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdp import (
    Aapningskvittering,
    Client,
    DigitalPost,
    Feil,
    Kvittering,
    RefusedError,
    Returpostkvittering,
    SmsVarsel,
    VarslingFeiletKvittering,
)
from sdp.testmiljo import Kind, RefuseWithStatus, Testmiljo
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import kept, received

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_ORDERS_AN_OPENING_RECEIPT = DigitalPost(
    ikke_sensitiv_tittel="Svar på søknaden", aapningskvittering=True
)


class TestWhatACitizenDoes:
    """Done in the page, and the sender is told."""

    def told(self, client: Client) -> Kvittering:
        (receipt,) = received(client)
        return receipt

    def test_a_letter_is_sent_seen_and_opened_and_its_receipt_comes_back(
        self, client: Client, letters: Letters, page: Page, complaints: list[str]
    ) -> None:
        forsendelse = letters.digital(digital_post=_ORDERS_AN_OPENING_RECEIPT)
        client.send(forsendelse)
        received(client)
        page.goto("/")
        page.get_by_role("link", name=forsendelse.mottaker.postkasseadresse).click()
        page.get_by_role("link", name="Svar på søknaden").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Svar på søknaden"
        page.get_by_role("button", name="Open the letter as the citizen").click()
        page.get_by_text("Opened. Sent: aapningskvittering.").wait_for()

        receipt = self.told(client)
        assert isinstance(receipt, Aapningskvittering)
        assert receipt.konversasjons_id == str(forsendelse.konversasjons_id)
        assert complaints == []

    def test_a_notification_fails(self, client: Client, letters: Letters, page: Page) -> None:
        post = DigitalPost(
            ikke_sensitiv_tittel="Brev fra Testetaten",
            sms_varsel=SmsVarsel(mobiltelefonnummer="+4799999999", varslingstekst="Du har post"),
        )
        mottaker = letters.miljo.innbygger(mobil="+4799999999")
        sent = client.send(letters.digital(mottaker=mottaker, digital_post=post))
        received(client)
        page.goto(f"/web/letters/{sent.meldings_id}")
        page.get_by_label("Channel").select_option("SMS")
        page.get_by_role("button", name="Fail a notification").click()
        page.get_by_text("Sent: varslingfeilet").wait_for()

        assert isinstance(self.told(client), VarslingFeiletKvittering)

    def test_a_print_letter_comes_back_in_the_post(
        self, client: Client, letters: Letters, page: Page
    ) -> None:
        sent = client.send(letters.fysisk())
        received(client)
        page.goto(f"/web/letters/{sent.meldings_id}")
        page.get_by_role("button", name="Return it in the post").click()
        page.get_by_text("Sent: returpost").wait_for()

        assert isinstance(self.told(client), Returpostkvittering)

    def test_the_mailbox_sends_a_feil(self, client: Client, letters: Letters, page: Page) -> None:
        sent = client.send(letters.digital())
        received(client)
        page.goto(f"/web/letters/{sent.meldings_id}")
        page.get_by_label("Whose error").select_option("SERVER")
        page.get_by_role("button", name="Send a feil").click()
        page.get_by_text("Sent: feil").wait_for()

        receipt = self.told(client)
        assert isinstance(receipt, Feil)
        assert receipt.feiltype == "SERVER"


def test_every_check_of_a_letter_is_shown_with_its_verdict(
    client: Client, letters: Letters, page: Page
) -> None:
    sent = client.send(letters.digital())
    page.goto(f"/web/letters/{sent.meldings_id}")

    checks = page.get_by_role("table", name="Each check and its verdict").get_by_role("row")
    verdicts = checks.get_by_role("cell", name="holds", exact=True)
    assert verdicts.count() == checks.count() - 1 > 5


def test_a_pdf_is_shown_in_the_page_by_the_viewer_of_the_browser(
    miljo: Testmiljo, page: Page, complaints: list[str]
) -> None:
    letter = kept(miljo, pdf("Du får plass"), "application/pdf", filnavn="brev.pdf")
    with page.expect_response(lambda answer: answer.url.endswith("/documents/0")) as served:
        page.goto(f"/web/letters/{letter}")

    assert served.value.status == 200
    assert served.value.headers["content-type"] == "application/pdf"
    page.locator("iframe").scroll_into_view_if_needed()
    assert page.locator("iframe").is_visible()
    assert complaints == []


def test_no_script_in_a_letter_runs(miljo: Testmiljo, page: Page) -> None:
    script = b"<p id='p'>Hei</p><script>document.getElementById('p').textContent='ran'</script>"
    letter = kept(miljo, b"<!doctype html><title>x</title>" + script, "text/html")
    page.goto(f"/web/letters/{letter}")
    assert page.frame_locator("iframe").locator("#p").inner_text() == "Hei"

    page.goto(f"/web/letters/{letter}/documents/0")
    assert page.locator("#p").inner_text() == "Hei"


def test_a_fault_is_added_from_its_form_and_cleared(miljo: Testmiljo, page: Page) -> None:
    page.goto("/web/faults")
    page.get_by_text("RefuseWithStatus:").click()
    form = page.get_by_role("form", name="RefuseWithStatus")
    form.get_by_label("status").fill("503")
    form.get_by_label("Times").fill("2")
    form.get_by_role("button").click()
    page.get_by_text(
        "RefuseWithStatus(503), for any request it can happen to, 2 times"
    ).first.wait_for()
    assert miljo.faults.waiting == ((RefuseWithStatus(503), None),) * 2

    page.get_by_role("button", name="Clear all").click()
    page.get_by_text("every request is answered").wait_for()
    assert not miljo.faults.waiting


def test_a_person_is_entered_and_a_print_letter_followed_with_the_keyboard_alone(
    miljo: Testmiljo, page: Page
) -> None:
    before = len(tuple(miljo.register))
    page.goto("/web/people")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "kind"
    page.keyboard.type("RESERVED:")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("cell", name="JA").wait_for()

    assert len(tuple(miljo.register)) == before + 1


def test_a_fault_that_is_asked_for_befalls_the_next_letter(
    client: Client, letters: Letters, page: Page
) -> None:
    page.goto("/web/faults")
    page.get_by_text("RefuseWithStatus:").click()
    form = page.get_by_role("form", name="RefuseWithStatus")
    form.get_by_label("status").fill("418")
    form.get_by_label("Traffic").select_option("LETTER")
    form.get_by_role("button").click()
    page.get_by_text("RefuseWithStatus(418), for a letter").wait_for()

    with pytest.raises(RefusedError, match="418"):
        client.send(letters.digital())


def test_nothing_needs_javascript(
    client: Client, letters: Letters, browser: Browser, miljo: Testmiljo
) -> None:
    sent = client.send(letters.digital(digital_post=_ORDERS_AN_OPENING_RECEIPT))
    received(client)
    with browser.new_context(
        ignore_https_errors=True, base_url=miljo.root_url, java_script_enabled=False
    ) as context:
        page = context.new_page()
        page.goto(f"/web/letters/{sent.meldings_id}")
        page.get_by_role("button", name="Open the letter as the citizen").click()
        page.get_by_text("Opened. Sent: aapningskvittering.").wait_for()

    (receipt,) = received(client)
    assert isinstance(receipt, Aapningskvittering)


def test_no_page_is_wider_than_a_telephone(miljo: Testmiljo, letters: Letters, page: Page) -> None:
    for kind in Kind:
        miljo.innbygger(kind=kind)
    before = miljo.journal.count
    addresses = []
    for wire in ("ebms", "dpi"):
        with Client(miljo.client_config(wire=wire)) as client:
            digital = client.send(letters.digital(digital_post=_ORDERS_AN_OPENING_RECEIPT))
            fysisk = client.send(letters.fysisk())
            addresses += [f"/web/letters/{each.meldings_id}" for each in (digital, fysisk)]
            assert received(client)
    made = [each.number for each in miljo.journal.exchanges if each.number > before]
    addresses += [f"/web/traffic/{number}" for number in made]
    addresses += [
        "/web/",
        "/web/?state=refused",
        "/web/campaigns",
        "/web/receipts",
        "/web/traffic",
        "/web/people",
        "/web/faults",
    ]
    page.set_viewport_size({"width": 360, "height": 740})
    for address in addresses:
        page.goto(address)
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") == 360, address


def test_no_word_of_a_table_is_broken_on_a_telephone(miljo: Testmiljo, page: Page) -> None:
    for kind in Kind:
        miljo.innbygger(kind=kind)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/web/people")
    boxes = [each.bounding_box() for each in page.get_by_role("columnheader").all()]

    assert len(boxes) == 8
    assert all(box is not None and box["height"] < 40 for box in boxes)
