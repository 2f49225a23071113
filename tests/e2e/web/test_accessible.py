"""Every page can be read and used by everybody."""

from __future__ import annotations

from itertools import pairwise

import pytest
from lxml import etree

from sdp import (
    Client,
)
from sdp.testmiljo import Kind, RefuseWithStatus, Testmiljo, Traffic
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless, Page, sent


@pytest.fixture(scope="module")
def every_page(miljo: Testmiljo) -> list[Page]:
    """Each kind of page, with something in it."""
    for kind in Kind:
        miljo.innbygger(kind=kind)
    miljo.faults.add(RefuseWithStatus(503), on=Traffic.DOWNLOAD)
    letters = Letters(miljo)
    with Client(miljo.client_config()) as client:
        addresses = [sent(client, letters.digital()), sent(client, letters.fysisk())]
    mailbox = f"/web/mailbox?postkasseadresse={miljo.letters[0].digital.postkasseadresse}"
    addresses += ["/web/", mailbox.replace("#", "%23"), "/web/receipts", "/web/traffic"]
    addresses += ["/web/traffic/1", "/web/people", "/web/faults", "/web/campaigns"]
    with Browserless(miljo) as web:
        return [*map(web.see, addresses), Page(web.http.get("/web/none"))]


def test_every_page_tells_its_language_and_title_and_has_one_heading_and_main_part(
    every_page: list[Page],
) -> None:
    for page in every_page:
        assert page.root.get("lang") == "en"
        assert page.heading in page.root.findtext("head/title", "")
        assert len(page.root.findall(".//main")) == 1
        assert page.root.find(".//nav").get("aria-label")  # type: ignore[union-attr]


def test_every_field_has_a_label_and_every_button_a_name(every_page: list[Page]) -> None:
    fields = 0
    for page in every_page:
        labelled = {each.get("for") for each in page.root.findall(".//label")}
        for field in page.root.xpath("//input[not(@type='hidden')] | //select | //textarea"):
            assert isinstance(field, etree._Element)
            assert field.get("id") in labelled, page.heading
            fields += 1
        assert all(each.text_content().strip() for each in page.root.findall(".//button"))
    assert fields > 30


def test_no_id_stands_twice_and_what_refers_to_one_finds_it(every_page: list[Page]) -> None:
    for page in every_page:
        ids = [str(each) for each in page.root.xpath("//@id")]
        assert len(ids) == len(set(ids)), page.heading
        referred = page.root.xpath("//@aria-labelledby | //label/@for")
        assert {str(each) for each in referred} <= set(ids)


def test_headings_leave_out_no_level(every_page: list[Page]) -> None:
    for page in every_page:
        headings = page.root.xpath("//h1 | //h2 | //h3 | //h4")
        levels = [int(str(each.tag)[1]) for each in headings if isinstance(each, etree._Element)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_pages_load_nothing_from_elsewhere_and_run_one_script_of_their_own(
    every_page: list[Page],
) -> None:
    for page in every_page:
        scripts = page.root.findall(".//script")
        assert {(each.get("src"), each.text) for each in scripts} <= {("/web/live.js", None)}
        assert page.root.xpath("//@style") == []
        loaded = page.root.xpath("//@src | //link/@href | //a/@href | //form/@action")
        assert all(str(each).startswith(("/web/", "#")) for each in loaded)
