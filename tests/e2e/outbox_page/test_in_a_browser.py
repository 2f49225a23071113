"""The page of the outbox in a real browser: Debian's Chromium, through Playwright."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sdp.outbox import Outbox
from tests.e2e.outbox_page.conftest import LATE, OPENED, UNSETTLED, Served
from tests.e2e.web.test_contrast import _COLOURS, _rgb, contrast
from tests.unit.outbox.world import letter, person

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ADDRESSES = (
    *("/", "/letters", "/needs-a-person", f"/letter?key={OPENED}", f"/letter?key={LATE}"),
    f"/question?action=retry&target={UNSETTLED}",
)


def test_a_case_worker_finds_out_whether_she_got_it(
    looking: Served, page: Page, complaints: list[str]
) -> None:
    page.goto(f"{looking.url}/letters")
    page.get_by_label("Fødselsnummer").fill(person(1))
    page.get_by_role("button", name="Find the person's letters").click()
    page.get_by_role("link", name=OPENED).click()

    assert page.get_by_role("heading", level=1).inner_text() == OPENED
    assert "delivered" in page.get_by_role("heading", level=2).first.inner_text()
    page.get_by_text("Opened by the citizen").wait_for()
    assert complaints == []


def test_an_operator_settles_a_letter_and_is_asked_again(
    serve: Callable[..., Served], page: Page, complaints: list[str]
) -> None:
    served = serve("--allow-actions")
    page.goto(f"{served.url}/needs-a-person")
    page.get_by_role("link", name=UNSETTLED).click()
    page.get_by_role("link", name="Give up").click()
    page.get_by_text("Give the letter up?").wait_for()
    page.get_by_label("Your name").fill("Kari")
    page.get_by_label("Why").fill("The printer has it")
    page.get_by_role("button", name="Give up").click()
    page.get_by_text("Given up, by a person: Kari, on the page: The printer has it").wait_for()

    with Outbox.open(served.path) as outbox:
        assert outbox.post(UNSETTLED).tilstand == "feilet"
        assert "Kari" in str(outbox.show(UNSETTLED).hendelser[-1].detalj)
    assert complaints == []


def test_what_is_put_meanwhile_shows_without_a_reload(
    serve: Callable[..., Served], page: Page
) -> None:
    served = serve()
    page.goto(served.url)
    page.get_by_text("Live", exact=True).wait_for()
    with Outbox.open(served.path) as outbox:
        outbox.put("ny", person(7), letter(), kampanje="En ny kampanje")
        outbox.pause("En ny kampanje")
    page.get_by_role("link", name="En ny kampanje").wait_for()


def test_a_long_list_is_paged_there_and_back(looking: Served, page: Page) -> None:
    page.goto(f"{looking.url}/letters")
    page.get_by_role("link", name="mange-119", exact=True).wait_for()
    page.get_by_role("link", name="Older").click()
    page.get_by_role("link", name="mange-069", exact=True).wait_for()
    page.get_by_role("link", name="Newer").click()
    page.get_by_role("link", name="mange-119", exact=True).wait_for()
    assert page.get_by_role("link", name="Newer").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(
    deciding: Served, page: Page, scheme: Any, complaints: list[str]
) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 to 1."""
    page.emulate_media(color_scheme=scheme)
    seen = 0
    for address in ADDRESSES:
        page.goto(f"{deciding.url}{address}")
        for ink, paper in page.evaluate(_COLOURS):
            assert contrast(_rgb(ink), _rgb(paper)) >= 4.5, (address, ink, paper)
            seen += 1
    assert seen > 300
    assert complaints == []


@pytest.mark.parametrize("width", [400, 360])
def test_no_page_is_wider_than_a_telephone(deciding: Served, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    for address in ADDRESSES:
        page.goto(f"{deciding.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") == width, address


def test_everything_is_reached_with_the_keyboard_alone(deciding: Served, page: Page) -> None:
    page.goto(f"{deciding.url}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", reached
        if "Resume Feiing" in reached:
            break
    assert {"Campaigns", "Letters", "Needs a person", "Skoleskyss"} <= reached
    page.keyboard.press("Enter")
    page.get_by_text("Let the letters of the campaign go on?").wait_for()


def test_nothing_but_news_needs_javascript(deciding: Served, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{deciding.url}/question?action=resume&target=Feiing")
        page.get_by_label("Your name").fill("Kari")
        page.get_by_label("Why").fill("Go on")
        page.get_by_role("button", name="Resume").click()
        page.get_by_role("heading", name="Campaigns").wait_for()
        page.get_by_role("link", name="Pause Feiing").wait_for()
