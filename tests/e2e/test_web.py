"""The pages of the environment in a real browser: Debian's Chromium, through Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from sdp import Aapningskvittering, Client, DigitalPost, Dokument, Dokumentpakke
from sdp.testmiljo import RefuseWithStatus, Testmiljo
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.web_page import kept, received

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_CHROMIUM = shutil.which("chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if _CHROMIUM is None:
        pytest.skip("there is no Chromium here; on Debian: apt-get install chromium")
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed; pip install playwright"
    )
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=_ARGUMENTS, headless=True
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def complaints() -> list[str]:
    """What the browser has complained about."""
    return []


@pytest.fixture
def page(miljo: Testmiljo, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    # The CA of the environment is nobody's but its own.
    context = browser.new_context(base_url=miljo.root_url, ignore_https_errors=True)
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    miljo.faults.clear()


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_a_letter_is_sent_seen_and_opened_and_its_receipt_comes_back(
    miljo: Testmiljo, page: Page, complaints: list[str], wire: Any
) -> None:
    mottaker = miljo.innbygger()
    forsendelse = Letters(miljo).digital(
        mottaker=mottaker,
        digital_post=DigitalPost(ikke_sensitiv_tittel="Svar på søknaden", aapningskvittering=True),
    )
    with Client(miljo.client_config(wire=wire)) as client:
        client.send(forsendelse)
        received(client)
        page.goto("/")
        page.get_by_role("link", name=mottaker.postkasseadresse).click()
        page.get_by_role("link", name="Svar på søknaden").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Svar på søknaden"
        page.get_by_role("button", name="Open the letter as the citizen").click()
        page.get_by_text("Opened. Sent: aapningskvittering.").wait_for()
        (receipt,) = received(client)

    assert isinstance(receipt, Aapningskvittering)
    assert receipt.konversasjons_id == str(forsendelse.konversasjons_id)
    assert complaints == []


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
    page.get_by_text("RefuseWithStatus(status=503), for any request").first.wait_for()
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(miljo: Testmiljo, page: Page, scheme: Any) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 to 1."""
    with Client(miljo.client_config()) as client:
        pakke = Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
        )
        resultat = client.send(Letters(miljo).digital(dokumentpakke=pakke))
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/web/letters/{resultat.meldings_id}")
    colours = page.evaluate(_COLOURS)

    assert len(colours) > 50
    for ink, paper in colours:
        assert contrast(_rgb(ink), _rgb(paper)) >= 4.5, (ink, paper)


# The colour of each element that has text of its own, and of the nearest background behind it.
_COLOURS = """() => [...document.querySelectorAll('body *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .map(e => {
    let behind = e, paper = 'rgba(0, 0, 0, 0)';
    while (paper === 'rgba(0, 0, 0, 0)' && behind) {
      paper = getComputedStyle(behind).backgroundColor; behind = behind.parentElement;
    }
    return [getComputedStyle(e).color, paper];
  })"""


def _rgb(colour: str) -> list[float]:
    return [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]


def contrast(one: list[float], other: list[float]) -> float:
    """The contrast ratio of WCAG 2.2."""
    lighter, darker = sorted(map(_luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
