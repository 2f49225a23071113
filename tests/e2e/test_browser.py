"""The web page in a real browser: a letter is sent, seen and opened, and its receipt comes back."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sdp import (
    Aapningskvittering,
    Client,
    Dokument,
    Dokumentpakke,
    Feil,
    Kvittering,
    RefusedError,
    Returpostkvittering,
    SmsVarsel,
    VarslingFeiletKvittering,
)
from sdp.domain import DigitalPost
from sdp.testmiljo import Testmiljo
from tests.documents import pdf
from tests.e2e.client.conftest import Letters

_HTML = """<!DOCTYPE html><html lang="no"><head><meta charset="utf-8"><title>Vedtak</title></head>
<body><h1 id="overskrift">Du har fått medhold</h1></body></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("chromium is not installed")
    # Chromium has no sandbox of its own for root, and everything here is on this machine.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()


@pytest.fixture(params=("ebms", "dpi"))
def client(testmiljo: Testmiljo, request: pytest.FixtureRequest) -> Iterator[Client]:
    with Client(testmiljo.client_config(wire=request.param)) as made:
        yield made


@pytest.fixture
def letters(testmiljo: Testmiljo) -> Letters:
    return Letters(testmiljo)


@pytest.fixture
def page(browser: Browser, testmiljo: Testmiljo) -> Iterator[Page]:
    # No system trusts the CA of a test environment.
    with browser.new_context(ignore_https_errors=True, base_url=testmiljo.root_url) as context:
        made = context.new_page()
        made.set_default_timeout(10_000)
        problems: list[str] = []
        made.on("pageerror", lambda error: problems.append(str(error)))
        made.on(
            "console", lambda told: problems.append(told.text) if told.type == "error" else None
        )
        yield made
        assert problems == []


def _open_the_letter(page: Page) -> None:
    page.goto("/web/")
    page.get_by_role("link", name="Brev fra Testetaten").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Brev fra Testetaten")


def _the_one(client: Client, kind: type[Kvittering]) -> Kvittering:
    [found] = [kvittering for kvittering in client.receipts() if isinstance(kvittering, kind)]
    return found


def test_a_letter_is_sent_seen_and_opened_and_its_receipt_comes_back(
    client: Client, letters: Letters, page: Page
) -> None:
    post = DigitalPost(ikke_sensitiv_tittel="Brev fra Testetaten", aapningskvittering=True)
    sent = client.send(letters.digital(digital_post=post))
    with page.expect_response(re.compile("/documents/0$")) as shown:
        _open_the_letter(page)
    page.get_by_role("button", name="Open the letter as the citizen").click()

    expect(page.get_by_role("status")).to_contain_text("aapningskvittering")
    assert shown.value.status == 200
    assert shown.value.headers["content-type"] == "application/pdf"
    assert _the_one(client, Aapningskvittering).konversasjons_id == sent.konversasjons_id


def test_every_check_of_the_letter_is_shown_with_its_verdict(
    client: Client, letters: Letters, page: Page
) -> None:
    client.send(letters.digital())
    _open_the_letter(page)

    checks = page.get_by_role("table", name="Each check and its verdict").get_by_role("row")
    verdicts = checks.get_by_role("cell", name="holds", exact=True)
    assert checks.count() > 5
    expect(verdicts).to_have_count(checks.count() - 1)


def test_an_html_letter_is_shown_and_kept_in_a_sandbox(
    client: Client, letters: Letters, page: Page
) -> None:
    hoveddokument = Dokument.from_bytes(_HTML.encode(), filnavn="vedtak.html", tittel="Vedtak")
    client.send(letters.digital(dokumentpakke=Dokumentpakke(hoveddokument=hoveddokument)))
    _open_the_letter(page)

    frame = page.frame_locator("iframe[title=Vedtak]")
    expect(frame.locator("#overskrift")).to_have_text("Du har fått medhold")
    assert page.locator("iframe[title=Vedtak]").get_attribute("sandbox") == ""
    assert page.frames[1].evaluate("self.origin") == "null"


def test_a_notification_fails_and_the_sender_is_told(
    client: Client, letters: Letters, page: Page
) -> None:
    post = DigitalPost(
        ikke_sensitiv_tittel="Brev fra Testetaten",
        sms_varsel=SmsVarsel(mobiltelefonnummer="+4799999999", varslingstekst="Du har post"),
    )
    client.send(letters.digital(digital_post=post))
    _open_the_letter(page)
    page.get_by_label("Channel").select_option("SMS")
    page.get_by_role("button", name="Fail a notification").click()

    expect(page.get_by_role("status")).to_contain_text("varslingfeilet")
    assert isinstance(_the_one(client, VarslingFeiletKvittering), VarslingFeiletKvittering)


def test_a_print_letter_comes_back_in_the_post(
    client: Client, letters: Letters, page: Page, testmiljo: Testmiljo
) -> None:
    sent = client.send(letters.fysisk())
    page.goto(f"/web/letters/{testmiljo.letters[0].meldings_id}")
    page.get_by_role("button", name="Return it in the post").click()

    expect(page.get_by_role("status")).to_contain_text("returpost")
    assert _the_one(client, Returpostkvittering).konversasjons_id == sent.konversasjons_id


def test_a_feil_is_sent(client: Client, letters: Letters, page: Page) -> None:
    client.send(letters.digital())
    _open_the_letter(page)
    page.get_by_label("Whose error").select_option("SERVER")
    page.get_by_role("button", name="Send a feil").click()

    expect(page.get_by_role("status")).to_contain_text("feil")
    feil = _the_one(client, Feil)
    assert isinstance(feil, Feil)
    assert feil.feiltype == "SERVER"


def test_a_fault_that_is_asked_for_befalls_the_next_letter(
    client: Client, letters: Letters, page: Page
) -> None:
    page.goto("/web/faults")
    page.get_by_text("RefuseWithStatus:").click()
    form = page.get_by_role("form", name="RefuseWithStatus")
    form.get_by_label("status").fill("418")
    form.get_by_label("Traffic").select_option("LETTER")
    form.get_by_role("button").click()

    expect(page.get_by_role("main")).to_contain_text("418")
    with pytest.raises(RefusedError, match="418"):
        client.send(letters.digital())


def test_nothing_needs_javascript_and_nothing_overflows_a_telephone(
    browser: Browser, client: Client, letters: Letters, testmiljo: Testmiljo
) -> None:
    client.send(
        letters.digital(
            dokumentpakke=Dokumentpakke(
                hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak"),
                vedlegg=(Dokument.from_bytes(b"x", filnavn="vedlegg.txt", tittel="Vedlegg"),),
            )
        )
    )
    letter = testmiljo.letters[0].meldings_id
    with browser.new_context(
        ignore_https_errors=True,
        base_url=testmiljo.root_url,
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
    ) as context:
        page = context.new_page()
        for path in ("/", f"/web/letters/{letter}", "/web/traffic", "/web/people", "/web/faults"):
            page.goto(path)
            width = page.locator("html").bounding_box()
            assert width is not None
            assert width["width"] <= 360
            expect(page.get_by_role("main")).to_be_visible()
