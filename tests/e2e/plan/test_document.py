"""The plan document: whole, self-contained, accessible, and readable at every size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html

from sdp.cli import main
from sdp.plan import Language
from sdp.verify.suite import SUITE
from tests.chromium import as_new
from tests.e2e.plan.test_commands import ran
from tests.e2e.web.test_contrast import _COLOURS, _rgb, contrast
from tests.unit.plan.conftest import EXAMPLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

SECTIONS = 15


def written(folder: Path, name: str, *options: object, plan: Path = EXAMPLE) -> Path:
    out = folder / name
    assert main(["plan", "document", str(plan), "--out", str(out), *map(str, options)]) == 0
    return out


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("document"), "plan.html")


@pytest.fixture(scope="module")
def lent_page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def page(lent_page: Page, document: Path) -> Iterator[Page]:
    complaints: list[str] = []

    def note_request(request: Request) -> None:
        complaints.append(request.url)

    with as_new(lent_page, complaints) as page:
        page.on("request", note_request)
        page.goto(document.as_uri())
        yield page
        page.remove_listener("request", note_request)
    assert complaints == [document.as_uri()]


def test_the_document_needs_nothing_but_itself(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    assert not re.search(r"<(script|link|iframe|img)\b|@import|url\((?!#)", text)
    assert not re.search(r"\d{11}", text)


def test_it_tells_its_language_and_has_one_heading_and_main_part(document: Path) -> None:
    root = html.fromstring(document.read_text(encoding="utf-8"))

    assert root.get("lang") == "nb"
    assert len(root.findall(".//main")) == len(root.findall(".//h1")) == 1
    assert len(root.findall(".//main//h2")) == SECTIONS
    levels = [int(str(each.tag)[1]) for each in root.iter("h1", "h2", "h3")]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_no_id_stands_twice_and_every_reference_finds_its_own(document: Path) -> None:
    root = html.fromstring(document.read_text(encoding="utf-8"))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    referred = {
        id_ for each in root.iter() for id_ in (each.get("aria-labelledby") or "").split()
    } | {each.get("href", "").removeprefix("#") for each in root.iter("a")}

    assert len(ids) == len(set(ids))
    assert referred <= set(ids)


def test_every_table_has_a_caption_and_headings_that_say_what_they_head(document: Path) -> None:
    root = html.fromstring(document.read_text(encoding="utf-8"))
    tables = root.findall(".//table")

    assert len(tables) > 10
    for each in tables:
        assert each.findtext("caption")
        assert {th.get("scope") for th in each.iter("th")} <= {"col", "row"}
        assert all((th.text_content() or "").strip() for th in each.iter("th"))


def test_every_figure_has_a_title_a_description_and_the_same_in_words(document: Path) -> None:
    root = html.fromstring(document.read_text(encoding="utf-8"))
    figures = root.findall(".//figure")

    assert len(figures) == 6
    for each in figures:
        svg = each.find(".//svg")
        assert svg is not None
        assert svg.get("role") == "img"
        assert svg.findtext("title")
        assert svg.findtext("desc") == each.findtext("figcaption")


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_but_tables_and_figures_is_wider_than_the_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll')
             && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName)"""
    )
    assert too_wide == []


def test_what_scrolls_can_be_reached_with_the_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 900})

    unreachable = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1
             && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
             && (e.tabIndex !== 0 || !e.getAttribute('aria-label'))).length"""
    )
    assert unreachable == 0


def test_text_stands_out_from_what_is_behind_it(page: Page) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 to 1."""
    colours = page.evaluate(_COLOURS)

    assert len(colours) > 200
    for ink, paper in colours:
        behind = paper if paper != "rgba(0, 0, 0, 0)" else "rgb(255, 255, 255)"
        assert contrast(_rgb(ink), _rgb(behind)) >= 4.5, (ink, paper)


def test_in_print_nothing_is_cut_off(page: Page) -> None:
    page.set_viewport_size({"width": 672, "height": 990})  # A4 within its margins, at 96 dpi
    page.emulate_media(media="print")

    assert page.evaluate("document.documentElement.scrollWidth") <= 672
    assert not page.get_by_role("navigation").is_visible()


def test_the_skip_link_leads_past_the_contents(page: Page) -> None:
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


@pytest.mark.parametrize("language", Language)
def test_the_document_is_in_the_language_of_the_plan(
    tmp_path: Path, folder: Path, language: Language
) -> None:
    settings = folder / "plan.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('spraak = "nb"', f'spraak = "{language}"'), encoding="utf-8")
    titles = {Language.NB: "Sammendrag", Language.NN: "Samandrag", Language.EN: "Summary"}

    page = written(tmp_path, "plan.html", plan=folder).read_text(encoding="utf-8")

    assert f'<html lang="{language}">' in page
    assert f"1. {titles[language]}<" in page


def test_the_document_is_written_as_markdown_and_as_pdf(tmp_path: Path) -> None:
    markdown = written(tmp_path, "plan.md").read_text(encoding="utf-8")
    pdf = written(tmp_path, "plan.pdf").read_bytes()

    assert len(re.findall(r"^## ", markdown, re.MULTILINE)) == SECTIONS
    assert "| **sum**" not in markdown
    assert pdf.startswith(b"%PDF")
    with import_module("pypdfium2").PdfDocument(pdf) as opened:
        first = opened[0].get_textpage().get_text_bounded()
        assert len(opened) > 5
    assert "Fjordvik kommune" in first


def test_the_report_of_sdp_verify_fills_in_the_evidence(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    checks = [
        {"number": each.number, "verdict": "failed" if each.number == 703 else "ok"}
        for each in SUITE
    ]
    told = {"environment": "test", "started": "2027-01-12T09:00:00+00:00", "whole": True}
    report.write_text(json.dumps(told | {"checks": checks}), encoding="utf-8")

    page = written(tmp_path, "plan.html", "--verify", report).read_text(encoding="utf-8")

    assert "601 i orden, 801 i orden" in page
    assert "703 feilet" in page


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"checks": [{}]}', '{"checks": 1}'])
def test_what_is_no_report_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    report = tmp_path / "report.json"
    report.write_text(text, encoding="utf-8")
    out = tmp_path / "plan.html"

    told = ran(capsys, "document", EXAMPLE, "--out", out, "--verify", report, "--json", code=1)

    assert "report.json" in told
    assert not out.exists()


def test_the_appendix_compares_planned_with_actual(tmp_path: Path) -> None:
    page = written(
        tmp_path, "plan.html", "--letters", EXAMPLE / "sendt.csv", "--today", "2027-03-31"
    ).read_text(encoding="utf-8")

    assert "Planlagt mot faktisk" in page


def test_another_ending_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(capsys, "document", EXAMPLE, "--out", tmp_path / "plan.docx", code=1)


def test_markup_in_the_plan_is_shown_and_not_run(tmp_path: Path, folder: Path) -> None:
    services = folder / "tjenester.csv"
    text = services.read_text(encoding="utf-8")
    services.write_text(text.replace("Nytt fra SFO", "<script>alert(1)</script>"), encoding="utf-8")

    page = written(tmp_path, "plan.html", plan=folder).read_text(encoding="utf-8")

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
